/**
 * A field to choose one or several things from a list by typing: every select of Block Kit. Knows nothing of Block Kit:
 * choices come from `load(typed)`, [{label?, choices: [{key, text, note?}]}], and go to `onChange(choices)`.
 */

import { freshId, h, icon } from "./dom.js";
import { float } from "./floating.js";

const TYPING_PAUSE_MS = 150;

export function combobox({
  load,
  chosen = [],
  many = false,
  most = Infinity,
  onChange,
  placeholder = "",
  minTyped = 0,
  remote = false,
  labels = {},
  compact = false,
  clearable = false,
  face = null,
}) {
  const listId = freshId("options");
  let selected = [...chosen];
  let closeList = null;
  let options = [];
  let active = -1;
  let asked = 0;
  let timer = 0;

  const field = h("input", {
    type: "text",
    class: "combo-field",
    role: "combobox",
    autocomplete: "off",
    spellcheck: "false",
    "aria-expanded": "false",
    "aria-controls": listId,
    "aria-autocomplete": "list",
    ...labels,
    on: { focus: () => root.classList.add("focused"), blur: blurred, input: typed, keydown: pressed },
  });
  const chips = h("span", { class: "chips" });
  const clear = h(
    "button",
    { type: "button", class: "combo-clear", "aria-label": "Clear", tabIndex: -1, on: { click: () => choose([]) } },
    icon("close"),
  );
  const root = h(
    "div",
    { class: `combo${compact ? " compact" : ""}${many ? " many" : ""}`, data: { testid: "select" } },
    chips,
    field,
    clearable && !many ? clear : null,
    h("span", { class: "combo-arrow" }, icon("chevron-down")),
  );
  root.addEventListener("pointerdown", (event) => {
    if (event.target.closest("button")) return;
    if (event.target !== field) event.preventDefault();
    field.focus();
    if (closeList) {
      if (event.target !== field) close();
    } else open();
  });
  show();

  function show() {
    chips.replaceChildren();
    clear.hidden = selected.length === 0;
    if (many) {
      for (const choice of selected) chips.append(chip(choice));
      field.value = "";
      field.placeholder = selected.length ? "" : placeholder;
    } else {
      field.value = selected[0]?.text ?? "";
      field.placeholder = placeholder;
    }
    field.size = compact ? Math.max(8, Math.min(32, (field.value || placeholder).length)) : 20;
  }

  function chip(choice) {
    const remove = () => {
      choose(selected.filter((each) => each.key !== choice.key));
      field.focus();
    };
    return h(
      "span",
      { class: "chip" },
      choice.text,
      h(
        "button",
        {
          type: "button",
          class: "chip-remove",
          "aria-label": `Remove ${choice.text}`,
          tabIndex: -1,
          on: { click: remove },
        },
        icon("close"),
      ),
    );
  }

  const panel = h("div", {
    class: "options",
    role: "listbox",
    id: listId,
    "aria-multiselectable": many || null,
    "aria-label": labels["aria-label"] ?? "Options",
  });

  function open() {
    if (closeList) return;
    closeList = float(panel, root, {
      width: "anchor",
      onClose: () => {
        closeList = null;
        field.setAttribute("aria-expanded", "false");
        field.removeAttribute("aria-activedescendant");
        show();
      },
    });
    field.setAttribute("aria-expanded", "true");
    if (!many) {
      field.placeholder = selected[0]?.text ?? placeholder;
      field.value = "";
    }
    refresh();
  }

  const close = () => closeList?.();

  function blurred() {
    root.classList.remove("focused");
    setTimeout(() => {
      if (!root.contains(document.activeElement) && !panel.contains(document.activeElement)) close();
    });
  }

  function typed() {
    open();
    clearTimeout(timer);
    if (remote) timer = setTimeout(refresh, TYPING_PAUSE_MS);
    else refresh();
  }

  async function refresh() {
    const mine = ++asked;
    const query = field.value.trim();
    if (query.length < minTyped) {
      note(minTyped === 1 ? "Type to search" : `Type ${minTyped} characters to search`);
      return;
    }
    if (remote) note("Loading…");
    let groups;
    try {
      groups = await load(query);
    } catch (failure) {
      if (mine === asked) note(failure.message || "The options could not be loaded.", true);
      return;
    }
    if (mine === asked && closeList) list(groups);
  }

  function note(text, isError = false) {
    options = [];
    active = -1;
    panel.replaceChildren(
      h("div", { class: `options-note${isError ? " error" : ""}`, role: isError ? "alert" : null }, text),
    );
    panel.settle();
  }

  function list(groups) {
    options = groups.flatMap((group) => group.choices);
    if (!options.length) {
      note("No results");
      return;
    }
    let index = 0;
    panel.replaceChildren(
      ...groups
        .filter((group) => group.choices.length)
        .map((group) =>
          h(
            "div",
            { role: "group", "aria-label": group.label },
            group.label ? h("div", { class: "options-label" }, group.label) : null,
            group.choices.map((choice) => row(choice, index++)),
          ),
        ),
    );
    const current = options.findIndex((choice) => isChosen(choice));
    panel.settle();
    activate(many ? 0 : Math.max(current, 0));
  }

  const isChosen = (choice) => selected.some((each) => each.key === choice.key);

  function row(choice, index) {
    return h(
      "div",
      {
        class: "option",
        role: "option",
        id: `${listId}-${index}`,
        "aria-selected": isChosen(choice),
        data: { value: choice.key },
        on: {
          pointerdown: (event) => event.preventDefault(),
          pointermove: () => active !== index && activate(index, false),
          click: () => pick(choice),
        },
      },
      face?.(choice),
      h(
        "span",
        { class: "option-words" },
        h("span", { class: "option-text" }, choice.text),
        choice.note ? h("span", { class: "option-note" }, choice.note) : null,
      ),
      isChosen(choice) ? icon("check", "option-check") : null,
    );
  }

  function activate(index, scroll = true) {
    panel.querySelector(".option.active")?.classList.remove("active");
    active = index;
    const element = document.getElementById(`${listId}-${index}`);
    element?.classList.add("active");
    if (scroll) element?.scrollIntoView({ block: "nearest" });
    if (element) field.setAttribute("aria-activedescendant", element.id);
  }

  function pick(choice) {
    if (!many) {
      close();
      choose([choice]);
    } else if (isChosen(choice)) choose(selected.filter((each) => each.key !== choice.key));
    else if (selected.length < most) choose([...selected, choice]);
    else {
      note(`You can choose at most ${most}.`, true);
      return;
    }
    if (many && closeList) refresh();
  }

  function choose(choices) {
    const same =
      choices.length === selected.length && choices.every((choice, index) => choice.key === selected[index].key);
    selected = choices;
    show();
    if (!same) onChange(selected);
  }

  function pressed(event) {
    const { key } = event;
    if (key === "ArrowDown" || key === "ArrowUp") {
      event.preventDefault();
      if (!closeList) open();
      else if (options.length) activate((active + (key === "ArrowDown" ? 1 : -1) + options.length) % options.length);
    } else if (key === "Enter") {
      if (!closeList) return;
      event.preventDefault();
      event.stopPropagation();
      if (options[active]) pick(options[active]);
    } else if (key === "Backspace" && many && !field.value && selected.length) {
      choose(selected.slice(0, -1));
    } else if (key === "Tab") close();
  }

  return root;
}
