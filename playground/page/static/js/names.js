/** Who and where the ids in texts are, for the person looking. Reads the store; draws nothing. */

export function createNames(store, visit) {
  return {
    user: (id) => store.get(`user:${id}`),
    channel: (id) => store.get(`channel:${id}`),
    group: (id) => store.get(`group:${id}`),
    get viewer() {
      return store.get("me")?.id ?? "";
    },
    get zone() {
      return this.user(this.viewer)?.tz ?? "UTC";
    },
    visit,
    /** A person's name as lists and headings show it. */
    called(id) {
      return this.user(id)?.display ?? id;
    },
    /** What to call a channel: its name, or the people in it. */
    title(channel) {
      if (channel.kind === "im") return this.called(channel.user);
      if (channel.kind === "mpim")
        return channel.members
          .filter((id) => id !== this.viewer)
          .map((id) => this.called(id))
          .join(", ");
      return channel.name;
    },
  };
}
