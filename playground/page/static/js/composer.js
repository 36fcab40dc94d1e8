/**
 * The box in which a message or a command is written. Enter sends, Shift+Enter breaks the line. It knows what is typed;
 * where it goes is its owner's affair: `send({text, sent, command})` resolves true when the box may be emptied.
 */

import { asSent, commandOf, suggestions, wordAt } from "./completion.js";
import { h, icon, iconButton } from "./dom.js";
import { pickEmoji } from "./reactions.js";
import { createSuggest } from "./suggest.js";

const TALLEST_PX = 280;

export function createComposer(
  app,
  {
    placeholder,
    send,
    commands = true,
    onCancel = null,
    initial = "",
    label = "Message",
    testid = "composer",
    sendLabel = null,
    onEditLast = null,
    attach = null,
    below = null,
  },
) {
  const picked = new Map();
  const field = h("textarea", {
    class: "composer-field",
    rows: 1,
    placeholder,
    "aria-label": label,
    "aria-multiline": "true",
    spellcheck: "true",
    value: initial,
    data: { testid: `${testid}-field` },
    on: { input: changed, keydown: pressed, click: suggestNow },
  });
  const hint = h("div", { class: "composer-hint", hidden: true, data: { testid: "command-hint" } });
  const sendButton = h(
    "button",
    {
      type: "button",
      class: "composer-send",
      "aria-label": "Send",
      title: "Send (Enter)",
      disabled: true,
      data: { testid: `${testid}-send` },
      on: { click: submit },
    },
    sendLabel ?? icon("send"),
  );
  const root = h(
    "div",
    { class: "composer", role: "group", "aria-label": label, data: { testid } },
    hint,
    toolbar(),
    field,
    below,
    footer(),
  );
  const suggest = createSuggest(field, () => root, take);

  function toolbar() {
    const marks = [
      ["bold", "Bold", "*"],
      ["italic", "Italic", "_"],
      ["strike", "Strikethrough", "~"],
      ["code", "Code", "`"],
      ["codeblock", "Code block", "```"],
    ];
    return h(
      "div",
      { class: "composer-tools", role: "toolbar", "aria-label": "Formatting" },
      marks.map(([name, title, mark]) => iconButton(name, title, () => surround(mark), { tabIndex: -1 })),
    );
  }

  function footer() {
    const emojiButton = iconButton("smile", "Emoji", () =>
      pickEmoji(emojiButton, (name) => insert(`:${name}: `), { align: "start", prefer: "above" }),
    );
    return h(
      "div",
      { class: "composer-footer" },
      attach ? fileButton(attach) : null,
      emojiButton,
      iconButton("at", "Mention someone", () => insert("@")),
      commands ? iconButton("slash", "Run a command", () => startCommand()) : null,
      h("span", { class: "spacer" }),
      onCancel ? h("button", { type: "button", class: "button small", on: { click: onCancel } }, "Cancel") : null,
      sendButton,
    );
  }

  function fileButton(upload) {
    const chooser = h("input", {
      type: "file",
      hidden: true,
      on: { change: () => chooser.files[0] && upload(chooser.files[0]).then(() => (chooser.value = "")) },
    });
    return [chooser, iconButton("attach", "Attach a file", () => chooser.click())];
  }

  function changed() {
    field.style.height = "auto";
    field.style.height = `${Math.min(field.scrollHeight, TALLEST_PX)}px`;
    sendButton.disabled = !field.value.trim();
    showHint();
    suggestNow();
  }

  function suggestNow() {
    const word = field.selectionStart === field.selectionEnd ? wordAt(field.value, field.selectionStart) : null;
    if (!word || (word.kind === "command" && !commands)) suggest.hide();
    else suggest.show(word.kind, suggestions(word, app));
  }

  function showHint() {
    const command = commands ? commandOf(field.value, app.store) : null;
    hint.hidden = !command;
    if (command)
      hint.replaceChildren(
        h("strong", null, command.command),
        " ",
        h("span", null, command.usage_hint || ""),
        command.description ? h("span", { class: "composer-hint-note" }, command.description) : "",
      );
  }

  function take(suggestion) {
    const word = wordAt(field.value, field.selectionStart);
    if (!word) return;
    if (suggestion.shortcut) {
      field.value = "";
      changed();
      app.act("shortcut", { callback: suggestion.shortcut });
      return;
    }
    if (suggestion.mention) picked.set(suggestion.insert.trim(), suggestion.mention);
    // A command gets what was typed, so people are named there by the name that apps know.
    const inserted = suggestion.user && field.value.startsWith("/") ? `@${suggestion.user.name} ` : suggestion.insert;
    field.setRangeText(inserted, word.from, field.selectionStart, "end");
    field.focus();
    changed();
  }

  function insert(text) {
    const at = field.selectionStart;
    const glued = text === "@" && at > 0 && !/\s/.test(field.value[at - 1]) ? " @" : text;
    field.setRangeText(glued, at, field.selectionEnd, "end");
    field.focus();
    changed();
  }

  function startCommand() {
    field.value = "/";
    field.focus();
    changed();
  }

  function surround(mark) {
    const { selectionStart: from, selectionEnd: to, value } = field;
    const inner = value.slice(from, to);
    field.setRangeText(`${mark}${inner}${mark}`, from, to, "end");
    if (!inner) field.selectionStart = field.selectionEnd = from + mark.length;
    field.focus();
    changed();
  }

  function pressed(event) {
    if (event.isComposing || suggest.pressed(event)) return;
    if (event.key === "Enter" && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      submit();
    } else if (event.key === "Escape" && onCancel) {
      event.stopPropagation();
      onCancel();
    } else if (event.key === "ArrowUp" && !field.value && onEditLast) {
      if (onEditLast()) event.preventDefault();
    } else if ((event.ctrlKey || event.metaKey) && event.key in SHORTCUTS) {
      event.preventDefault();
      surround(SHORTCUTS[event.key]);
    }
  }

  async function submit() {
    const text = field.value.trim();
    if (!text) return;
    suggest.hide();
    const command = /^\/(?=\S)/.test(text) ? text : null;
    const typed = field.value;
    field.value = "";
    changed();
    const sent = await send({ text, sent: asSent(text, picked, app), command });
    if (sent) picked.clear();
    else if (!field.value) {
      field.value = typed;
      changed();
    }
    field.focus();
  }

  queueMicrotask(changed);
  return {
    element: root,
    focus({ atEnd = false } = {}) {
      field.focus();
      if (atEnd) field.selectionStart = field.value.length;
    },
    setPlaceholder(text) {
      field.placeholder = text;
    },
    /** Puts `text` in place of what stands there, for the person to send. */
    write(text) {
      field.value = text;
      field.focus();
      changed();
    },
  };
}

const SHORTCUTS = { b: "*", i: "_", e: "`" };
