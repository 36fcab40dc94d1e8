/** The app's own place: its Home tab, its messages, and what it is. */

import { avatar } from "./avatar.js";
import { blockList } from "./blocks.js";
import { h, iconButton } from "./dom.js";
import { viewSurface } from "./surface.js";

const TABS = [
  ["home", "Home"],
  ["messages", "Messages"],
  ["about", "About"],
];

/** The tabs this app has: its manifest may leave Home or Messages out. The first one is where a visit starts. */
export function tabsOf(about) {
  return TABS.map(([key]) => key).filter((key) => about?.[`has_${key}`] !== false);
}

/** The row of tabs; `current` one of home, messages, about. */
export function appTabs(app, current) {
  const tab = ([key, title]) =>
    h(
      "button",
      {
        type: "button",
        class: `tab${key === current ? " current" : ""}`,
        role: "tab",
        "aria-selected": key === current,
        data: { testid: `tab-${key}` },
        on: { click: () => app.openAppTab(key) },
      },
      title,
    );
  return h(
    "div",
    { class: "tabs", role: "tablist", "aria-label": "App" },
    TABS.filter(([key]) => tabsOf(app.store.all("app")[0]).includes(key)).map(tab),
  );
}

export function createHome(app) {
  const heading = h("header", { class: "pane-header" });
  const tabs = h("div", { class: "tabs-slot" });
  const body = h("div", {
    class: "home-body",
    tabIndex: 0,
    role: "region",
    "aria-label": "App Home",
    data: { testid: "home" },
  });
  const root = h("section", { class: "pane home", "aria-label": "App" }, heading, tabs, body);
  let shownKey = "";

  function update(tab) {
    const { store, names } = app;
    const about = store.all("app")[0];
    const bot = names.user(about?.user);
    heading.replaceChildren(
      iconButton("menu", "Places", () => app.toggleSidebar(), { class: "only-narrow" }),
      h(
        "h1",
        { class: "pane-title" },
        avatar(bot, 24),
        h("span", { data: { testid: "channel-title" } }, bot?.display ?? "App"),
      ),
    );
    tabs.replaceChildren(appTabs(app, tab));
    const view = store.get("home");
    const key = `${tab} ${names.viewer} ${view?.id} ${view?.hash} ${app.namesVersion()}`;
    if (key === shownKey) return;
    shownKey = key;
    body.replaceChildren(
      ...({ home: () => [view ? published(view) : nothing(bot)], about: () => [aboutPage(about, bot)] }[tab]?.() ?? []),
    );
  }

  const published = (view) =>
    h("div", { class: "home-blocks blocks" }, blockList(view.blocks, viewSurface(view, app), view.errors));
  const nothing = (bot) =>
    h(
      "div",
      { class: "home-empty" },
      avatar(bot, 56),
      h("h2", null, "Nothing here yet"),
      h("p", null, "The app has not published its Home."),
    );

  function aboutPage(about, bot) {
    const commands = app.store.all("command");
    return h(
      "div",
      { class: "home-blocks about" },
      h(
        "div",
        { class: "about-head" },
        avatar(bot, 56),
        h("div", null, h("h2", null, bot?.display ?? ""), h("p", null, about?.description ?? "")),
      ),
      commands.length ? h("h3", null, "Commands") : null,
      h(
        "dl",
        { class: "about-commands" },
        commands.map((each) => [
          h(
            "dt",
            null,
            h("code", { class: "code" }, each.command),
            h("span", { class: "option-hint" }, ` ${each.usage_hint ?? ""}`),
          ),
          h("dd", null, each.description ?? ""),
        ]),
      ),
    );
  }

  return { element: root, update };
}
