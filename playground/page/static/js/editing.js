/** Which of their own messages the person is editing now, and the box for it in the message's place. */

import { asTyped } from "./completion.js";
import { createComposer } from "./composer.js";

export function createEditing(app) {
  let current = "";
  let box = null;
  const keyOf = (message) => `${message.channel}:${message.ts}`;

  function start(message) {
    current = keyOf(message);
    box = null;
    app.redraw();
    box?.focus({ atEnd: true });
  }

  function stop() {
    current = "";
    box = null;
    app.redraw();
  }

  async function save(message, { text, sent }) {
    if (!text) return false;
    const answer = await app.act("edit", { channel: message.channel, ts: message.ts, text: sent });
    if (answer.ok) stop();
    return answer.ok;
  }

  return {
    start,
    stop,
    isEditing: (message) => current === keyOf(message),
    /** Starts on the person's latest message there; false when there is none. */
    startLast(channel) {
      const last = app.store
        .messages(channel.id)
        .findLast((message) => message.user === app.names.viewer && !message.is_reply && !message.subtype);
      if (last) start(last);
      return Boolean(last);
    },
    composer(message) {
      box ??= createComposer(app, {
        placeholder: "Edit message",
        label: "Edit message",
        testid: "edit-composer",
        commands: false,
        initial: asTyped(message.text, app.names),
        sendLabel: "Save",
        send: (typed) => save(message, typed),
        onCancel: stop,
      });
      return box.element;
    },
  };
}
