/** The pane on the right with one thread: the first message, its replies and the box to reply in. */

import { createComposer } from "./composer.js";
import { h, iconButton } from "./dom.js";
import { createTimeline } from "./timeline.js";

export function createThread(app) {
  const { store, names } = app;
  const where = h("span", { class: "pane-subtitle" });
  const timeline = createTimeline(app, { inThread: true, label: "Thread" });
  const foot = h("div", { class: "pane-foot" });
  const close = () => app.route.closeThread();
  const root = h(
    "aside",
    {
      class: "pane thread",
      "aria-label": "Thread",
      data: { testid: "thread" },
      on: { keydown: (event) => event.key === "Escape" && close() },
    },
    h(
      "header",
      { class: "pane-header" },
      h("h2", { class: "pane-title" }, "Thread"),
      where,
      h("span", { class: "spacer" }),
      iconButton("close", "Close thread", close, { data: { testid: "close-thread" } }),
    ),
    timeline.element,
    foot,
  );
  let shown = "";

  function update(channel, ts) {
    const key = `${names.viewer} ${channel.id} ${ts}`;
    const opening = shown !== key;
    shown = key;
    where.textContent = channel.name ? `# ${channel.name}` : names.title(channel);
    const messages = store.messages(channel.id).filter((message) => message.ts === ts || message.thread_ts === ts);
    const replies = messages.length - (messages[0]?.ts === ts ? 1 : 0);
    timeline.show(messages, { afterFirst: replies ? `${replies} ${replies === 1 ? "reply" : "replies"}` : null });
    if (opening) open(channel, ts);
  }

  function open(channel, ts) {
    timeline.jumpToEnd();
    if (!channel.is_member) {
      foot.replaceChildren();
      return;
    }
    const also = h("input", { type: "checkbox", data: { testid: "also-send" } });
    const composer = createComposer(app, {
      placeholder: "Reply…",
      label: "Reply in thread",
      testid: "thread-composer",
      async send(message) {
        const broadcast = also.checked;
        also.checked = false;
        return app.send(channel, message, { threadTs: ts, broadcast });
      },
      below: h(
        "label",
        { class: "composer-below" },
        also,
        `Also send to ${channel.name ? `#${channel.name}` : names.title(channel)}`,
      ),
      attach: (file) => app.shareFile(channel, file, ts),
    });
    foot.replaceChildren(composer.element);
    composer.focus();
  }

  return {
    element: root,
    update,
    closed() {
      shown = "";
    },
  };
}
