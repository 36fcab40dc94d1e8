/** What every part of the page is given: store, names, route, and what can be done. Draws nothing itself. */

import { askConfirm } from "./confirm.js";
import { createEditing } from "./editing.js";
import { readFile } from "./files.js";
import { tabsOf } from "./home.js";
import { createNames } from "./names.js";
import { browseChannels, newMessage, showMembers } from "./places.js";
import { createRoute } from "./route.js";
import { createSocket } from "./socket.js";
import { createStore } from "./store.js";
import { createDrafts } from "./surface.js";
import { toast } from "./toast.js";

const MINUTE_MS = 60_000;

export function createApp({ onChange, onConnection }) {
  const store = createStore();
  const drafts = createDrafts();
  let namesVersion = 0;
  let sidebarOpen = false;
  let minute = 0; // counts up, so that “3 minutes ago” is drawn again
  let tool = null;
  let appTab = ""; // none chosen yet
  let appChannel = "";

  const socket = createSocket({
    onPatch: (patch) => store.apply(patch),
    onStatus(state) {
      onConnection(state);
      if (state === "open" && tool) watch(WATCHED[tool]);
    },
  });
  const route = createRoute(moved);
  const names = createNames(store, (id) => openPlace(id));
  store.onChange((changed, reset) => {
    if (reset || [...changed].some((key) => /^(user|channel|group):/.test(key))) namesVersion += 1;
    const me = store.get("me");
    if (reset && route.current.place === "app") openAppTab(visitedTab());
    if (reset && me && route.current.person !== me.name) route.go({ person: me.name }, { replace: true });
    onChange();
  });

  function moved({ person }) {
    sidebarOpen = false;
    socket.become(person);
    onChange();
  }

  function become(person) {
    route.go({ person, place: keptPlace(), thread: "" });
  }

  /** Channels are the same for everyone; direct messages and the app's chat are not. */
  function keptPlace() {
    const { place } = route.current;
    const channel = store.get(`channel:${place}`);
    return place === "app" || ["public", "private"].includes(channel?.kind) ? place : "";
  }

  function openPlace(place) {
    sidebarOpen = false;
    if (place === "app") openAppTab(visitedTab());
    else route.openPlace(place);
    onChange();
  }

  /** A visit starts at the tab left last, if the app has it. */
  function visitedTab() {
    const tabs = tabsOf(store.all("app")[0]);
    return tabs.includes(appTab) && appTab !== "about" ? appTab : tabs[0];
  }

  async function openAppTab(tab) {
    appTab = tab;
    route.openPlace("app");
    onChange();
    if (tab === "home") await act("open_home");
    else if (tab === "messages") {
      const answer = await act("open_messages_tab");
      appChannel = answer.channel ?? "";
    }
    onChange();
  }

  /** Opens the conversation with somebody; an app is talked to in its own place. */
  async function talkTo(userId) {
    if (userId === names.viewer) return;
    if (names.user(userId)?.is_bot) {
      openAppTab("messages");
      return;
    }
    const answer = await act("open_dm", { people: [userId] });
    if (answer.ok) openPlace(answer.channel);
  }

  /** Does something as this person, and says so if it was refused. */
  async function act(command, fields = {}) {
    const answer = await socket.ask(command, fields);
    if (!answer.ok && answer.error) toast(answer.error, { kind: "error" });
    return answer;
  }

  async function send(channel, { sent, command }, { threadTs = "", broadcast = false } = {}) {
    if (command) return slash(channel, command, threadTs);
    const answer = await act("say", { channel: channel.id, text: sent, thread_ts: threadTs, broadcast });
    return answer.ok;
  }

  async function slash(channel, typed, threadTs) {
    const [, command, rest] = /^(\/\S+)\s*([\s\S]*)$/.exec(typed);
    if (threadTs) {
      toast(`${command} is not supported in threads. Sorry!`, { kind: "error" });
      return false;
    }
    const answer = await socket.ask("slash", { channel: channel.id, name: command, text: rest });
    if (!answer.ok) toast(answer.error, { kind: "error" });
    return answer.ok;
  }

  async function shareFile(channel, file, threadTs = "") {
    const read = await readFile(file);
    if (read.error) toast(read.error, { kind: "error" });
    else await act("upload", { channel: channel.id, thread_ts: threadTs, ...read });
  }

  async function confirmDelete(message) {
    const plain = (text) => ({ type: "plain_text", text });
    const sure = await askConfirm(
      {
        title: plain("Delete message"),
        text: plain("Are you sure you want to delete this message? This cannot be undone."),
        confirm: plain("Delete"),
        deny: plain("Cancel"),
        style: "danger",
      },
      names,
    );
    if (sure) act("delete", { channel: message.channel, ts: message.ts });
  }

  const WATCHED = { traffic: "traffic", cluster: "cluster", fault: "faults" };
  const watch = (what) => socket.ask("watch", { what });

  setInterval(() => {
    minute += 1;
    onChange();
  }, MINUTE_MS);

  const app = {
    store,
    drafts,
    route,
    names,
    ask: socket.ask,
    act,
    send,
    shareFile,
    toast,
    confirmDelete,
    become,
    openPlace,
    talkTo,
    openAppTab,
    watch,
    namesVersion: () => namesVersion,
    minute: () => minute,
    redraw: onChange,
    appTab: () => appTab,
    appChannel: () => appChannel,
    openTool: () => tool,
    toggleTool(name) {
      tool = tool === name ? null : name;
      onChange();
    },
    isSidebarOpen: () => sidebarOpen,
    toggleSidebar(open = !sidebarOpen) {
      sidebarOpen = open;
      onChange();
    },
    browseChannels: () => browseChannels(app),
    newMessage: (anchor) => newMessage(app, anchor),
    showMembers: (channel, anchor) => showMembers(app, channel, anchor),
    start: () => socket.become(route.current.person),
  };
  app.editing = createEditing(app);
  return app;
}
