/**
 * The guided tour: three things to try, ticked off when they were really done. It stands beside what it speaks of and covers
 * nothing; what it points at gets a ring. Kept in this browser: shown at the first visit, until it is closed.
 */

import { h, icon, iconButton } from "./dom.js";
import { cardKeys, TASKS } from "./tasks.js";

const KEY = "playground-tour";
const NARROW = "(max-width: 720px)"; // as in layout.css

function kept() {
  try {
    const memory = JSON.parse(localStorage.getItem(KEY));
    return Array.isArray(memory?.done) && Array.isArray(memory?.cards) ? memory : null;
  } catch {
    return null;
  }
}

/** `dock(isNarrow)` puts the element where it belongs; `write(text)` fills the box for a message. */
export function createTour(app, { dock, write }) {
  let memory = kept(); // null: never seen
  let opened = ""; // the task looked at, when it is not the next one
  let drawn = "";
  const news = h("div", { class: "visually-hidden", role: "status", data: { testid: "tour-news" } });
  const content = h("div", { class: "tour-content" });
  const root = h(
    "aside",
    { class: "tour", "aria-label": "Guided tour", hidden: true, tabIndex: -1, data: { testid: "tour" } },
    content,
    news,
  );
  root.addEventListener("keydown", (event) => event.key === "Escape" && end());
  const narrow = matchMedia(NARROW);
  narrow.addEventListener("change", () => dock(narrow.matches));
  window.addEventListener("storage", (event) => {
    if (event.key !== KEY) return;
    memory = kept();
    app.redraw();
  });

  const isOver = () => memory.done.length === TASKS.length;
  const next = () => TASKS.find((task) => !memory.done.includes(task.key));
  const current = () => TASKS.find((task) => task.key === opened) ?? next();

  function remember(change) {
    memory = { ...memory, ...change };
    localStorage.setItem(KEY, JSON.stringify(memory));
  }

  function begin() {
    opened = "";
    const since = app.store
      .all("message")
      .reduce((latest, each) => (each.ts > latest ? each.ts : latest), "0");
    remember({ done: [], cards: [], since, person: app.names.viewer, closed: false });
  }

  function start() {
    if (!memory || memory.closed || isOver()) begin();
    app.redraw();
    queueMicrotask(() => root.focus());
  }

  function end() {
    const hadFocus = root.contains(document.activeElement);
    remember({ closed: true });
    app.redraw();
    if (hadFocus) queueMicrotask(() => document.querySelector('[data-testid="start-tour"]')?.focus());
  }

  function update() {
    if (!app.names.viewer) return;
    if (!memory) begin();
    if (!memory.closed) tick();
    draw();
    point();
  }

  function tick() {
    const seen = cardKeys(app).filter((key) => !memory.cards.includes(key));
    if (seen.length) remember({ cards: [...memory.cards, ...seen] });
    const done = TASKS.filter((task) => !memory.done.includes(task.key) && task.isDone(app, memory));
    if (!done.length) return;
    remember({ done: [...memory.done, ...done.map((task) => task.key)] });
    if (done.some((task) => task.key === opened)) opened = "";
    const following = next();
    news.textContent = `Done: ${done.map((task) => task.title).join(", ")}. ${following ? `Next: ${following.title}.` : "That was the tour."}`;
  }

  function draw() {
    const key = JSON.stringify([memory, current()?.key, cardKeys(app).at(-1)]);
    if (key === drawn) return;
    drawn = key;
    root.hidden = memory.closed;
    const focused = content.contains(document.activeElement) ? document.activeElement.dataset.testid : null;
    content.replaceChildren(
      heading(),
      isOver() ? farewell() : h("ol", { class: "tour-tasks" }, TASKS.map(item)),
    );
    if (focused) (content.querySelector(`[data-testid="${focused}"]`) ?? root).focus();
  }

  const heading = () =>
    h(
      "header",
      { class: "tour-head" },
      h("h2", { class: "tour-title" }, isOver() ? "That was the tour" : "Three things to try"),
      h("span", { class: "tour-count", data: { testid: "tour-count" } }, `${memory.done.length} of ${TASKS.length}`),
      iconButton("close", "Close the tour", end, { data: { testid: "tour-close" } }),
    );

  const farewell = () =>
    h(
      "p",
      { class: "tour-words" },
      "All done. ",
      h("code", { class: "code" }, `${app.store.all("command")[0]?.command ?? "/platform"} help`),
      " says what else there is; the compass at the top starts the tour again.",
    );

  function item(task) {
    const isDone = memory.done.includes(task.key);
    const isOpen = task === current();
    const look = () => {
      opened = task.key;
      app.redraw();
    };
    return h(
      "li",
      { class: `tour-task${isDone ? " done" : ""}${isOpen ? " open" : ""}`, data: { testid: `task-${task.key}` } },
      h(
        "button",
        {
          type: "button",
          class: "tour-task-title",
          "aria-expanded": isOpen,
          data: { testid: `task-title-${task.key}` },
          on: { click: look },
        },
        h(
          "span",
          { class: "tour-mark" },
          isDone ? icon("check") : String(TASKS.indexOf(task) + 1),
        ),
        task.title,
        isDone ? h("span", { class: "visually-hidden" }, "done") : null,
      ),
      isOpen ? details(task) : null,
    );
  }

  function details(task) {
    const offer = task.offer(app);
    return h(
      "div",
      { class: "tour-details" },
      h("p", { class: "tour-words" }, task.words(app)),
      offer
        ? h(
            "button",
            {
              type: "button",
              class: "button small",
              data: { testid: `offer-${task.key}` },
              on: { click: () => offer.act(app, { write }) },
            },
            offer.label,
          )
        : null,
    );
  }

  /** Elements are drawn anew all the time, so the rings are put on again after every change. */
  function point() {
    const task = memory.closed || isOver() ? null : current();
    const wanted = new Set((task?.targets(app) ?? []).flatMap((selector) => [...document.querySelectorAll(selector)]));
    for (const element of document.querySelectorAll(".coached"))
      if (!wanted.has(element)) element.classList.remove("coached");
    for (const element of wanted) element.classList.add("coached");
  }

  return { element: root, update, start, dock: () => dock(narrow.matches) };
}
