/** The middle of the page: one channel or direct message, its heading, its messages and the box to write in. */

import { avatar } from "./avatar.js";
import { createComposer } from "./composer.js";
import { h, icon, iconButton } from "./dom.js";
import { mrkdwn } from "./mrkdwn.js";
import { createTimeline } from "./timeline.js";

export function createChannelView(app) {
  const { store, names } = app;
  const heading = h("header", { class: "pane-header", data: { testid: "channel-header" } });
  const tabs = h("div", { class: "tabs-slot" });
  const timeline = createTimeline(app, { label: "Messages" });
  const foot = h("div", { class: "pane-foot" });
  const root = h("section", { class: "pane channel", "aria-label": "Channel" }, heading, tabs, timeline.element, foot);
  let shown = null;
  let firstNew = "";
  let footKind = "";
  let composer = null;
  let openedFor = "";

  function update(channel, { withTabs = null } = {}) {
    const opening = shown !== channel.id || openedFor !== names.viewer;
    shown = channel.id;
    openedFor = names.viewer;
    if (opening) {
      footKind = "";
      timeline.element.firstElementChild.replaceChildren();
    }
    showHeading(channel);
    tabs.replaceChildren(...(withTabs ? [withTabs] : []));
    const messages = store.messages(channel.id);
    const own = messages.filter((message) => !message.is_reply || message.broadcast);
    if (opening) firstNew = firstUnread(channel, own);
    timeline.show(own, { firstNew, intro: messages.length < 200 ? [intro(channel)] : [] });
    if (opening) timeline.jumpToEnd();
    showFoot(channel);
    if (opening && !matchMedia("(pointer: coarse)").matches) composer?.focus();
    markRead(channel, messages.at(-1));
  }

  /** Where "New" goes: before what arrived since the last visit. What arrives while one looks is not new. */
  function firstUnread(channel, messages) {
    const read = store.get(`read:${channel.id}`);
    return (read && messages.find((message) => message.ts > read && message.user !== names.viewer)?.ts) || "";
  }

  function showHeading(channel) {
    const title = names.title(channel);
    const face =
      channel.kind === "im"
        ? avatar(names.user(channel.user), 24)
        : icon(channel.kind === "private" ? "lock" : channel.kind === "mpim" ? "people" : "hash");
    const people =
      channel.kind === "im"
        ? null
        : h(
            "button",
            {
              type: "button",
              class: "member-count",
              "aria-label": `${channel.members.length} members`,
              title: "Members",
              data: { testid: "members" },
              on: { click: (event) => app.showMembers(channel, event.currentTarget) },
            },
            h(
              "span",
              { class: "faces" },
              channel.members.slice(0, 3).map((id) => avatar(names.user(id), 20)),
            ),
            String(channel.members.length),
          );
    heading.replaceChildren(
      iconButton("menu", "Places", () => app.toggleSidebar(), { class: "only-narrow" }),
      h("h1", { class: "pane-title" }, face, h("span", { data: { testid: "channel-title" } }, title)),
      h(
        "div",
        { class: "pane-topic" },
        channel.topic
          ? mrkdwn(channel.topic, names)
          : channel.kind === "im"
            ? (names.user(channel.user)?.title ?? "")
            : "",
      ),
      people ?? "",
    );
  }

  function intro(channel) {
    const title = names.title(channel);
    if (channel.kind === "im") {
      const user = names.user(channel.user);
      const words =
        channel.user === names.viewer
          ? "This is your space. Draft messages and keep notes here."
          : user?.is_bot
            ? "This is the beginning of your messages with this app."
            : `This conversation is just between you and ${title}.`;
      return h("div", { class: "intro" }, avatar(user, 56), h("h2", null, title), h("p", null, words));
    }
    const words =
      channel.kind === "mpim"
        ? "This conversation is just between you and these people."
        : `This is the very beginning of the ${title} channel.`;
    return h(
      "div",
      { class: "intro" },
      h("span", { class: "intro-icon" }, icon(channel.kind === "private" ? "lock" : "hash")),
      h("h2", null, channel.kind === "mpim" ? title : `# ${title}`),
      h("p", null, words, channel.purpose ? ` ${channel.purpose}` : ""),
    );
  }

  function showFoot(channel) {
    const kind = channel.is_archived ? "archived" : channel.is_member ? `compose:${channel.id}` : `join:${channel.id}`;
    if (kind === footKind) return;
    footKind = kind;
    composer = null;
    if (channel.is_archived)
      foot.replaceChildren(h("div", { class: "join-bar" }, `You are viewing #${channel.name}, an archived channel.`));
    else if (!channel.is_member) foot.replaceChildren(joinBar(channel));
    else {
      const to = channel.kind === "public" || channel.kind === "private" ? `#${channel.name}` : names.title(channel);
      composer = createComposer(app, {
        placeholder: `Message ${to}`,
        label: `Message ${to}`,
        send: (message) => app.send(channel, message),
        attach: (file) => app.shareFile(channel, file),
        onEditLast: () => app.editing.startLast(channel),
      });
      foot.replaceChildren(composer.element);
    }
  }

  function joinBar(channel) {
    return h(
      "div",
      { class: "join-bar", data: { testid: "join-bar" } },
      h("p", null, "You are viewing ", h("strong", null, `#${channel.name}`)),
      h(
        "button",
        { type: "button", class: "button primary", on: { click: () => app.act("join", { channel: channel.id }) } },
        "Join channel",
      ),
    );
  }

  function markRead(channel, last) {
    if (!last || !channel.is_member || document.visibilityState === "hidden") return;
    if (last.ts > (store.get(`read:${channel.id}`) ?? "")) app.ask("read", { channel: channel.id, ts: last.ts });
  }

  return {
    element: root,
    update,
    focus: () => composer?.focus(),
    write: (text) => composer?.write(text),
    toEnd: () => timeline.jumpToEnd(),
  };
}
