/** What holds blocks (see elements.js): a message, a modal, the App Home. Keeps what was filled in and speaks to the server. */

import { initialState, isEmpty, plainValue } from "./state.js";

const id = (block, element) => `${block.block_id}\n${element.action_id}`;

/** Inputs filled in and not sent yet, kept while the page is open so that drawing a surface again loses nothing. */
export function createDrafts() {
  const drafts = new Map();
  return {
    of(surfaceId) {
      if (!drafts.has(surfaceId)) drafts.set(surfaceId, new Map());
      return drafts.get(surfaceId);
    },
    forget: (surfaceId) => drafts.delete(surfaceId),
  };
}

/** `asked` are the inputs that stand there now (null: all); an update may have taken some away that were filled in. */
function surface(place, surfaceId, saved, asked, app) {
  const draft = app.drafts.of(surfaceId);
  const stateOf = (block, element) =>
    draft.get(id(block, element)) ?? saved?.[block.block_id]?.[element.action_id] ?? initialState(element);
  return {
    names: app.names,
    people: () => app.store.all("user").filter((user) => !user.deleted && !user.is_bot),
    channels: () => app.store.all("channel"),
    state: stateOf,
    /** What acts at once in a view is kept by the server; everything else is kept here. */
    keep(block, element, state) {
      if (block.type === "input" || !place.view) draft.set(id(block, element), state);
    },
    async act(block, element, state, { confirmed }) {
      const answer = await app.ask("click", {
        place,
        block: block.block_id,
        action: element.action_id,
        value: state && plainValue(state),
        confirm: confirmed ? true : null,
        inputs: place.view ? this.inputs(id(block, element)) : [],
      });
      if (answer.ok && place.view && draft.get(id(block, element)) === state) draft.delete(id(block, element)); // the server has it
      if (!answer.ok && element.type !== "button") app.toast(answer.error, { kind: "error" });
      return answer;
    },
    async options(block, element, typed) {
      const answer = await app.ask("options", { place, block: block.block_id, action: element.action_id, typed });
      if (!answer.ok) throw new Error(answer.error);
      return answer;
    },
    /** Everything filled in, for the app: [{block, action, value}]; value null for what was emptied. */
    inputs(except = "") {
      return [...draft]
        .filter(([key]) => key !== except && (asked === null || asked.has(key)))
        .map(([key, state]) => {
          const [block, action] = key.split("\n");
          return { block, action, value: isEmpty(state) ? null : plainValue(state) };
        });
    },
  };
}

export const messageSurface = (message, app) =>
  surface({ channel: message.channel, ts: message.ts }, `${message.channel}:${message.ts}`, null, null, app);
export const viewSurface = (view, app) => surface({ view: view.id }, view.id, view.values, inputsOf(view), app);

const inputsOf = (view) =>
  new Set(view.blocks.filter((block) => block.type === "input").map((block) => id(block, block.element)));
