/**
 * What the server last said, as values under keys ("message:C1:17…", "user:U1", "views"). Holds; decides nothing.
 * A value is replaced, never changed, so "is it the same?" can be asked with ===.
 */

export function createStore() {
  let entities = new Map();
  const listeners = new Set();

  function apply({ reset = false, set = {}, gone = [] }) {
    if (reset) entities = new Map();
    for (const key of gone) entities.delete(key);
    for (const [key, value] of Object.entries(set)) entities.set(key, value);
    const changed = new Set([...gone, ...Object.keys(set)]);
    for (const listener of listeners) listener(changed, reset);
  }

  return {
    apply,
    get: (key) => entities.get(key),
    has: (key) => entities.has(key),
    /** All values whose key starts with "kind:", in the order they first arrived. */
    all(kind) {
      const prefix = `${kind}:`;
      const found = [];
      for (const [key, value] of entities) if (key.startsWith(prefix)) found.push(value);
      return found;
    },
    /** A channel's messages, oldest first, replies in threads included. */
    messages(channelId) {
      return this.all(`message:${channelId}`).sort((one, other) => (one.ts < other.ts ? -1 : 1));
    },
    onChange: (listener) => listeners.add(listener),
  };
}
