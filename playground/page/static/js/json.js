/** A JSON value as lines of coloured text. Text only. */

import { h } from "./dom.js";

const TOKEN = /("(?:\\.|[^"\\])*")(\s*:)?|\b(true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

export function jsonView(value) {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  const nodes = [];
  let at = 0;
  for (const found of text.matchAll(TOKEN)) {
    if (found.index > at) nodes.push(text.slice(at, found.index));
    const kind = found[2] ? "json-key" : found[1] ? "json-string" : found[3] ? "json-word" : "json-number";
    nodes.push(h("span", { class: kind }, found[1] ?? found[0]));
    if (found[2]) nodes.push(found[2]);
    at = found.index + found[0].length;
  }
  nodes.push(text.slice(at));
  return h("pre", { class: "json", tabIndex: 0 }, nodes);
}
