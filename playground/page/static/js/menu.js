/** A menu of actions that opens from a button; arrows move, Enter chooses, Esc closes. */

import { h } from "./dom.js";
import { float } from "./floating.js";

/** `items`: [{label (text or nodes), choose(), danger, hint, href, current}] with null for a line between them. */
export function openMenu(anchor, items, { label, align = "start", testid = "menu", prefer = "below" } = {}) {
  const panel = h("div", { class: "menu", role: "menu", "aria-label": label, data: { testid } });
  const close = float(panel, anchor, { align, prefer, onClose: () => anchor.setAttribute("aria-expanded", "false") });
  anchor.setAttribute("aria-expanded", "true");
  for (const item of items)
    panel.append(item === null ? h("div", { class: "menu-line", role: "separator" }) : entry(item, close));
  const entries = [...panel.querySelectorAll("[role^=menuitem]")];
  panel.addEventListener("keydown", (event) => {
    const at = entries.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: entries.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      entries[(to + entries.length) % entries.length]?.focus();
    } else if (event.key === "Tab") close();
  });
  panel.settle();
  entries[0]?.focus({ preventScroll: true });
  return close;
}

function entry(item, close) {
  const content = [
    h("span", { class: "menu-label" }, item.label),
    item.hint ? h("span", { class: "menu-hint" }, item.hint) : null,
  ];
  const chosen = (event) => {
    if (item.href && (event.ctrlKey || event.metaKey || event.shiftKey)) return;
    event.preventDefault();
    close({ refocus: true });
    item.choose();
  };
  const props = {
    class: `menu-item${item.danger ? " danger" : ""}`,
    role: "current" in item ? "menuitemradio" : "menuitem",
    "aria-checked": "current" in item ? Boolean(item.current) : null,
    tabIndex: -1,
    on: { click: chosen },
  };
  return item.href
    ? h("a", { ...props, href: item.href }, ...content)
    : h("button", { ...props, type: "button" }, ...content);
}
