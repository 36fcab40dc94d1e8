/** Joins the parts of the page: the store feeds them, the route says where one is, and what people do goes to the server. */

import { createApp } from "./app.js";
import { createChannelView } from "./channel.js";
import { createCluster } from "./cluster.js";
import { h } from "./dom.js";
import { createDrawer } from "./drawer.js";
import { createFaults } from "./faults.js";
import { appTabs, createHome } from "./home.js";
import { createInspector } from "./inspector.js";
import { openJump } from "./jump.js";
import { createModals } from "./modal.js";
import { createSidebar } from "./sidebar.js";
import { applyTheme } from "./theme.js";
import { createThread } from "./thread.js";
import { createTopbar } from "./topbar.js";
import { createTour } from "./tour.js";

applyTheme();

const app = createApp({ onChange: scheduleUpdate, onConnection: (state) => topbar.connection(state) });
const topbar = createTopbar(app, { onTour: () => tour.start() });
const sidebar = createSidebar(app);
const channelView = createChannelView(app);
const thread = createThread(app);
const home = createHome(app);
const modals = createModals(app);
const drawer = createDrawer(
  { traffic: createInspector(app), cluster: createCluster(app), fault: createFaults(app) },
  () => app.toggleTool(app.openTool()),
);
const main = h("main", { class: "main" });
const shade = h("div", { class: "shade", on: { click: () => app.toggleSidebar(false) } });
const frame = h("div", { class: "frame" }, sidebar.element, shade, main);
document.body.replaceChildren(topbar.element, frame, drawer.element);
const tour = createTour(app, {
  dock: (isNarrow) => (isNarrow ? frame.before(tour.element) : sidebar.element.append(tour.element)),
  write: (text) => {
    if (main.firstElementChild !== channelView.element) app.openPlace(firstPlace());
    queueMicrotask(() => channelView.write(text)); // after the place is drawn
  },
});
tour.dock();

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    openJump(app);
  }
});

let scheduled = false;

function scheduleUpdate() {
  if (scheduled) return;
  scheduled = true;
  queueMicrotask(() => {
    scheduled = false;
    update();
  });
}

function update() {
  frame.classList.toggle("sidebar-open", app.isSidebarOpen());
  if (!app.store.get("me")) return;
  document.body.dataset.person = app.names.user(app.names.viewer)?.name ?? "";
  topbar.update();
  sidebar.update();
  showPlace();
  modals.update();
  drawer.show(app.openTool());
  drawer.update();
  tour.update();
}

function showPlace() {
  const { place, thread: threadTs } = app.route.current;
  const about = app.store.all("app")[0];
  const tab = app.appTab();
  const channelId = place === "app" && tab === "messages" ? app.appChannel() : place;
  const channel = app.store.get(`channel:${channelId}`);
  if (place === "app" && (tab !== "messages" || !channel)) {
    show(home.element);
    home.update(tab);
    return;
  }
  if (!channel) {
    const first = firstPlace();
    if (first) app.route.go({ place: first, thread: "" }, { replace: true });
    return;
  }
  const isAppChat = channel.kind === "im" && channel.user === about?.user;
  const withThread = threadTs && app.store.get(`message:${channel.id}:${threadTs}`);
  show(channelView.element, withThread ? thread.element : null);
  channelView.update(channel, { withTabs: isAppChat ? appTabs(app, "messages") : null });
  if (withThread) thread.update(channel, threadTs);
  else thread.closed();
  document.title = `${channel.name ? `#${channel.name}` : app.names.title(channel)} · Playground`;
}

/** Where a newcomer starts: the channel made for the platform, else the first one joined. */
function firstPlace() {
  const joined = app.store.all("channel").filter((channel) => channel.is_member && !channel.is_archived);
  const named = (name) => joined.find((channel) => channel.name === name);
  return (
    (named("platform") ?? named("general") ?? joined[0])?.id ??
    app.store.all("channel").find((channel) => channel.kind === "public")?.id
  );
}

function show(...elements) {
  const wanted = elements.filter(Boolean);
  const same =
    wanted.length === main.children.length && wanted.every((element, index) => element === main.children[index]);
  if (!same) main.replaceChildren(...wanted);
  frame.classList.toggle("with-thread", wanted.length > 1);
}

app.start();
