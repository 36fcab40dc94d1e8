/** One message as a channel or thread shows it, with what can be done to it. */

import { avatar } from "./avatar.js";
import { attachment, file } from "./attachments.js";
import { blockList } from "./blocks.js";
import { h, icon, iconButton } from "./dom.js";
import { QUICK_REACTIONS } from "./emoji.js";
import { emoji } from "./glyph.js";
import { openMenu } from "./menu.js";
import { mrkdwn } from "./mrkdwn.js";
import { openReactions } from "./reactions.js";
import { messageSurface } from "./surface.js";
import { ago, clock, clockBare, fullTime } from "./time.js";

/**
 * `compact`: it follows another of the same author, so face and name are left out. `inThread`: shown in the thread's pane.
 */
export function messageElement(message, app, { compact = false, inThread = false } = {}) {
  const { names } = app;
  const author = authorOf(message, names);
  const editing = app.editing.isEditing(message);
  const article = h(
    "article",
    {
      class: `message${compact ? " compact" : ""}${message.ephemeral ? " ephemeral" : ""}${message.pinned ? " pinned" : ""}`,
      "aria-label": `${author.display}, ${clock(message.ts, names.zone)}`,
      data: { testid: "message", ts: message.ts },
      tabIndex: -1,
    },
    h("div", { class: "message-gutter" }, compact ? time(message, names, "bare") : avatar(author, 36)),
    h(
      "div",
      { class: "message-main" },
      notes(message, app, inThread),
      compact ? null : heading(message, author, names),
      editing ? app.editing.composer(message) : body(message, app),
      message.ephemeral
        ? h(
            "div",
            { class: "ephemeral-note", data: { testid: "only-you" } },
            icon("eye"),
            "Only visible to you",
            dismissButton(message, app),
          )
        : null,
      reactions(message, app),
      !inThread && message.reply_count ? threadSummary(message, app) : null,
    ),
    editing ? null : toolbar(message, app, inThread),
  );
  return article;
}

function dismissButton(message, app) {
  return h(
    "button",
    {
      type: "button",
      class: "link-button",
      on: { click: () => app.act("delete", { channel: message.channel, ts: message.ts }) },
    },
    "Dismiss",
  );
}

function authorOf(message, names) {
  const user = names.user(message.user);
  if (message.username)
    return {
      id: message.user,
      name: message.username,
      real_name: message.username,
      display: message.username,
      is_bot: true,
    };
  return (
    user ?? {
      id: message.user,
      name: message.user || "app",
      real_name: message.user || "App",
      display: message.user || "App",
      is_bot: Boolean(message.bot_id),
    }
  );
}

function notes(message, app, inThread) {
  const { ts, thread_ts: threadTs } = message;
  const toThread = h(
    "button",
    { type: "button", class: "link-button", on: { click: () => app.route.openThread(threadTs) } },
    "a thread",
  );
  return [
    message.pinned ? h("div", { class: "message-note pin-note" }, icon("pin"), "Pinned") : null,
    message.broadcast && !inThread && ts !== threadTs
      ? h("div", { class: "message-note" }, icon("thread"), "replied to ", toThread)
      : null,
  ];
}

function time(message, names, kind) {
  return h(
    "time",
    {
      class: "message-time",
      datetime: new Date(Number.parseFloat(message.ts) * 1000).toISOString(),
      title: fullTime(message.ts, names.zone),
    },
    kind === "bare" ? clockBare(message.ts, names.zone) : clock(message.ts, names.zone),
  );
}

function heading(message, author, names) {
  return h(
    "div",
    { class: "message-heading" },
    h("span", { class: "message-author", data: { testid: "author" } }, author.display),
    author.is_bot && author.id !== "USLACKBOT" ? h("span", { class: "badge" }, "APP") : null,
    author.is_guest ? h("span", { class: "badge quiet" }, "Guest") : null,
    time(message, names, "full"),
    message.blocks?.length ? editedMark(message, names) : null,
  );
}

const SYSTEM = new Set([
  "channel_join",
  "channel_leave",
  "channel_topic",
  "channel_purpose",
  "channel_name",
  "channel_archive",
  "channel_unarchive",
]);

function editedMark(message, names) {
  return message.edited
    ? h("span", { class: "edited", title: `Edited ${fullTime(message.edited, names.zone)}` }, "(edited)")
    : null;
}

function body(message, app) {
  const { names } = app;
  const content = message.blocks?.length
    ? [h("div", { class: "blocks" }, blockList(message.blocks, messageSurface(message, app)))]
    : message.text
      ? [
          h(
            "div",
            { class: `message-text mrkdwn${SYSTEM.has(message.subtype) ? " system" : ""}` },
            ...mrkdwn(message.text, names),
            message.edited ? [" ", editedMark(message, names)] : null,
          ),
        ]
      : [];
  return h(
    "div",
    { class: "message-body", data: { testid: "message-body" } },
    content,
    (message.attachments ?? []).map((each) => attachment(each, message, app)),
    message.files?.length ? h("div", { class: "files" }, message.files.map(file)) : null,
  );
}

function reactions(message, app) {
  if (!message.reactions?.length) return null;
  const { names } = app;
  const one = ({ name, users }) => {
    const mine = users.includes(names.viewer);
    const who = users.map((user) => (user === names.viewer ? "you" : names.called(user))).join(", ");
    const toggle = () => app.act(mine ? "unreact" : "react", { channel: message.channel, ts: message.ts, emoji: name });
    const shown = emoji(name) ?? `:${name}:`;
    return h(
      "button",
      {
        type: "button",
        class: `reaction${mine ? " mine" : ""}`,
        "aria-pressed": mine,
        title: `${who} reacted with :${name}:`,
        data: { testid: "reaction", emoji: name },
        on: { click: toggle },
      },
      shown,
      h("span", null, String(users.length)),
    );
  };
  const more = iconButton("smile", "Add reaction", () => openReactions(more, message, app), { class: "reaction add" });
  return h("div", { class: "reactions" }, message.reactions.map(one), more);
}

function threadSummary(message, app) {
  const { names } = app;
  const faces = message.reply_users.slice(0, 4).map((id) => avatar(names.user(id), 24));
  const label = `${message.reply_count} ${message.reply_count === 1 ? "reply" : "replies"}`;
  return h(
    "button",
    {
      type: "button",
      class: "thread-summary",
      data: { testid: "thread-summary" },
      on: { click: () => app.route.openThread(message.ts) },
    },
    h("span", { class: "faces" }, faces),
    h("span", { class: "thread-count" }, label),
    h("span", { class: "thread-last" }, `Last reply ${ago(message.latest_reply)}`),
    icon("chevron-right", "thread-arrow"),
  );
}

function toolbar(message, app, inThread) {
  if (message.ephemeral) return null;
  const react = iconButton("smile", "Add reaction", () => openReactions(react, message, app), {
    "aria-haspopup": "dialog",
  });
  const more = iconButton(
    "dots-vertical",
    "More actions",
    () => openMenu(more, actions(message, app), { label: "Message actions", align: "end" }),
    { "aria-haspopup": "menu", "aria-expanded": "false" },
  );
  const quick = QUICK_REACTIONS.slice(0, 3).map((name) =>
    h(
      "button",
      {
        type: "button",
        class: "icon-button quick",
        "aria-label": `React with :${name}:`,
        title: `:${name}:`,
        on: { click: () => app.act("react", { channel: message.channel, ts: message.ts, emoji: name }) },
      },
      emoji(name),
    ),
  );
  const reply = inThread
    ? null
    : iconButton("thread", "Reply in thread", () => app.route.openThread(message.thread_ts || message.ts), {
        data: { testid: "reply" },
      });
  return h("div", { class: "message-tools", role: "toolbar", "aria-label": "Message" }, quick, react, reply, more);
}

function actions(message, app) {
  const place = { channel: message.channel, ts: message.ts };
  const mine = message.user === app.names.viewer;
  const list = [
    { label: "Reply in thread", choose: () => app.route.openThread(message.thread_ts || message.ts) },
    {
      label: message.pinned ? "Unpin from channel" : "Pin to channel",
      choose: () => app.act(message.pinned ? "unpin" : "pin", place),
    },
    { label: "Copy text", choose: () => navigator.clipboard?.writeText(message.text) },
  ];
  const shortcuts = app.store.all("shortcut").filter((shortcut) => shortcut.type === "message");
  if (shortcuts.length)
    list.push(
      null,
      ...shortcuts.map((shortcut) => ({
        label: shortcut.name,
        choose: () => app.act("message_shortcut", { ...place, callback: shortcut.callback_id }),
      })),
    );
  if (mine)
    list.push(
      null,
      { label: "Edit message", hint: "E", choose: () => app.editing.start(message) },
      { label: "Delete message…", danger: true, choose: () => app.confirmDelete(message) },
    );
  return list;
}
