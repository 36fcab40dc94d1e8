/** Short words from the playground itself, at the lower edge, gone after a while. Never from an app. */

import { h } from "./dom.js";

const SHOWN_MS = 6000;

export function toast(text, { kind = "info" } = {}) {
  let shelf = document.querySelector(".toasts");
  if (!shelf) {
    shelf = h("div", { class: "toasts", popover: "manual" });
    document.body.append(shelf);
  }
  const note = h(
    "div",
    { class: `toast ${kind}`, role: kind === "error" ? "alert" : "status", data: { testid: "toast" } },
    text,
  );
  shelf.append(note);
  if (shelf.matches(":popover-open")) shelf.hidePopover(); // shown again so that it lies above a dialog opened meanwhile
  shelf.showPopover();
  setTimeout(() => {
    note.remove();
    if (!shelf.children.length) shelf.hidePopover();
  }, SHOWN_MS);
}
