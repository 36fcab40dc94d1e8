/**
 * What can be completed at the caret of a message: /commands, @people, #channels, :emoji:. Pure reading of text and store.
 */

import { emojiNames } from "./emoji.js";

const MOST = 8;

/** The word being typed: {kind, typed, from} or null. `from` is where it starts in the text. */
export function wordAt(text, caret) {
  const before = text.slice(0, caret);
  const command = /^\/([\w-][\w -]*)?$/.exec(before); // with spaces: shortcuts have names of several words
  if (command) return { kind: "command", typed: command[1] ?? "", from: 0 };
  const mention = /(?:^|[\s(])@([\w.-]*)$/.exec(before);
  if (mention) return { kind: "person", typed: mention[1], from: caret - mention[1].length - 1 };
  const channel = /(?:^|[\s(])#([\w-]*)$/.exec(before);
  if (channel) return { kind: "channel", typed: channel[1], from: caret - channel[1].length - 1 };
  const emoji = /(?:^|\s):([\w+-]{2,})$/.exec(before);
  if (emoji) return { kind: "emoji", typed: emoji[1], from: caret - emoji[1].length - 1 };
  return null;
}

/** The command whose arguments are being typed, for the hint above the composer. */
export function commandOf(text, store) {
  const found = /^(\/[\w-]+)\s/.exec(text);
  return found ? (store.all("command").find((each) => each.command === found[1]) ?? null) : null;
}

/**
 * Suggestions: [{key, text, note, insert, user?, emoji?, mention?, shortcut?}]. `mention` is the reference that `insert` stands for;
 * a `shortcut` inserts nothing but runs at once.
 */
export function suggestions(word, { store, names }) {
  return FINDERS[word.kind](word.typed.toLowerCase(), store, names).slice(0, MOST);
}

const FINDERS = {
  command: (typed, store) => [...commands(typed, store), ...shortcuts(typed, store)],
  person: (typed, store) => [...people(typed, store), ...groups(typed, store), ...broadcasts(typed)],
  channel: (typed, store) =>
    store
      .all("channel")
      .filter((each) => each.name && each.name.includes(typed))
      .map((each) => ({
        key: each.id,
        text: `#${each.name}`,
        note: each.topic,
        insert: `#${each.name} `,
        mention: `<#${each.id}>`,
      })),
  emoji: (typed) =>
    emojiNames()
      .filter((name) => name.includes(typed))
      .sort((one, other) => one.indexOf(typed) - other.indexOf(typed))
      .map((name) => ({ key: name, text: `:${name}:`, emoji: name, insert: `:${name}: ` })),
};

function commands(typed, store) {
  return store
    .all("command")
    .filter((each) => each.command.slice(1).startsWith(typed))
    .map((each) => ({
      key: each.command,
      text: each.command,
      hint: each.usage_hint,
      note: each.description,
      insert: `${each.command} `,
      app: true,
    }));
}

function shortcuts(typed, store) {
  return store
    .all("shortcut")
    .filter((each) => each.type === "global" && each.name.toLowerCase().includes(typed))
    .map((each) => ({
      key: `shortcut:${each.callback_id}`,
      text: each.name,
      note: "Shortcut",
      shortcut: each.callback_id,
      app: true,
    }));
}

function people(typed, store) {
  return store
    .all("user")
    .filter(
      (user) =>
        !user.deleted && (user.name.toLowerCase().startsWith(typed) || user.display.toLowerCase().includes(typed)),
    )
    .map((user) => ({
      key: user.id,
      text: user.display,
      note: user.is_bot ? "App" : user.title || `@${user.name}`,
      user,
      insert: `@${user.display} `,
      mention: `<@${user.id}>`,
    }));
}

function groups(typed, store) {
  return store
    .all("group")
    .filter((group) => group.handle.startsWith(typed))
    .map((group) => ({
      key: group.id,
      text: `@${group.handle}`,
      note: group.name,
      insert: `@${group.handle} `,
      mention: `<!subteam^${group.id}>`,
    }));
}

function broadcasts(typed) {
  const all = [
    ["here", "Notify everyone online in this channel"],
    ["channel", "Notify everyone in this channel"],
  ];
  return all
    .filter(([name]) => name.startsWith(typed))
    .map(([name, note]) => ({ key: name, text: `@${name}`, note, insert: `@${name} `, mention: `<!${name}>` }));
}

/**
 * A text as typed, with full names as references. (@handles, #channels and & < > are the server's part, as in Slack's client.)
 * `picked`: what was inserted from the suggestions, as a Map from its text to its reference.
 */
export function asSent(text, picked, { store }) {
  const known = new Map(picked);
  for (const user of store.all("user"))
    if (!known.has(`@${user.display}`)) known.set(`@${user.display}`, `<@${user.id}>`);
  const longestFirst = [...known.keys()].sort((one, other) => other.length - one.length);
  let sent = "";
  let at = 0;
  while (at < text.length) {
    const startsWord = at === 0 || /[\s(]/.test(text[at - 1]);
    const name =
      startsWord && /[@#]/.test(text[at])
        ? longestFirst.find((each) => text.startsWith(each, at) && !/[\w-]/.test(text[at + each.length] ?? ""))
        : null;
    sent += name ? known.get(name) : text[at];
    at += name ? name.length : 1;
  }
  return sent;
}

/** The other way round, to edit a message that was sent. */
export function asTyped(sent, names) {
  return sent
    .replace(/<@(\w+)(?:\|[^>]*)?>/g, (_whole, id) => `@${names.called(id)}`)
    .replace(/<#(\w+)(?:\|[^>]*)?>/g, (whole, id) => (names.channel(id) ? `#${names.channel(id).name}` : whole))
    .replace(/<!subteam\^(\w+)(?:\|[^>]*)?>/g, (whole, id) => (names.group(id) ? `@${names.group(id).handle}` : whole))
    .replace(/<!(here|channel|everyone)>/g, "@$1")
    .replace(/<(https?:[^>|]+)(?:\|[^>]*)?>/g, "$1")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}
