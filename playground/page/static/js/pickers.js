/** Choosing among a few things in sight: radio buttons, checkboxes, date, time, and the overflow menu. */

import { freshId, h, icon } from "./dom.js";
import { openMenu } from "./menu.js";
import { plainText, textObject } from "./mrkdwn.js";
import { contentOf, stateOf } from "./state.js";
import { epochFromLocal, localFromEpoch } from "./zone.js";

export function radioButtons(element, use) {
  const name = freshId("radio");
  return optionList("radiogroup", element, use, (option) => ({
    type: "radio",
    name,
    checked: contentOf(use.state)?.value === option.value,
    on: { change: () => use.change(stateOf(element, option)) },
  }));
}

export function checkboxes(element, use) {
  let chosen = contentOf(use.state) ?? [];
  return optionList("group", element, use, (option) => ({
    type: "checkbox",
    checked: chosen.some((each) => each.value === option.value),
    on: {
      change: (event) => {
        const values = new Set(chosen.map((each) => each.value));
        if (event.target.checked) values.add(option.value);
        else values.delete(option.value);
        chosen = element.options.filter((each) => values.has(each.value));
        use.change(stateOf(element, chosen));
      },
    },
  }));
}

function optionList(role, element, use, inputProps) {
  return h(
    "div",
    { class: "choice-list", role, ...use.labels },
    (element.options ?? []).map((option) =>
      h(
        "label",
        { class: "choice" },
        h("input", inputProps(option)),
        h(
          "span",
          { class: "choice-words" },
          h("span", null, ...textObject(option.text, use.names)),
          option.description ? h("span", { class: "choice-note" }, ...textObject(option.description, use.names)) : null,
        ),
      ),
    ),
  );
}

function picker(type, value, label, use, changed) {
  return h("input", {
    type,
    class: `text-field picker${use.inInput ? "" : " compact"}`,
    value: value ?? "",
    title: label,
    ...use.labels,
    on: { change: (event) => changed(event.target.value) },
  });
}

export function datePicker(element, use) {
  return picker("date", contentOf(use.state), element.placeholder?.text ?? "Select a date", use, (value) =>
    use.change(stateOf(element, value || null)),
  );
}

export function timePicker(element, use) {
  return picker("time", contentOf(use.state), element.placeholder?.text ?? "Select a time", use, (value) =>
    use.change(stateOf(element, value || null)),
  );
}

/** Shown and typed in the viewer's zone; kept as seconds since 1970, as Slack does. */
export function dateTimePicker(element, use) {
  const { zone } = use.names;
  const seconds = contentOf(use.state);
  const field = picker(
    "datetime-local",
    seconds === null ? "" : localFromEpoch(seconds, zone),
    "Select a date and time",
    use,
    (value) => use.change(stateOf(element, value ? epochFromLocal(value, zone) : null)),
  );
  return h("span", { class: "with-zone" }, field, h("span", { class: "zone" }, zone));
}

export function overflow(element, use) {
  const items = () =>
    (element.options ?? []).map((option) => ({
      label: plainText(option.text?.text),
      href: null,
      choose: () => {
        if (option.url) window.open(option.url, "_blank", "noopener");
        use.change(stateOf(element, option));
      },
    }));
  const button = h(
    "button",
    {
      type: "button",
      class: "button small overflow",
      "aria-label": "More options",
      "aria-haspopup": "menu",
      "aria-expanded": "false",
      data: { testid: "overflow" },
      on: { click: () => openMenu(button, items(), { label: "More options", align: "end" }) },
    },
    icon("dots"),
  );
  return button;
}
