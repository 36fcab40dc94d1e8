/** The picker of emoji for a reaction: the usual ones, and all others by name. */

import { h } from "./dom.js";
import { emojiNames, QUICK_REACTIONS } from "./emoji.js";
import { float } from "./floating.js";
import { emoji } from "./glyph.js";

const MOST_SHOWN = 96;

/** Calls `choose(name)` once with the emoji picked from the panel beside `anchor`. */
export function pickEmoji(anchor, choose, { align = "end", prefer = "below" } = {}) {
  const grid = h("div", { class: "emoji-grid" });
  const search = h("input", {
    type: "text",
    class: "text-field",
    placeholder: "Search emoji",
    "aria-label": "Search emoji",
    on: { input: () => show(), keydown: (event) => event.key === "Enter" && grid.querySelector("button")?.click() },
  });
  const panel = h(
    "div",
    { class: "emoji-picker", role: "dialog", "aria-label": "Emoji", data: { testid: "emoji-picker" } },
    search,
    grid,
  );
  const close = float(panel, anchor, { align, prefer });

  function show() {
    const typed = search.value.trim().replaceAll(":", "").toLowerCase();
    const names = typed
      ? emojiNames().filter((name) => name.includes(typed))
      : [...new Set([...QUICK_REACTIONS, ...emojiNames()])];
    grid.replaceChildren(...names.slice(0, MOST_SHOWN).map(cell));
    if (!names.length) grid.append(h("div", { class: "options-note" }, "No emoji of that name"));
  }

  function cell(name) {
    const picked = () => {
      close({ refocus: true });
      choose(name);
    };
    return h(
      "button",
      { type: "button", class: "emoji-cell", "aria-label": name, title: `:${name}:`, on: { click: picked } },
      emoji(name),
    );
  }

  show();
  panel.settle();
  search.focus();
}

export function openReactions(anchor, message, app) {
  pickEmoji(anchor, (name) => app.act("react", { channel: message.channel, ts: message.ts, emoji: name }));
}
