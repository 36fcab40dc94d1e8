/** A scrolling list of messages with its day dividers; stays at the end while the reader is there. */

import { h, reconcile } from "./dom.js";
import { messageElement } from "./message.js";
import { dayKey, dayTitle } from "./time.js";

const TOGETHER_SECONDS = 300;
const AT_END_PX = 60;

export function createTimeline(app, { inThread = false, label }) {
  const list = h("div", { class: "timeline-list" });
  const top = h("div", { class: "timeline-top" });
  const root = h(
    "div",
    {
      class: "timeline",
      role: "log",
      "aria-label": label,
      tabIndex: 0,
      data: { testid: inThread ? "thread-timeline" : "timeline" },
    },
    top,
    list,
  );
  let atEnd = true;
  let lastTop = 0;
  root.addEventListener("scroll", () => {
    const wentUp = root.scrollTop < lastTop;
    const isNear = root.scrollHeight - root.scrollTop - root.clientHeight < AT_END_PX;
    // Only a reader leaves the end; a list that grew or a composer that took room does not.
    if (isNear) atEnd = true;
    else if (wentUp) atEnd = false;
    lastTop = root.scrollTop;
  });
  // Pictures, fonts and a growing composer change heights after the fact.
  new ResizeObserver(() => atEnd && toEnd()).observe(list);
  new ResizeObserver(() => atEnd && toEnd()).observe(root);

  function toEnd() {
    root.scrollTop = root.scrollHeight;
  }

  /** `messages` oldest first; `firstNew`: the ts before which the line "New" goes; `intro` stands above all. */
  function show(messages, { firstNew = "", intro = [], afterFirst = null } = {}) {
    top.replaceChildren(...intro);
    reconcile(list, items(messages, firstNew, afterFirst));
    if (atEnd) toEnd();
  }

  function items(messages, firstNew, afterFirst) {
    const { zone } = app.names;
    const found = [];
    let previous = null;
    for (const message of messages) {
      const isNew = message.ts === firstNew;
      const newDay = !inThread && (!previous || dayKey(previous.ts, zone) !== dayKey(message.ts, zone));
      if (newDay) {
        const title = dayTitle(message.ts, zone);
        found.push({
          key: `day:${dayKey(message.ts, zone)}`,
          deps: [title, isNew],
          build: () => dayLine(title, isNew),
        });
      } else if (isNew)
        found.push({
          key: "new",
          deps: [],
          build: () => h("div", { class: "new-line", role: "separator" }, h("span", null, "New")),
        });
      const compact = !newDay && !isNew && follows(previous, message);
      found.push({
        key: `message:${message.ts}`,
        deps: [
          message,
          compact,
          app.namesVersion(),
          app.editing.isEditing(message),
          message.reply_count ? app.minute() : 0,
        ],
        build: () => shown(message, app, { compact, inThread }),
      });
      if (afterFirst && previous === null)
        found.push({
          key: "after-first",
          deps: [afterFirst],
          build: () => h("div", { class: "replies-line", role: "separator" }, h("span", null, afterFirst)),
        });
      previous = afterFirst && previous === null ? { ts: message.ts, user: null } : message;
    }
    return found;
  }

  return {
    element: root,
    show,
    jumpToEnd() {
      atEnd = true;
      toEnd();
    },
    isAtEnd: () => atEnd,
  };
}

/** A message nobody thought of is said to be there, and the others are shown all the same. */
function shown(message, app, options) {
  try {
    return messageElement(message, app, options);
  } catch (failure) {
    console.warn("message not shown", message, failure);
    return h(
      "article",
      { class: "message", data: { testid: "message", ts: message.ts } },
      h("div", { class: "unsupported" }, "This message could not be shown."),
    );
  }
}

function follows(previous, message) {
  return (
    previous !== null &&
    previous.user === message.user &&
    previous.username === message.username &&
    !previous.ephemeral === !message.ephemeral &&
    !message.pinned &&
    Number.parseFloat(message.ts) - Number.parseFloat(previous.ts) < TOGETHER_SECONDS &&
    !previous.blocks?.length &&
    !message.blocks?.length
  );
}

const dayLine = (title, isNew) =>
  h(
    "div",
    { class: `day-line${isNew ? " new" : ""}`, role: "separator", "aria-label": title },
    h("span", null, title),
    isNew ? h("em", null, "New") : null,
  );
