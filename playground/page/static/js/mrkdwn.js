/**
 * Slack's mrkdwn -> nodes. Everything that is not exactly a piece of markup stays text; nothing here makes HTML.
 *
 * `names` says who <@U1>, <#C1> and <!subteam^S1> are, and in which zone <!date^…> is shown:
 * {user(id), channel(id), group(id), zone, viewer, visit(channelId)}.
 */

import { h } from "./dom.js";
import { emoji } from "./glyph.js";
import { link } from "./links.js";
import { dateTokens, fullTime } from "./time.js";

const unescape = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

/** A whole text, with its quotes and code blocks, as nodes. */
export function mrkdwn(text, names) {
  const nodes = [];
  for (const [index, piece] of String(text ?? "")
    .split("```")
    .entries()) {
    const isLastOpen = index % 2 === 1 && index === text.split("```").length - 1;
    if (isLastOpen) nodes.push(...paragraphs("```" + piece, names));
    else if (index % 2 === 1)
      nodes.push(h("pre", { class: "code-block" }, ...codeText(piece.replace(/^\n/, "").replace(/\n$/, ""), names)));
    else if (piece) nodes.push(...paragraphs(trimAroundCode(piece, index), names));
  }
  return nodes;
}

/** A code block takes its line to itself, so the line breaks next to it are its own. */
const trimAroundCode = (piece, index) => (index > 0 ? piece.replace(/^\n/, "") : piece);

function paragraphs(text, names) {
  const nodes = [];
  let quoted = [];
  const flush = () => {
    if (quoted.length) nodes.push(h("blockquote", { class: "quote" }, ...lines(quoted, names)));
    quoted = [];
  };
  let plain = [];
  const flushPlain = () => {
    nodes.push(...lines(plain, names));
    plain = [];
  };
  const all = text.split("\n");
  for (const [index, line] of all.entries()) {
    const whole = /^(?:&gt;|>){3}\s?(.*)$/.exec(line);
    if (whole) {
      flushPlain();
      quoted.push(whole[1], ...all.slice(index + 1));
      break;
    }
    const one = /^(?:&gt;|>)\s?(.*)$/.exec(line);
    if (one) {
      flushPlain();
      quoted.push(one[1]);
    } else {
      flush();
      plain.push(line);
    }
  }
  flush();
  flushPlain();
  return nodes;
}

function lines(texts, names) {
  return texts.flatMap((text, index) => [...(index ? [h("br")] : []), ...inline(text, names)]);
}

const TOKEN = /^<([^<>\n]+)>/;
const BARE_LINK = /^https?:\/\/[^\s<>"'`|*]*[^\s<>"'`|*.,;:!?)\]}_~]/i;
const EMOJI = /^:([a-z0-9_+'-]+(?:::skin-tone-[2-6])?):/;
const STYLES = { "*": "strong", _: "em", "~": "s" };
const BEFORE = /[\s(\[{"'“‘—–\-.,;:!?/*_~>|]/;
const AFTER = /[\s)\]}"'”’—–\-.,;:!?/*_~<|&]/;

/** One line, without quotes and code blocks, as nodes. */
function inline(text, names) {
  const nodes = [];
  let pending = "";
  const flush = () => {
    if (pending) nodes.push(document.createTextNode(unescape(pending)));
    pending = "";
  };
  let at = 0;
  while (at < text.length) {
    const found = match(text, at, names);
    if (found) {
      flush();
      nodes.push(found.node);
      at += found.length;
    } else {
      pending += text[at];
      at += 1;
    }
  }
  flush();
  return nodes;
}

function match(text, at, names) {
  const rest = text.slice(at);
  const sign = text[at];
  if (sign === "<") {
    const token = TOKEN.exec(rest);
    return token && { node: reference(token[1], names), length: token[0].length };
  }
  if (sign === "`") {
    const code = /^`([^`\n]+)`/.exec(rest);
    return code && { node: h("code", { class: "code" }, ...codeText(code[1], names)), length: code[0].length };
  }
  if (sign === ":") {
    const named = EMOJI.exec(rest);
    const node = named && emoji(named[1]);
    return node && { node, length: named[0].length };
  }
  if (sign === "h" && (at === 0 || BEFORE.test(text[at - 1]))) {
    const bare = BARE_LINK.exec(rest);
    return bare && { node: link(unescape(bare[0]), unescape(bare[0]), { class: "link" }), length: bare[0].length };
  }
  return STYLES[sign] ? styled(text, at, sign, names) : null;
}

function styled(text, at, sign, names) {
  if (at > 0 && !BEFORE.test(text[at - 1])) return null;
  if (at + 1 >= text.length || /\s/.test(text[at + 1]) || text[at + 1] === sign) return null;
  let end = at;
  for (;;) {
    end = text.indexOf(sign, end + 1);
    if (end === -1) return null;
    const closes = !/\s/.test(text[end - 1]) && (end + 1 === text.length || AFTER.test(text[end + 1]));
    if (closes && !insideToken(text, at, end)) break;
  }
  const content = inline(text.slice(at + 1, end), names);
  return { node: h(STYLES[sign], null, ...content), length: end - at + 1 };
}

/** Whether position `end` lies within a <…> that was opened after `from`. */
function insideToken(text, from, end) {
  const open = text.lastIndexOf("<", end);
  return open > from && TOKEN.test(text.slice(open)) && text.indexOf(">", open) > end;
}

/** Within code only links and mentions still work; everything else is as typed. */
function codeText(text, names) {
  const nodes = [];
  let rest = text;
  while (rest) {
    const open = rest.indexOf("<");
    const token = open === -1 ? null : TOKEN.exec(rest.slice(open));
    if (!token) {
      nodes.push(document.createTextNode(unescape(rest)));
      break;
    }
    if (open) nodes.push(document.createTextNode(unescape(rest.slice(0, open))));
    nodes.push(reference(token[1], names));
    rest = rest.slice(open + token[0].length);
  }
  return nodes;
}

/** What stands between < and >: a person, a channel, a group, a broadcast, a date or a link. */
function reference(body, names) {
  const bar = body.indexOf("|");
  const target = bar === -1 ? body : body.slice(0, bar);
  const label = bar === -1 ? "" : unescape(body.slice(bar + 1));
  if (target.startsWith("@")) return userMention(target.slice(1), names, label);
  if (target.startsWith("#")) return channelMention(target.slice(1), names, label);
  if (target.startsWith("!date^")) return date(target, label, names);
  if (target.startsWith("!subteam^")) return groupMention(target.slice("!subteam^".length), names, label);
  if (target.startsWith("!")) return broadcast(target.slice(1), label);
  const address = unescape(target);
  return link(address, label || address.replace(/^mailto:/, ""), { class: "link" });
}

export function userMention(id, names, label = "") {
  const user = names.user(id);
  const mine = id === names.viewer ? " mention-me" : "";
  return h("span", { class: `mention${mine}`, data: { user: id } }, `@${user ? user.display : label || id}`);
}

export function channelMention(id, names, label = "") {
  const channel = names.channel(id);
  if (!channel) return h("span", { class: "mention" }, `#${label || "private-channel"}`);
  return h(
    "button",
    { type: "button", class: "mention mention-channel", on: { click: () => names.visit(id) } },
    `#${channel.name}`,
  );
}

export function groupMention(id, names, label = "") {
  const group = names.group(id);
  const handle = group ? `@${group.handle}` : label || `@${id}`;
  const mine = group?.users?.includes(names.viewer) ? " mention-me" : "";
  return h("span", { class: `mention${mine}`, title: group?.name }, handle);
}

export function broadcast(range, label = "") {
  const known = ["here", "channel", "everyone"].includes(range);
  return h("span", { class: known ? "mention mention-me" : "mention" }, known ? `@${range}` : label || `<!${range}>`);
}

function date(target, label, names) {
  const [, seconds, pattern, address] = target.split("^");
  if (!/^\d+$/.test(seconds ?? "") || !pattern) return document.createTextNode(label || target);
  const text = dateTokens(unescape(pattern), seconds, names.zone);
  const shown = h(
    "time",
    { datetime: new Date(Number(seconds) * 1000).toISOString(), title: fullTime(seconds, names.zone) },
    text,
  );
  return address ? link(unescape(address), shown, { class: "link" }) : shown;
}

/** Text with :emoji: but no other markup, as in plain_text objects. */
export function plainText(text, { emoji: withEmoji = true } = {}) {
  const nodes = [];
  let rest = String(text ?? "");
  while (withEmoji && rest) {
    const found = /:([a-z0-9_+'-]+(?:::skin-tone-[2-6])?):/.exec(rest);
    if (!found) break;
    const node = emoji(found[1]);
    const until = node ? found.index : found.index + found[0].length - 1;
    if (until) nodes.push(document.createTextNode(rest.slice(0, until)));
    if (node) nodes.push(node);
    rest = rest.slice(node ? until + found[0].length : until);
  }
  if (rest) nodes.push(document.createTextNode(rest));
  return nodes;
}

/** A text object of Block Kit ({type: plain_text | mrkdwn, text}) as nodes. */
export function textObject(object, names) {
  if (!object) return [];
  return object.type === "mrkdwn"
    ? mrkdwn(object.text, names)
    : plainText(object.text, { emoji: object.emoji !== false });
}

/** A text without any markup, for previews, labels and notifications. */
export function flatten(text, names) {
  const holder = h("span", null, ...mrkdwn(text, names));
  for (const br of holder.querySelectorAll("br")) br.replaceWith(" ");
  return holder.textContent.trim();
}
