/** Asks before something is done: the confirm object of Block Kit, or a question of the page itself. */

import { h } from "./dom.js";
import { textObject } from "./mrkdwn.js";

/** `confirm` as in Block Kit: {title, text, confirm, deny, style}. Resolves true or false; Esc is false. */
export function askConfirm(confirm, names) {
  return new Promise((resolve) => {
    let answer = false;
    const choose = (chosen) => () => {
      answer = chosen;
      dialog.close();
    };
    const style = confirm.style === "danger" ? "danger" : "primary";
    const dialog = h(
      "dialog",
      {
        class: "dialog confirm",
        role: "alertdialog",
        "aria-labelledby": "confirm-title",
        "aria-describedby": "confirm-text",
        data: { testid: "confirm" },
      },
      h("h2", { class: "confirm-title", id: "confirm-title" }, ...textObject(confirm.title, names)),
      h("div", { class: "confirm-text", id: "confirm-text" }, ...textObject(confirm.text, names)),
      h(
        "div",
        { class: "dialog-footer" },
        h(
          "button",
          { type: "button", class: "button", data: { testid: "confirm-deny" }, on: { click: choose(false) } },
          ...textObject(confirm.deny ?? { text: "Cancel" }, names),
        ),
        h(
          "button",
          {
            type: "button",
            class: `button ${style}`,
            data: { testid: "confirm-ok" },
            autofocus: true,
            on: { click: choose(true) },
          },
          ...textObject(confirm.confirm ?? { text: "Yes" }, names),
        ),
      ),
    );
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(answer);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
