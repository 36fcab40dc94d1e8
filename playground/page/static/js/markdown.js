/** The `markdown` block (standard Markdown, as language models write it) -> nodes. A subset; what it does not know stays text. */

import { h } from "./dom.js";
import { emoji } from "./glyph.js";
import { link } from "./links.js";

const FENCE = /^\s*```/;
const HEADING = /^(#{1,6})\s+(.*?)\s*#*$/;
const RULE = /^\s*([-*_])(\s*\1){2,}\s*$/;
const ITEM = /^(\s*)([-*+]|\d+[.)])\s+(.*)$/;
const QUOTE = /^\s*>\s?(.*)$/;
const TABLE_RULE = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;

export function markdown(text) {
  return h("div", { class: "markdown" }, ...blocks(String(text ?? "").split("\n")));
}

function blocks(lines) {
  const nodes = [];
  let at = 0;
  const take = (test) => {
    const taken = [];
    while (at < lines.length && test(lines[at])) taken.push(lines[at++]);
    return taken;
  };
  while (at < lines.length) {
    const line = lines[at];
    if (!line.trim()) at += 1;
    else if (FENCE.test(line)) {
      at += 1;
      nodes.push(h("pre", { class: "code-block" }, take((each) => !FENCE.test(each)).join("\n")));
      at += 1;
    } else if (HEADING.test(line)) {
      const [, marks, title] = HEADING.exec(line);
      nodes.push(
        h(`h${Math.min(marks.length + 2, 6)}`, { class: `markdown-h${Math.min(marks.length, 4)}` }, ...spans(title)),
      );
      at += 1;
    } else if (RULE.test(line)) {
      nodes.push(h("hr", { class: "divider" }));
      at += 1;
    } else if (QUOTE.test(line)) {
      nodes.push(
        h(
          "blockquote",
          { class: "quote" },
          ...blocks(take((each) => QUOTE.test(each)).map((each) => QUOTE.exec(each)[1])),
        ),
      );
    } else if (ITEM.test(line)) {
      nodes.push(list(take((each) => ITEM.test(each) || /^\s+\S/.test(each))));
    } else if (line.includes("|") && TABLE_RULE.test(lines[at + 1] ?? "")) {
      nodes.push(table(take((each) => each.includes("|"))));
    } else {
      const text = take((each) => each.trim() && ![FENCE, HEADING, RULE, QUOTE, ITEM].some((kind) => kind.test(each)));
      nodes.push(h("p", null, ...text.flatMap((each, index) => [...(index ? [h("br")] : []), ...spans(each)])));
    }
  }
  return nodes;
}

function list(lines) {
  const [, indent, mark] = ITEM.exec(lines[0]);
  const ordered = /\d/.test(mark);
  const root = h(ordered ? "ol" : "ul", { start: ordered ? Number.parseInt(mark, 10) : null });
  let nested = [];
  let item = null;
  const close = () => {
    if (item && nested.length) item.append(...blocks(outdent(nested)));
    nested = [];
  };
  for (const line of lines) {
    const found = ITEM.exec(line);
    if (found && found[1].length <= indent.length) {
      close();
      const task = /^\[( |x|X)\]\s+(.*)$/.exec(found[3]);
      item = h("li", { class: task ? "task" : null });
      if (task)
        item.append(
          h(
            "span",
            { class: "task-box", role: "img", "aria-label": task[1] === " " ? "open" : "done" },
            task[1] === " " ? "☐" : "☑",
          ),
          " ",
        );
      item.append(...spans(task ? task[2] : found[3]));
      root.append(item);
    } else nested.push(line);
  }
  close();
  return root;
}

function outdent(lines) {
  const least = Math.min(...lines.filter((line) => line.trim()).map((line) => /^\s*/.exec(line)[0].length));
  return lines.map((line) => line.slice(least));
}

function table(lines) {
  const cells = (line) =>
    line
      .trim()
      .replace(/^\||\|$/g, "")
      .split("|")
      .map((cell) => cell.trim());
  const [head, , ...rows] = lines;
  return h(
    "div",
    { class: "table-scroll" },
    h(
      "table",
      { class: "table" },
      h(
        "thead",
        null,
        h(
          "tr",
          null,
          cells(head).map((cell) => h("th", { scope: "col" }, ...spans(cell))),
        ),
      ),
      h(
        "tbody",
        null,
        rows.map((row) =>
          h(
            "tr",
            null,
            cells(row).map((cell) => h("td", null, ...spans(cell))),
          ),
        ),
      ),
    ),
  );
}

const SPANS = [
  [/^`([^`]+)`/, (found) => h("code", { class: "code" }, found[1])],
  [/^\*\*(?=\S)(.+?)\*\*/, (found) => h("strong", null, ...spans(found[1]))],
  [/^__(?=\S)(.+?)__/, (found) => h("strong", null, ...spans(found[1]))],
  [/^~~(?=\S)(.+?)~~/, (found) => h("s", null, ...spans(found[1]))],
  [/^\*(?=\S)(.+?)\*/, (found) => h("em", null, ...spans(found[1]))],
  [/^_(?=\S)([^_]+)_(?!\w)/, (found) => h("em", null, ...spans(found[1]))],
  [/^!?\[([^\]]*)\]\(([^)\s]+)\)/, (found) => link(found[2], found[1] || found[2], { class: "link" })],
  [/^<(https?:\/\/[^>\s]+)>/, (found) => link(found[1], found[1], { class: "link" })],
  [/^https?:\/\/[^\s<>|]*[^\s<>|.,;:!?)]/, (found) => link(found[0], found[0], { class: "link" })],
  [/^:([a-z0-9_+-]+):/, (found) => emoji(found[1])],
  [/^\\([\\`*_{}[\]()#+\-.!>~|])/, (found) => document.createTextNode(found[1])],
];

function spans(text) {
  const nodes = [];
  let pending = "";
  let at = 0;
  const flush = () => {
    if (pending) nodes.push(document.createTextNode(pending));
    pending = "";
  };
  while (at < text.length) {
    const rest = text.slice(at);
    const inWord = /\w/.test(text[at - 1] ?? "");
    let node = null;
    for (const [pattern, build] of SPANS) {
      const found = pattern.exec(rest);
      if (!found || (inWord && /^[_h]/.test(rest))) continue;
      node = build(found);
      if (node) {
        flush();
        nodes.push(node);
        at += found[0].length;
        break;
      }
    }
    if (!node) {
      pending += text[at];
      at += 1;
    }
  }
  flush();
  return nodes;
}
