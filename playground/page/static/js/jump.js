/** Ctrl+K: type a few letters of a place or a person, Enter, and be there. */

import { avatar } from "./avatar.js";
import { freshId, h, icon } from "./dom.js";

const MOST = 10;

export function openJump(app) {
  if (document.querySelector("dialog[open]")) return;
  const listId = freshId("jump");
  let found = [];
  let active = 0;
  const field = h("input", {
    type: "text",
    class: "text-field",
    role: "combobox",
    placeholder: "Jump to…",
    autocomplete: "off",
    "aria-label": "Jump to",
    "aria-expanded": "true",
    "aria-controls": listId,
    on: { input: show, keydown: pressed },
  });
  const list = h("div", { class: "jump-list", role: "listbox", id: listId, "aria-label": "Places" });
  const dialog = h(
    "dialog",
    { class: "dialog jump", "aria-label": "Jump to", data: { testid: "jump" } },
    h("div", { class: "jump-field" }, field),
    list,
  );
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());

  function show() {
    const typed = field.value.trim().toLowerCase().replace(/^[#@]/, "");
    found = targets(app)
      .map((target) => ({ ...target, at: target.words.toLowerCase().indexOf(typed) }))
      .filter((target) => target.at !== -1)
      .sort((one, other) => Math.sign(one.at) - Math.sign(other.at)) // what begins with it comes first
      .slice(0, MOST);
    list.replaceChildren(
      ...(found.length ? found.map(row) : [h("div", { class: "options-note" }, "Nothing of that name")]),
    );
    activate(0);
  }

  function row(target, index) {
    return h(
      "div",
      {
        class: "option",
        role: "option",
        id: `${listId}-${index}`,
        on: { click: () => go(index), pointermove: () => active !== index && activate(index) },
      },
      target.face,
      h("span", { class: "option-text" }, target.title),
      h("span", { class: "option-note" }, target.note),
    );
  }

  function activate(index) {
    list.querySelector(".active")?.classList.remove("active");
    active = index;
    const element = document.getElementById(`${listId}-${index}`);
    element?.classList.add("active");
    element?.scrollIntoView({ block: "nearest" });
    field.setAttribute("aria-activedescendant", `${listId}-${index}`);
  }

  function pressed(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && found.length) {
      event.preventDefault();
      activate((active + step + found.length) % found.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      go(active);
    }
  }

  function go(index) {
    const target = found[index];
    if (!target) return;
    dialog.close();
    target.go();
  }

  document.body.append(dialog);
  dialog.showModal();
  show();
  field.focus();
}

const ICONS = { public: "hash", private: "lock", mpim: "people" };

/** Channels, the app and everybody else: {words (searched), title, note, face, go()}. */
function targets(app) {
  const { store, names } = app;
  const channels = store
    .all("channel")
    .filter((channel) => channel.kind !== "im" && !channel.is_archived)
    .map((channel) => ({
      words: names.title(channel),
      title: names.title(channel),
      note: channel.is_member ? channel.topic : "not joined",
      face: icon(ICONS[channel.kind], "option-face"),
      go: () => app.openPlace(channel.id),
    }));
  const people = store
    .all("user")
    .filter((user) => !user.deleted && user.id !== names.viewer)
    .map((user) => ({
      words: `${user.display} ${user.name}`,
      title: user.display,
      note: user.is_bot ? "App" : user.title,
      face: avatar(user, 20),
      go: () => app.talkTo(user.id),
    }));
  return [...channels, ...people];
}
