/** What goes between the app and Slack: each delivery and each call with its status, its time and its JSON. */

import { h, iconButton, reconcile } from "./dom.js";
import { gist } from "./gist.js";
import { jsonView } from "./json.js";
import { clockSeconds } from "./time.js";

const WAYS = {
  api: ["→", "The app called Slack"],
  delivery: ["←", "Slack delivered to the app"],
  response_url: ["↪", "The app answered by response_url"],
};

export function createInspector(app) {
  const chosenWays = new Set(Object.keys(WAYS));
  let chosen = null;
  let since = 0;
  const filter = h("input", {
    type: "search",
    class: "text-field small",
    placeholder: "Filter: name, status, any text",
    "aria-label": "Filter traffic",
    data: { testid: "traffic-filter" },
    on: { input: update },
  });
  const chips = Object.entries(WAYS).map(([way, [sign, title]]) => {
    const name = { api: "Calls", delivery: "Deliveries", response_url: "Response URLs" }[way];
    const chip = h(
      "button",
      { type: "button", class: "filter-chip", title, "aria-pressed": "true", on: { click: () => flip(way, chip) } },
      `${sign} ${name}`,
    );
    return chip;
  });
  const clear = iconButton("trash", "Clear", () => {
    since = Math.max(0, ...app.store.all("traffic").map((each) => each.number));
    chosen = null;
    update();
  });
  const rows = h("div", {
    class: "traffic-rows",
    role: "listbox",
    "aria-label": "Traffic",
    tabIndex: 0,
    on: { keydown: pressed },
  });
  const detail = h("div", { class: "traffic-detail", data: { testid: "traffic-detail" } });
  const element = h("div", { class: "inspector" }, rows, detail);
  let atEnd = true;
  let shownDetail = null;
  rows.addEventListener("scroll", () => {
    atEnd = rows.scrollHeight - rows.scrollTop - rows.clientHeight < 30;
  });

  function flip(way, chip) {
    if (chosenWays.has(way)) chosenWays.delete(way);
    else chosenWays.add(way);
    chip.setAttribute("aria-pressed", chosenWays.has(way));
    update();
  }

  function visible() {
    const typed = filter.value.trim().toLowerCase();
    return app.store
      .all("traffic")
      .filter((each) => each.number > since && chosenWays.has(each.way))
      .filter((each) => !typed || searchText(each).includes(typed))
      .sort((one, other) => one.number - other.number);
  }

  function update() {
    const shown = visible();
    reconcile(
      rows,
      shown.length
        ? shown.map((each) => ({
            key: String(each.number),
            deps: [each, each.number === chosen],
            build: () => row(each),
          }))
        : [
            {
              key: "none",
              deps: [],
              build: () =>
                h("div", { class: "options-note" }, "Nothing here yet. Type a command, and watch it travel."),
            },
          ],
    );
    if (atEnd) rows.scrollTop = rows.scrollHeight;
    const exchange = shown.find((each) => each.number === chosen);
    if (exchange !== shownDetail) {
      shownDetail = exchange;
      detail.replaceChildren(
        ...(exchange ? details(exchange) : [h("div", { class: "options-note" }, "Choose a line to see its JSON.")]),
      );
    }
  }

  function row(each) {
    const [sign, title] = WAYS[each.way];
    return h(
      "div",
      {
        class: `traffic-row${each.number === chosen ? " chosen" : ""}${each.ok ? "" : " failed"}`,
        role: "option",
        "aria-selected": each.number === chosen,
        data: { testid: "traffic-row", name: each.name },
        on: { click: () => choose(each.number) },
      },
      h("span", { class: "traffic-time" }, clockSeconds(each.at, app.names.zone)),
      h("span", { class: `traffic-way ${each.way}`, title }, sign),
      h("span", { class: "traffic-name" }, each.name, h("span", { class: "traffic-gist" }, gist(each, app.names))),
      h("span", { class: "traffic-note" }, each.note),
      h("span", { class: "traffic-status" }, statusOf(each)),
      h("span", { class: "traffic-ms" }, `${each.ms < 10 ? each.ms.toFixed(1) : Math.round(each.ms)} ms`),
    );
  }

  function choose(number) {
    chosen = number === chosen ? null : number;
    update();
  }

  function pressed(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const shown = visible();
    const at = shown.findIndex((each) => each.number === chosen);
    const next = shown[Math.max(0, Math.min(shown.length - 1, at + step))];
    if (next) choose(next.number);
    rows.querySelector(".chosen")?.scrollIntoView({ block: "nearest" });
  }

  return {
    title: "Traffic",
    element,
    extras: [filter, ...chips, clear],
    update,
    shown: () => app.watch("traffic"),
    hidden: () => app.watch(null),
  };
}

const statusOf = (each) => each.error || (each.status ? String(each.status) : "ok");

const texts = new WeakMap();

function searchText(each) {
  if (!texts.has(each))
    texts.set(
      each,
      `${each.name} ${each.way} ${statusOf(each)} ${each.note} ${JSON.stringify(each.request)} ${JSON.stringify(each.response)}`.toLowerCase(),
    );
  return texts.get(each);
}

function details(each) {
  const part = (title, value) => [h("h3", { class: "detail-title" }, title), jsonView(value)];
  return [
    h(
      "div",
      { class: "detail-columns" },
      h("div", null, part("Request", each.request)),
      h("div", null, part("Response", each.response)),
    ),
  ];
}
