/** What hangs below a message's text: secondary attachments and files. */

import { blockList } from "./blocks.js";
import { h, icon } from "./dom.js";
import { link } from "./links.js";
import { mrkdwn, textObject } from "./mrkdwn.js";
import { messageSurface } from "./surface.js";

const COLOURS = { good: "good", warning: "warning", danger: "danger" };

/** A secondary attachment: a bar of colour beside its text or blocks. */
export function attachment(each, message, app) {
  const { names } = app;
  const element = h(
    "div",
    { class: `attachment ${COLOURS[each.color] ?? ""}`.trim() },
    each.pretext ? h("div", { class: "attachment-pretext" }, ...mrkdwn(each.pretext, names)) : null,
    each.blocks
      ? h("div", { class: "blocks" }, blockList(each.blocks, messageSurface(message, app)))
      : [
          each.title
            ? h(
                "div",
                { class: "attachment-title" },
                each.title_link ? link(each.title_link, each.title, { class: "link" }) : each.title,
              )
            : null,
          each.text ? h("div", { class: "mrkdwn" }, ...mrkdwn(each.text, names)) : null,
          each.fields?.length
            ? h(
                "div",
                { class: "fields" },
                each.fields.map((field) =>
                  h(
                    "div",
                    { class: `field${field.short ? "" : " wide"}` },
                    h("strong", null, field.title),
                    h("div", null, ...mrkdwn(String(field.value ?? ""), names)),
                  ),
                ),
              )
            : null,
          each.footer
            ? h("div", { class: "attachment-footer" }, ...textObject({ type: "mrkdwn", text: each.footer }, names))
            : null,
        ],
  );
  if (/^#?[0-9a-f]{6}$/i.test(each.color ?? "")) element.style.setProperty("--bar", `#${each.color.replace("#", "")}`);
  return element;
}

const PICTURES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);

/** A file that was shared: its picture if it is one, else a card to download it by. */
export function file(each) {
  if (PICTURES.has(each.mimetype))
    return h(
      "figure",
      { class: "file-picture", data: { testid: "file" } },
      h("figcaption", { class: "image-title" }, each.title || each.name),
      h("img", { class: "image", src: each.address, alt: each.title || each.name, loading: "lazy" }),
    );
  const kind = [each.pretty_type, size(each.size)].filter(Boolean).join(" · ");
  const words = h(
    "span",
    { class: "file-words" },
    h("span", { class: "file-name" }, each.title || each.name),
    h("span", { class: "file-kind" }, kind),
  );
  return h(
    "a",
    { class: "file-card", href: each.address, download: each.name, data: { testid: "file" } },
    h("span", { class: "file-icon" }, icon("file")),
    words,
  );
}

function size(bytes) {
  return bytes < 1024
    ? `${bytes} B`
    : bytes < 1024 * 1024
      ? `${Math.round(bytes / 1024)} kB`
      : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
