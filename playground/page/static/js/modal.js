/** The stack of modals an app has opened: shows the one on top, sends it, closes it. */

import { avatar } from "./avatar.js";
import { blockList, showErrors } from "./blocks.js";
import { h, icon, iconButton } from "./dom.js";
import { plainText } from "./mrkdwn.js";
import { viewSurface } from "./surface.js";

const TROUBLE = "We had some trouble connecting. Try again?";

export function createModals(app) {
  let dialog = null;
  let shownKey = "";
  let shownErrors = null;
  let before = null;
  let known = [];
  let body = null;
  let trouble = null;

  function update() {
    const stack = app.store.get("views") ?? [];
    const gone = known.filter((id) => !stack.some((view) => view.id === id));
    gone.forEach(app.drafts.forget);
    known = stack.map((view) => view.id);
    const view = stack.at(-1);
    if (!view) {
      closeDialog();
      return;
    }
    const key = `${view.id} ${view.hash}`;
    if (key !== shownKey) {
      shownKey = key;
      draw(view, stack.length);
    }
    const errors = JSON.stringify(view.errors);
    if (shownErrors !== errors) {
      shownErrors = errors;
      showErrors(body, view.errors);
    }
  }

  function closeDialog() {
    if (!dialog) return;
    const closing = dialog;
    dialog = null;
    shownKey = "";
    shownErrors = null;
    closing.close();
    closing.remove();
    if (before?.isConnected) before.focus();
  }

  function openDialog() {
    before = document.activeElement;
    dialog = h("dialog", { class: "dialog modal", "aria-labelledby": "modal-title", data: { testid: "modal" } });
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      leave();
    });
    document.body.append(dialog);
    dialog.showModal();
  }

  function draw(view, depth) {
    if (!dialog) openDialog();
    const held = rememberFocus();
    const surface = viewSurface(view, app);
    body = h(
      "div",
      { class: "modal-body", data: { testid: "modal-body" } },
      blockList(view.blocks, surface, view.errors),
    );
    shownErrors = JSON.stringify(view.errors);
    trouble = h("div", { class: "modal-trouble", role: "alert", hidden: true, data: { testid: "modal-trouble" } });
    const form = h(
      "form",
      {
        class: "modal-form",
        novalidate: true,
        data: { view: view.id, callback: view.callback_id },
        on: { submit: (event) => send(event, view, surface) },
      },
      h(
        "header",
        { class: "modal-header" },
        depth > 1
          ? iconButton("back", "Back", () => leave(), { data: { testid: "modal-back" } })
          : avatar(app.names.user(app.store.all("app")[0]?.user), 28),
        h(
          "h2",
          { class: "modal-title", id: "modal-title", data: { testid: "modal-title" } },
          ...plainText(view.title?.text),
        ),
        iconButton("close", "Close", () => leave({ all: true }), { data: { testid: "modal-close" } }),
      ),
      body,
      trouble,
      footer(view, depth),
    );
    dialog.replaceChildren(form);
    restoreFocus(held);
  }

  function footer(view, depth) {
    const closeText = view.close?.text ?? (depth > 1 ? "Back" : view.submit ? "Cancel" : "Close");
    return h(
      "footer",
      { class: "dialog-footer" },
      h(
        "button",
        { type: "button", class: "button", data: { testid: "modal-cancel" }, on: { click: () => leave() } },
        ...plainText(closeText),
      ),
      view.submit
        ? h(
            "button",
            { type: "submit", class: "button primary", data: { testid: "modal-submit" } },
            h("span", { class: "button-text" }, ...plainText(view.submit.text)),
          )
        : null,
    );
  }

  /** The focus goes back to the same input when a view is updated, else to the first input of a new one. */
  function rememberFocus() {
    const focused = document.activeElement;
    return dialog.contains(focused)
      ? { block: focused.closest("[data-block]")?.dataset.block, view: dialog.querySelector("form")?.dataset.view }
      : null;
  }

  function restoreFocus(held) {
    const same =
      held?.block && held.view === dialog.querySelector("form").dataset.view
        ? body.querySelector(`[data-block="${CSS.escape(held.block)}"]`)
        : null;
    const wished = body.querySelector("[autofocus]");
    const target =
      (same && first(same)) ?? wished ?? firstInput() ?? dialog.querySelector(".dialog-footer .button:last-child");
    target?.focus();
  }

  const first = (root) => root.querySelector("input:not([type=hidden]), textarea, button");
  const firstInput = () => body.querySelector(".block.input input, .block.input textarea");

  async function send(event, view, surface) {
    event.preventDefault();
    const button = dialog.querySelector("[type=submit]");
    if (!button || button.getAttribute("aria-busy") === "true") return;
    button.setAttribute("aria-busy", "true");
    trouble.hidden = true;
    const answer = await app.ask("submit", { view: view.id, inputs: surface.inputs() });
    button.removeAttribute("aria-busy");
    if (answer.ok) return;
    if (answer.errors && Object.keys(answer.errors).length) showErrors(body, answer.errors);
    else complain(answer.error || TROUBLE);
  }

  function complain(text) {
    trouble.hidden = false;
    trouble.replaceChildren(icon("warn"), h("span", null, text));
  }

  async function leave({ all = false } = {}) {
    const view = (app.store.get("views") ?? []).at(-1);
    if (!view) return;
    const answer = await app.ask("close", { view: view.id, all });
    if (!answer.ok) complain(answer.error);
  }

  return { update };
}
