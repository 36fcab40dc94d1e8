/** The column of places: channels, direct messages, apps, with what is unread in each. */

import { avatar } from "./avatar.js";
import { h, icon, iconButton, reconcile } from "./dom.js";
import { unreadIn } from "./unread.js";

const CLOSED_KEY = "playground-sections-closed";

export function createSidebar(app) {
  const closed = new Set(JSON.parse(localStorage.getItem(CLOSED_KEY) ?? "[]"));
  const title = h("div", { class: "workspace-name", data: { testid: "workspace" } });
  const channels = sectionOf(
    "channels",
    "Channels",
    iconButton("plus", "Browse channels", () => app.browseChannels()),
  );
  const directs = sectionOf(
    "directs",
    "Direct messages",
    iconButton("plus", "New message", (event) => app.newMessage(event.currentTarget)),
  );
  const apps = sectionOf("apps", "Apps", null);
  const root = h(
    "nav",
    { class: "sidebar", "aria-label": "Places", data: { testid: "sidebar" } },
    h("div", { class: "workspace-header" }, title),
    h("div", { class: "sidebar-scroll" }, channels.element, directs.element, apps.element),
  );

  function sectionOf(key, label, extra) {
    const list = h("div", { class: "places", role: "list" });
    const toggle = h(
      "button",
      { type: "button", class: "section-toggle", "aria-expanded": !closed.has(key), on: { click: flip } },
      icon("chevron-down", "section-arrow"),
      label,
    );
    const element = h("div", { class: "places-section" }, h("div", { class: "section-head" }, toggle, extra), list);
    let last = [];

    function flip() {
      if (closed.has(key)) closed.delete(key);
      else closed.add(key);
      localStorage.setItem(CLOSED_KEY, JSON.stringify([...closed]));
      toggle.setAttribute("aria-expanded", !closed.has(key));
      show(last);
    }

    /** A closed section still shows where one is, and what is unread. */
    function show(places) {
      last = places;
      const shown = closed.has(key) ? places.filter((place) => place.current || place.unread.count) : places;
      reconcile(
        list,
        shown.map((place) => ({
          key: place.id,
          deps: [place.title, place.current, place.unread.count, place.unread.mentions, place.kind, place.face],
          build: () => row(place),
        })),
      );
    }
    return { element, show };
  }

  function row(place) {
    const { count, mentions } = place.unread;
    const isBold = count > 0 && !place.current;
    return h(
      "div",
      { role: "listitem" },
      h(
        "button",
        {
          type: "button",
          class: `place${place.current ? " current" : ""}${isBold ? " unread" : ""}`,
          "aria-current": place.current ? "page" : null,
          data: { testid: "place", place: place.name },
          on: { click: () => app.openPlace(place.id) },
        },
        place.face
          ? avatar(place.face, 20)
          : icon(place.kind === "private" ? "lock" : place.kind === "mpim" ? "people" : "hash"),
        h("span", { class: "place-name" }, place.title),
        place.note ? h("span", { class: "place-note" }, place.note) : null,
        isBold && mentions
          ? h("span", { class: "count", "aria-label": `${mentions} unread` }, String(mentions))
          : isBold
            ? h("span", { class: "visually-hidden" }, "unread")
            : null,
      ),
    );
  }

  function update() {
    const { store, names, route } = app;
    title.textContent = store.get("workspace")?.name ?? "";
    const here = route.current.place;
    const places = store.all("channel").filter((channel) => channel.is_member && !channel.is_archived);
    const asPlace = (channel) => ({
      id: channel.id,
      name: channel.name || names.user(channel.user)?.name || channel.id,
      title: names.title(channel),
      kind: channel.kind,
      face: channel.kind === "im" ? names.user(channel.user) : null,
      note: channel.kind === "im" && channel.user === names.viewer ? "you" : "",
      current: here === channel.id,
      unread: unreadIn(channel, store, names),
    });
    const isAppChat = (channel) => channel.kind === "im" && names.user(channel.user)?.is_bot;
    const byTitle = (one, other) => one.title.localeCompare(other.title);
    channels.show(
      places
        .filter((channel) => ["public", "private"].includes(channel.kind))
        .map(asPlace)
        .sort(byTitle),
    );
    directs.show(
      places
        .filter((channel) => ["im", "mpim"].includes(channel.kind) && !isAppChat(channel))
        .map(asPlace)
        .sort(byTitle),
    );
    apps.show(
      store.all("app").map((each) =>
        appPlace(
          each,
          places.find((channel) => isAppChat(channel) && channel.user === each.user),
        ),
      ),
    );
  }

  function appPlace(each, chat) {
    const { store, names, route } = app;
    return {
      id: "app",
      name: each.name,
      title: names.called(each.user),
      kind: "app",
      face: names.user(each.user),
      current: route.current.place === "app" || (chat && route.current.place === chat.id),
      unread: chat ? unreadIn(chat, store, names) : { count: 0, mentions: 0 },
    };
  }

  return { element: root, update };
}
