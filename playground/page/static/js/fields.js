/** Inputs that are typed: text, number, e-mail, URL, and files. */

import { h, icon } from "./dom.js";
import { readFile } from "./files.js";
import { contentOf, stateOf } from "./state.js";

const ENTER_SENDS = new Set(["on_enter_pressed"]);
const TYPING_SENDS = new Set(["on_character_entered"]);

function typing(element, use) {
  const triggers = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  return {
    input: (event) =>
      use.change(stateOf(element, event.target.value), { dispatch: triggers.some((each) => TYPING_SENDS.has(each)) }),
    keydown: (event) => {
      if (
        event.key !== "Enter" ||
        event.isComposing ||
        !use.dispatches ||
        !triggers.some((each) => ENTER_SENDS.has(each))
      )
        return;
      if (element.multiline && event.shiftKey) return;
      event.preventDefault();
      event.stopPropagation();
      use.change(stateOf(element, event.target.value), { dispatch: true });
    },
  };
}

export function textField(element, use) {
  const props = {
    class: `text-field${element.multiline ? " multiline" : ""}`,
    value: contentOf(use.state) ?? "",
    placeholder: element.placeholder?.text,
    maxlength: element.max_length ?? 3000,
    autocomplete: "off",
    autofocus: element.focus_on_load,
    ...use.labels,
  };
  const field = element.multiline
    ? h("textarea", { ...props, rows: 4, on: typing(element, use) })
    : h("input", { ...props, type: "text", on: typing(element, use) });
  if (!element.max_length) return field;
  const count = h("span", { class: "text-count", "aria-hidden": "true" });
  const update = () => {
    const left = element.max_length - field.value.length;
    count.textContent = left <= Math.max(10, element.max_length / 5) ? String(left) : "";
  };
  field.addEventListener("input", update);
  update();
  return h("div", { class: "counted" }, field, count);
}

export function numberField(element, use) {
  return h("input", {
    type: "text",
    inputmode: element.is_decimal_allowed ? "decimal" : "numeric",
    class: "text-field number",
    value: contentOf(use.state) ?? "",
    placeholder: element.placeholder?.text,
    autocomplete: "off",
    autofocus: element.focus_on_load,
    ...use.labels,
    on: typing(element, use),
  });
}

export function addressField(element, use) {
  const type = element.type === "email_text_input" ? "email" : "url";
  const placeholder = element.placeholder?.text ?? (type === "email" ? "name@example.com" : "https://…");
  return h("input", {
    type,
    class: "text-field",
    value: contentOf(use.state) ?? "",
    placeholder,
    autocomplete: "off",
    autofocus: element.focus_on_load,
    ...use.labels,
    on: typing(element, use),
  });
}

/** The files chosen travel with the form, {name, content} each. */
export function fileField(element, use) {
  let files = contentOf(use.state) ?? [];
  const most = element.max_files ?? 10;
  const list = h("ul", { class: "file-list" });
  const status = h("div", { class: "file-status", role: "status" });
  const accept = element.filetypes?.map((type) => `.${type}`).join(",");
  const chooser = h("input", {
    type: "file",
    multiple: most > 1,
    accept,
    class: "visually-hidden",
    ...use.labels,
    on: { change: () => add([...chooser.files]) },
  });

  async function add(chosen) {
    status.textContent = files.length + chosen.length > most ? `At most ${most} files.` : "";
    for (const file of chosen.slice(0, most - files.length)) {
      const read = await readFile(file);
      if (read.error) status.textContent = read.error;
      else files = [...files, read];
    }
    chooser.value = "";
    changed();
  }

  function changed() {
    list.replaceChildren(...files.map(row));
    use.change(stateOf(element, files));
  }

  function row(file) {
    const remove = () => {
      files = files.filter((each) => each !== file);
      changed();
    };
    return h(
      "li",
      null,
      icon("file"),
      h("span", null, file.name),
      h(
        "button",
        { type: "button", class: "chip-remove", "aria-label": `Remove ${file.name}`, on: { click: remove } },
        icon("close"),
      ),
    );
  }

  list.replaceChildren(...files.map(row));
  return h(
    "div",
    { class: "file-field" },
    chooser,
    list,
    h(
      "button",
      { type: "button", class: "button small", on: { click: () => chooser.click() } },
      icon("attach"),
      "Upload a file",
    ),
    status,
  );
}
