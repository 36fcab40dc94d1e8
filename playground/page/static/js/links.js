/** Decides which addresses may become links, and builds them. javascript:, data: and the like never do. */

import { h } from "./dom.js";

const SAFE = /^(https?:\/\/|mailto:|tel:)/i;

export const isSafe = (address) => typeof address === "string" && SAFE.test(address.trim());

/** A link that opens elsewhere; plain text where the address is not one of the safe kinds. */
export function link(address, content, props = {}) {
  if (!isSafe(address)) return h("span", props, content);
  return h("a", { href: address.trim(), target: "_blank", rel: "noopener noreferrer nofollow", ...props }, content);
}
