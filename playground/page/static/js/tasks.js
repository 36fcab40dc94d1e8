/**
 * The three things to try of the guided tour: their words, what they point at, and how the page sees that they were done.
 * Draws nothing and remembers nothing: `memory` is tour.js's.
 */

import { h } from "./dom.js";

const CARD_BUTTON = "run:sandbox.delete:"; // what only a sandbox's card carries
const code = (text) => h("code", { class: "code" }, text);

const botOf = (app) => app.store.all("app")[0]?.user;
const keyOf = (message) => `${message.channel}:${message.ts}`;
const command = (app) => app.store.all("command")[0]?.command ?? "/platform";

const hasCardButton = (message) =>
  message.blocks
    .flatMap((block) => [block.accessory, ...(block.elements ?? [])])
    .some((element) => element?.action_id?.startsWith(CARD_BUTTON));

/** The bot's sandbox cards that can still be acted on, oldest first. */
function cards(app) {
  const bot = botOf(app);
  return app.store
    .all("message")
    .filter((message) => message.user === bot && !message.ephemeral && !message.is_reply && hasCardButton(message))
    .sort((one, other) => (one.ts < other.ts ? -1 : 1));
}

function wasAnswered(app, key, since) {
  const bot = botOf(app);
  return app.store
    .all("message")
    .some((each) => each.is_reply && each.user === bot && each.ts > since && `${each.channel}:${each.thread_ts}` === key);
}

/**
 * Each: {key, title, words(app), offer(app), targets(app), isDone(app, memory)}. `offer` is what the tour can do for one,
 * {label, act(app, {write})}, or null; `targets` are selectors of what to look at. `memory`: {since: ts when the tour began,
 * cards: keys of the cards seen since, person: who began}.
 */
export const TASKS = [
  {
    key: "create",
    title: "Create a sandbox",
    words: (app) => ["Write ", code(`${command(app)} sandbox create`), " and press Enter. A form asks for the rest."],
    offer: () => ({ label: "Write it for me", act: (app, { write }) => write(`${command(app)} sandbox create`) }),
    targets: () => ['.channel [data-testid="composer"]'],
    isDone: (app, { since }) => cards(app).some((card) => card.ts > since),
  },
  {
    key: "card",
    title: "Use its card",
    words: (app) =>
      cards(app).length
        ? ["The bot’s message follows the sandbox. Reply ", code("status"), " in its thread, or press Delete on it."]
        : ["Once you have a sandbox, the bot’s message about it takes buttons and words."],
    offer(app) {
      const card = cards(app).at(-1);
      return card
        ? {
            label: "Open its thread",
            act: () => app.route.go({ place: card.channel, thread: card.ts }),
          }
        : null;
    },
    targets: (app) => {
      const card = cards(app).at(-1);
      return card ? [`.channel [data-ts="${card.ts}"]`] : [];
    },
    isDone(app, { since, cards: seen }) {
      return seen.some((key) => {
        const message = app.store.get(`message:${key}`);
        return (message && !hasCardButton(message)) || wasAnswered(app, key, since);
      });
    },
  },
  {
    key: "look",
    title: "Look around",
    words: () => ["Open the bot’s Home, be somebody else at the top right, or watch the traffic with Slack."],
    offer: () => ({ label: "Open its Home", act: (app) => app.openAppTab("home") }),
    targets: (app) => [
      `[data-testid="place"][data-place="${CSS.escape(app.store.all("app")[0]?.name ?? "")}"]`,
      '[data-testid="who"]',
      '[data-testid="tool-traffic"]',
    ],
    isDone: (app, { person }) =>
      (app.route.current.place === "app" && app.appTab() === "home") ||
      app.openTool() === "traffic" ||
      (Boolean(app.names.viewer) && app.names.viewer !== person),
  },
];

export const cardKeys = (app) => cards(app).map(keyOf);
