/** The `rich_text` block (what Slack's own composer writes, and lists and code of apps) -> nodes. */

import { h } from "./dom.js";
import { emoji } from "./glyph.js";
import { link } from "./links.js";
import { broadcast, channelMention, groupMention, userMention } from "./mrkdwn.js";
import { dateTokens, fullTime } from "./time.js";

export function richText(block, names) {
  return h("div", { class: "rich-text" }, ...(block.elements ?? []).map((element) => part(element, names)));
}

function part(element, names) {
  const children = () => (element.elements ?? []).map((each) => span(each, names));
  switch (element.type) {
    case "rich_text_section":
      return h("div", { class: "rich-section" }, ...children());
    case "rich_text_preformatted":
      return h("pre", { class: "code-block" }, ...children());
    case "rich_text_quote":
      return h("blockquote", { class: "quote" }, ...children());
    case "rich_text_list":
      return list(element, names);
    default:
      return null;
  }
}

function list(element, names) {
  const indent = Math.min(element.indent ?? 0, 8);
  return h(
    element.style === "ordered" ? "ol" : "ul",
    { class: `rich-list indent-${indent}`, start: element.offset ? element.offset + 1 : null },
    ...(element.elements ?? []).map((item) => h("li", null, ...(item.elements ?? []).map((each) => span(each, names)))),
  );
}

const STYLES = [
  ["bold", "strong"],
  ["italic", "em"],
  ["strike", "s"],
];

function span(element, names) {
  let node = bare(element, names);
  for (const [style, tag] of STYLES) if (element.style?.[style]) node = h(tag, null, node);
  return element.style?.code ? h("code", { class: "code" }, node) : node;
}

function bare(element, names) {
  switch (element.type) {
    case "text":
      return h("span", { class: "prewrap" }, element.text);
    case "link":
      return link(element.url, element.text || element.url, { class: "link" });
    case "user":
      return userMention(element.user_id, names);
    case "usergroup":
      return groupMention(element.usergroup_id, names);
    case "channel":
      return channelMention(element.channel_id, names);
    case "broadcast":
      return broadcast(element.range);
    case "emoji":
      return emoji(element.name ?? "") ?? document.createTextNode(`:${element.name}:`);
    case "date":
      return h(
        "time",
        { title: fullTime(element.timestamp, names.zone) },
        dateTokens(element.format ?? "{date_num}", element.timestamp, names.zone),
      );
    case "color":
      return h("code", { class: "code" }, element.value);
    default:
      return document.createTextNode(element.text ?? "");
  }
}
