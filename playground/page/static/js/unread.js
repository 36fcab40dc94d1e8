/** What a person has not read yet. Pure: from the messages and the place up to which they have read. */

/** {count, mentions}; in direct messages every message counts as a mention. */
export function unreadIn(channel, store, names) {
  const read = store.get(`read:${channel.id}`) ?? "";
  const fresh = store
    .messages(channel.id)
    .filter(
      (message) =>
        message.ts > read &&
        message.user !== names.viewer &&
        !message.ephemeral &&
        (!message.is_reply || message.broadcast),
    );
  const direct = ["im", "mpim"].includes(channel.kind);
  return {
    count: fresh.length,
    mentions: direct ? fresh.length : fresh.filter((message) => mentions(message, store, names)).length,
  };
}

function mentions(message, store, names) {
  if (/<!(?:channel|here|everyone)>/.test(message.text)) return true;
  if (message.text.includes(`<@${names.viewer}>`)) return true;
  return store
    .all("group")
    .some((group) => group.users.includes(names.viewer) && message.text.includes(`<!subteam^${group.id}`));
}
