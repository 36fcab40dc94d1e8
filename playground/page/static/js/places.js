/** Finding places and people: browsing channels, starting a direct message, seeing who is in a channel. */

import { avatar } from "./avatar.js";
import { h, icon, iconButton } from "./dom.js";
import { openMenu } from "./menu.js";

/** A dialog with every public channel, to look in or to join. */
export function browseChannels(app) {
  const list = h("div", { class: "browse-list" });
  const search = h("input", {
    type: "text",
    class: "text-field",
    placeholder: "Search channels",
    "aria-label": "Search channels",
    on: { input: show },
  });
  const dialog = h(
    "dialog",
    { class: "dialog modal browse", "aria-label": "Channels", data: { testid: "browse" } },
    h(
      "header",
      { class: "modal-header" },
      h("h2", { class: "modal-title" }, "Channels"),
      iconButton("close", "Close", () => dialog.close()),
    ),
    h("div", { class: "modal-body" }, search, list),
  );
  dialog.addEventListener("close", () => dialog.remove());

  function show() {
    const typed = search.value.trim().toLowerCase();
    const found = app.store
      .all("channel")
      .filter((channel) => ["public", "private"].includes(channel.kind) && channel.name.includes(typed));
    list.replaceChildren(...found.map(row));
    if (!found.length) list.append(h("div", { class: "options-note" }, "No channel of that name"));
  }

  function row(channel) {
    const visit = () => {
      dialog.close();
      app.openPlace(channel.id);
    };
    const facts = [
      channel.is_member ? "Joined" : "",
      `${channel.members.length} members`,
      channel.is_archived ? "archived" : "",
      channel.topic,
    ]
      .filter(Boolean)
      .join(" · ");
    return h(
      "button",
      { type: "button", class: "browse-row", data: { channel: channel.name }, on: { click: visit } },
      icon(channel.kind === "private" ? "lock" : "hash"),
      h(
        "span",
        { class: "option-words" },
        h("span", { class: "option-text" }, channel.name),
        h("span", { class: "option-note" }, facts),
      ),
    );
  }

  show();
  document.body.append(dialog);
  dialog.showModal();
}

export function newMessage(app, anchor) {
  const people = app.store.all("user").filter((user) => !user.deleted && user.id !== app.names.viewer);
  const items = people.map((user) => ({
    label: h("span", { class: "person-row" }, avatar(user, 24), user.display),
    choose: () => app.talkTo(user.id),
  }));
  openMenu(anchor, items, { label: "New message to", testid: "new-message" });
}

export function showMembers(app, channel, anchor) {
  const items = channel.members.map((id) => {
    const user = app.names.user(id);
    return {
      label: h("span", { class: "person-row" }, avatar(user, 24), user?.display ?? id),
      hint: user?.is_bot ? "App" : user?.is_guest ? "Guest" : "",
      choose: () => app.talkTo(id),
    };
  });
  if (channel.is_member && channel.name)
    items.push(null, {
      label: `Leave #${channel.name}`,
      danger: true,
      choose: () => app.act("leave", { channel: channel.id }),
    });
  openMenu(anchor, items, { label: "Members", align: "end", testid: "member-list" });
}
