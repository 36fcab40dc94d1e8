/** The layout blocks of Block Kit -> nodes. Which control an element becomes is decided in elements.js. */

import { freshId, h, icon } from "./dom.js";
import { control } from "./elements.js";
import { markdown } from "./markdown.js";
import { plainText, textObject } from "./mrkdwn.js";
import { picture } from "./pictures.js";
import { richText } from "./richtext.js";

const BLOCKS = {
  section,
  header,
  divider,
  context,
  actions,
  image,
  input,
  rich_text: richTextBlock,
  markdown: markdownBlock,
  table,
  file,
};

/** All blocks of a surface, in order. `errors`: block_id -> text under that input. */
export function blockList(blocks, surface, errors = {}) {
  return (blocks ?? []).map((block) => {
    const node = built(block, surface, errors);
    node.dataset.block = block.block_id ?? "";
    node.dataset.testid = `block-${block.type}`;
    return node;
  });
}

/** One block that is not as it should be must not take the others with it. */
function built(block, surface, errors) {
  const build = BLOCKS[block.type];
  if (!build) return unshown(`The playground cannot show a “${block.type}” block.`);
  try {
    return build(block, surface, errors);
  } catch (failure) {
    console.warn("block not shown", block, failure);
    return unshown(`This “${block.type}” block could not be shown.`);
  }
}

const unshown = (words) => h("div", { class: "unsupported" }, words);

function section(block, surface) {
  const { accessory } = block;
  const words = h(
    "div",
    { class: "section-words" },
    block.text ? h("div", { class: "mrkdwn" }, ...textObject(block.text, surface.names)) : null,
    block.fields?.length
      ? h(
          "div",
          { class: "fields" },
          block.fields.map((field) => h("div", { class: "field mrkdwn" }, ...textObject(field, surface.names))),
        )
      : null,
  );
  if (!accessory) return h("div", { class: "block section" }, words);
  const beside =
    accessory.type === "image" ? picture(accessory, "accessory-image") : control(accessory, block, surface);
  const stacked = ["radio_buttons", "checkboxes"].includes(accessory.type) ? " stacked" : "";
  return h("div", { class: `block section with-accessory${stacked}` }, words, h("div", { class: "accessory" }, beside));
}

function header(block) {
  return h("h3", { class: "block header-block" }, ...plainText(block.text?.text));
}

function divider() {
  return h("hr", { class: "block divider" });
}

function context(block, surface) {
  const parts = (block.elements ?? []).map((element) =>
    element.type === "image"
      ? picture(element, "context-image")
      : h("span", { class: "context-text mrkdwn" }, ...textObject(element, surface.names)),
  );
  return h("div", { class: "block context" }, parts);
}

function actions(block, surface) {
  return h(
    "div",
    { class: "block actions" },
    (block.elements ?? []).map((element) => control(element, block, surface)),
  );
}

function image(block) {
  return h(
    "figure",
    { class: "block image-block" },
    block.title ? h("figcaption", { class: "image-title" }, ...plainText(block.title.text)) : null,
    picture(block, "image"),
  );
}

function input(block, surface, errors) {
  const id = freshId("input");
  const error = errors[block.block_id];
  const described = [block.hint ? `${id}-hint` : "", `${id}-error`].filter(Boolean).join(" ");
  const isGroup = ["radio_buttons", "checkboxes"].includes(block.element?.type);
  const label = h("span", { class: "input-label-text", id: `${id}-label` }, ...plainText(block.label?.text));
  const labels = {
    "aria-labelledby": `${id}-label`,
    "aria-describedby": described,
    "aria-invalid": error ? "true" : null,
    "aria-required": block.optional || isGroup ? null : "true",
  };
  const field = control(block.element ?? {}, block, surface, labels);
  return h(
    "div",
    { class: `block input${error ? " invalid" : ""}` },
    h(
      "div",
      { class: "input-label", on: { click: () => focusable(field)?.focus() } },
      label,
      block.optional ? h("span", { class: "optional" }, "(optional)") : null,
    ),
    field,
    errorLine(`${id}-error`, error),
    block.hint ? h("div", { class: "input-hint", id: `${id}-hint` }, ...plainText(block.hint.text)) : null,
  );
}

const FOCUSABLE = "input, textarea, select, button";
const focusable = (node) => (node.matches(FOCUSABLE) ? node : node.querySelector(FOCUSABLE));

function errorLine(id, text) {
  return h(
    "div",
    { class: "input-error", id, role: "alert", hidden: !text, data: { testid: "field-error" } },
    icon("warn"),
    h("span", null, text ?? ""),
  );
}

/** Shows other errors without building the inputs again, so that what was typed and the focus stay. Focuses the first. */
export function showErrors(root, errors) {
  let first = null;
  for (const block of root.querySelectorAll(".block.input")) {
    const text = errors[block.dataset.block];
    block.classList.toggle("invalid", Boolean(text));
    const line = block.querySelector(".input-error");
    line.hidden = !text;
    line.lastChild.textContent = text ?? "";
    const field = block.querySelector("[aria-labelledby]");
    if (text) field?.setAttribute("aria-invalid", "true");
    else field?.removeAttribute("aria-invalid");
    if (text && !first) first = field;
  }
  if (first) {
    first.closest(".block").scrollIntoView({ block: "nearest" });
    focusable(first)?.focus();
  }
}

function richTextBlock(block, surface) {
  return h("div", { class: "block" }, richText(block, surface.names));
}

function markdownBlock(block) {
  return h("div", { class: "block" }, markdown(block.text));
}

function table(block, surface) {
  const cell = (content) => {
    if (content?.type === "rich_text") return richText(content, surface.names);
    return h("span", { class: "prewrap" }, String(content?.text ?? content?.value ?? ""));
  };
  const align = (column) => `align-${block.column_settings?.[column]?.align ?? "left"}`;
  const [head = [], ...rows] = block.rows ?? [];
  return h(
    "div",
    { class: "block table-scroll", tabIndex: 0, role: "region", "aria-label": "Table" },
    h(
      "table",
      { class: "table" },
      h(
        "thead",
        null,
        h(
          "tr",
          null,
          head.map((content, column) => h("th", { scope: "col", class: align(column) }, cell(content))),
        ),
      ),
      h(
        "tbody",
        null,
        rows.map((row) =>
          h(
            "tr",
            null,
            row.map((content, column) => h("td", { class: align(column) }, cell(content))),
          ),
        ),
      ),
    ),
  );
}

function file(block) {
  return h("div", { class: "block unsupported" }, `Remote file ${block.external_id ?? ""}`);
}
