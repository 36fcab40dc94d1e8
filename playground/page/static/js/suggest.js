/** The list of suggestions above a text field: arrows move, Enter or Tab takes, Esc closes. */

import { avatar } from "./avatar.js";
import { freshId, h, icon } from "./dom.js";
import { float } from "./floating.js";
import { emoji } from "./glyph.js";

const TITLES = { command: "Commands", person: "People", channel: "Channels", emoji: "Emoji" };

/** `take(suggestion)` is called with what was chosen. Answers {show(kind, list), hide(), pressed(event)}. */
export function createSuggest(field, anchor, take) {
  const listId = freshId("suggestions");
  let close = null;
  let offered = [];
  let active = 0;
  let panel = null;
  field.setAttribute("aria-controls", listId);
  field.setAttribute("aria-autocomplete", "list");

  function show(kind, list) {
    offered = list;
    if (!list.length) {
      hide();
      return;
    }
    active = 0;
    if (!close) {
      panel = h("div", {
        class: "suggestions",
        role: "listbox",
        id: listId,
        "aria-label": TITLES[kind],
        data: { testid: "completion" },
      });
      close = float(panel, anchor(), { width: "anchor", prefer: "above", onClose: closed });
    }
    panel.replaceChildren(h("div", { class: "options-label" }, TITLES[kind]), ...list.map(row));
    panel.setAttribute("aria-label", TITLES[kind]);
    panel.settle();
    activate(0);
  }

  function closed() {
    close = null;
    offered = [];
    field.removeAttribute("aria-activedescendant");
  }

  const hide = () => close?.();

  function row(suggestion, index) {
    return h(
      "div",
      {
        class: "option",
        role: "option",
        id: `${listId}-${index}`,
        data: { value: suggestion.key },
        on: {
          pointerdown: (event) => event.preventDefault(),
          pointermove: () => active !== index && activate(index),
          click: () => choose(index),
        },
      },
      face(suggestion),
      h(
        "span",
        { class: "option-words" },
        h(
          "span",
          { class: "option-text" },
          suggestion.text,
          suggestion.hint ? h("span", { class: "option-hint" }, ` ${suggestion.hint}`) : null,
        ),
        suggestion.note ? h("span", { class: "option-note" }, suggestion.note) : null,
      ),
    );
  }

  function activate(index) {
    panel.querySelector(".active")?.classList.remove("active");
    panel.querySelector("[aria-selected=true]")?.setAttribute("aria-selected", "false");
    active = index;
    const element = document.getElementById(`${listId}-${index}`);
    element?.classList.add("active");
    element?.setAttribute("aria-selected", "true");
    element?.scrollIntoView({ block: "nearest" });
    field.setAttribute("aria-activedescendant", `${listId}-${index}`);
  }

  function choose(index) {
    const chosen = offered[index];
    hide();
    take(chosen);
  }

  /** True when the key was meant for the list. */
  function pressed(event) {
    if (!close) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) activate((active + step + offered.length) % offered.length);
    else if (event.key === "Enter" || event.key === "Tab") choose(active);
    else return false;
    event.preventDefault();
    return true;
  }

  return { show, hide, pressed };
}

function face(suggestion) {
  if (suggestion.user) return avatar(suggestion.user, 24);
  if (suggestion.app) return avatar({ is_bot: true }, 24);
  if (suggestion.emoji) return h("span", { class: "option-emoji" }, emoji(suggestion.emoji));
  return h("span", { class: "option-face" }, icon(suggestion.text.startsWith("#") ? "hash" : "at"));
}
