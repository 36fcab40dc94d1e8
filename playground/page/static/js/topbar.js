/** The bar above everything: what this is, the tools, the theme, and who one is. */

import { avatar } from "./avatar.js";
import { h, icon, iconButton } from "./dom.js";
import { openMenu } from "./menu.js";
import { currentTheme, nextTheme } from "./theme.js";

const THEME_ICONS = { auto: "auto", light: "sun", dark: "moon" };
const THEME_WORDS = { auto: "as the system", light: "light", dark: "dark" };

export function createTopbar(app, { onTour }) {
  const status = h("span", { class: "link-status", role: "status", data: { testid: "status" } });
  const theme = iconButton("auto", "Theme", changeTheme, { data: { testid: "theme" } });
  const who = h("button", {
    type: "button",
    class: "who",
    "aria-haspopup": "menu",
    "aria-expanded": "false",
    data: { testid: "who" },
    on: { click: choosePerson },
  });
  const tool = (name, label) =>
    h(
      "button",
      {
        type: "button",
        class: "tool",
        title: label,
        "aria-pressed": "false",
        data: { testid: `tool-${name}`, tool: name },
        on: { click: () => app.toggleTool(name) },
      },
      icon(name),
      h("span", { class: "tool-label" }, label),
    );
  const tools = h("div", { class: "tools", role: "group", "aria-label": "Tools" });
  const root = h(
    "header",
    { class: "topbar" },
    h("div", { class: "brand" }, icon("bolt"), h("span", null, "Playground")),
    status,
    h("span", { class: "spacer" }),
    tools,
    iconButton("tour", "Guided tour", onTour, { data: { testid: "start-tour" } }),
    theme,
    who,
  );
  const known = {
    traffic: tool("traffic", "Traffic"),
    cluster: tool("cluster", "Cluster"),
    fault: tool("fault", "Faults"),
  };
  showTheme(currentTheme());

  function showTheme(name) {
    const label = `Theme: ${THEME_WORDS[name]}`;
    theme.replaceChildren(icon(THEME_ICONS[name]));
    theme.title = label;
    theme.setAttribute("aria-label", label);
  }

  function changeTheme() {
    showTheme(nextTheme());
  }

  function choosePerson() {
    const people = app.store.all("user").filter((user) => !user.is_bot && !user.deleted);
    const items = people.map((user) => ({
      label: h(
        "span",
        { class: "person-row", data: { person: user.name } },
        avatar(user, 28),
        h(
          "span",
          { class: "option-words" },
          h("span", { class: "option-text" }, user.display),
          h("span", { class: "option-note" }, note(user)),
        ),
      ),
      current: user.id === app.names.viewer,
      href: `#/${user.name}`,
      choose: () => app.become(user.name),
    }));
    openMenu(who, items, { label: "Be somebody else", align: "end", testid: "people" });
  }

  function note(user) {
    const kind = user.is_guest ? "Guest" : user.is_stranger ? "From another workspace" : user.is_admin ? "Admin" : "";
    return [user.title, kind, user.tz].filter(Boolean).join(" · ");
  }

  function update() {
    const me = app.names.user(app.names.viewer);
    if (me) {
      who.replaceChildren(avatar(me, 28), h("span", { class: "who-name" }, me.display), icon("chevron-down"));
      who.setAttribute("aria-label", `You are ${me.display}. Be somebody else`);
      who.title = `You are ${me.display}. Click to be somebody else`;
    }
    const has = app.store.get("tools") ?? [];
    const shown = Object.keys(known).filter((name) => has.includes(name));
    for (const name of shown) known[name].setAttribute("aria-pressed", app.openTool() === name);
    if (tools.children.length !== shown.length) tools.replaceChildren(...shown.map((name) => known[name]));
  }

  function connection(state) {
    status.textContent = state === "lost" ? "Connecting…" : "";
    root.classList.toggle("offline", state === "lost");
  }

  return { element: root, update, connection };
}
