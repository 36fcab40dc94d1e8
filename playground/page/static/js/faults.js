/** Making Slack misbehave on purpose, to see what the app does then. */

import { h } from "./dom.js";

const KINDS = [
  ["ratelimited", "429 with Retry-After", { retry_after: 5 }],
  ["server_error", "HTTP 500", {}],
  ["slow", "Slow: 4 s", { seconds: 4 }],
  ["drop_before", "Connection breaks, nothing happened", {}],
  ["drop_after", "Connection breaks after it happened", {}],
  ["error", "ok: false, internal_error", {}],
];
const METHODS = ["*", "chat.*", "chat.postMessage", "chat.update", "views.*", "response_url"];
const TIMES = [
  ["1", "once"],
  ["5", "5 times"],
  ["", "until cleared"],
];

export function createFaults(app) {
  const choice = (label, options) => {
    const field = h(
      "select",
      { class: "text-field small", "aria-label": label },
      options.map(([value, text]) => h("option", { value }, text)),
    );
    return h("label", { class: "fault-field" }, h("span", null, label), field);
  };
  const kind = choice(
    "What",
    KINDS.map(([value, text]) => [value, text]),
  );
  const method = choice(
    "Which calls",
    METHODS.map((each) => [each, each === "*" ? "all" : each]),
  );
  const times = choice("How often", TIMES);
  const inject = h(
    "button",
    { type: "button", class: "button primary small", data: { testid: "fault-inject" }, on: { click: add } },
    "Inject",
  );
  const clear = h(
    "button",
    {
      type: "button",
      class: "button small",
      data: { testid: "fault-clear" },
      on: { click: () => app.act("clear_faults") },
    },
    "Clear all",
  );
  const list = h("ul", { class: "fault-list" });
  const element = h(
    "div",
    { class: "faults" },
    h("p", { class: "tool-intro" }, "Slack sometimes says no. Here it does when you like."),
    h("div", { class: "fault-form" }, kind, method, times, inject, clear),
    list,
  );

  function add() {
    const [name, , extra] = KINDS.find(([value]) => value === kind.lastChild.value);
    app.act("inject", {
      kind: name,
      method: method.lastChild.value,
      times: times.lastChild.value ? Number(times.lastChild.value) : null,
      ...extra,
    });
  }

  function update() {
    const active = app.store.get("faults") ?? [];
    const words = (fault) => [
      h("strong", null, KINDS.find(([value]) => value === fault.kind)?.[1] ?? fault.kind),
      ` on ${fault.method === "*" ? "all calls" : fault.method}, `,
      fault.times === null ? "until cleared" : `${fault.times} more`,
      fault.hits ? ` (hit ${fault.hits})` : "",
    ];
    list.replaceChildren(...active.map((fault) => h("li", { data: { testid: "fault" } }, words(fault))));
    if (!active.length) list.append(h("li", { class: "options-note" }, "Slack behaves well now."));
  }

  return { title: "Faults", element, update, shown: () => app.watch("faults"), hidden: () => app.watch(null) };
}
