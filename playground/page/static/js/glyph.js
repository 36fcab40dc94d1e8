/** One emoji as a node: drawn where there is a drawing, else as text. */

import { h, symbol } from "./dom.js";
import { drawingOf, emojiFor } from "./emoji.js";

/** For a name without colons; null when nobody knows it. */
export function emoji(name) {
  const character = emojiFor(name);
  if (!character) return null;
  const label = { class: "emoji", role: "img", "aria-label": `${name.replaceAll("_", " ")} emoji`, title: `:${name}:` };
  const drawing = drawingOf(character);
  if (!drawing) return h("span", label, character);
  // The character stays in the text, so that copying a message copies it.
  return h(
    "span",
    label,
    symbol("emoji", drawing, "emoji-drawing"),
    h("span", { class: "visually-hidden" }, character),
  );
}
