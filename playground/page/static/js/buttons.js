/** Buttons of Block Kit: they ask first when told to, show that they wait, and say when the app did not answer. */

import { h, icon } from "./dom.js";
import { plainText } from "./mrkdwn.js";

export function button(element, use) {
  const style = ["primary", "danger"].includes(element.style) ? ` ${element.style}` : "";
  const props = {
    class: `button small${style}`,
    "aria-label": element.accessibility_label,
    data: { testid: "button", action: element.action_id },
  };
  const pressed = async () => {
    if (control.getAttribute("aria-busy") === "true") return;
    if (element.url) window.open(element.url, "_blank", "noopener");
    const answer = await use.press(() => control.setAttribute("aria-busy", "true"));
    control.removeAttribute("aria-busy");
    warn(control, answer?.ok === false ? answer.error : "");
  };
  const control = h(
    "button",
    { type: "button", ...props, on: { click: pressed } },
    h("span", { class: "button-text" }, ...plainText(element.text?.text)),
    element.url ? icon("external") : null,
  );
  return control;
}

/** Slack's small warning sign next to what failed. */
function warn(control, text) {
  if (control.nextElementSibling?.classList.contains("failed")) control.nextElementSibling.remove();
  if (text)
    control.after(
      h(
        "span",
        { class: "failed", role: "alert", title: text, data: { testid: "failed" } },
        icon("warn"),
        h("span", { class: "failed-text" }, text),
      ),
    );
}
