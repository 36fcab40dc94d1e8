/** Pictures. Those of this playground are shown; those elsewhere are only named, for this page loads nothing from outside. */

import { h, icon } from "./dom.js";
import { isSafe } from "./links.js";

/** `element`: an image element or block of Block Kit; `className` image, accessory-image or context-image. */
export function picture(element, className) {
  const alt = element.alt_text ?? "";
  const here = addressHere(element);
  if (here) return h("img", { class: className, src: here, alt, loading: "lazy" });
  const address = element.image_url ?? "";
  const props = { class: `${className} absent`, title: `${alt}\n${address}`.trim() };
  const content = [icon("image"), className === "image" ? h("span", null, alt || "Image") : null];
  if (className === "image" && isSafe(address))
    return h("a", { ...props, href: address, target: "_blank", rel: "noopener noreferrer nofollow" }, content);
  return h("span", { ...props, role: "img", "aria-label": alt }, content);
}

const FILE_ID = /^F[A-Z0-9]+$/;

/** Where the page has it, if it was uploaded to this Slack: slack_file has an id, or a private URL that ends in one. */
function addressHere({ slack_file: file }) {
  const id = file?.id ?? /\/files-pri\/[A-Z0-9]+-(F[A-Z0-9]+)\//.exec(file?.url ?? "")?.[1] ?? "";
  return FILE_ID.test(id) ? `/page/files/${id}` : null;
}
