/** What stands in the cluster: its namespaces, and the objects of the one chosen. Looks; changes nothing. */

import { h, icon, reconcile } from "./dom.js";
import { jsonView } from "./json.js";
import { ago } from "./time.js";

export function createCluster(app) {
  let namespace = null;
  let object = null;
  const namespaces = h("div", {
    class: "cluster-column",
    role: "listbox",
    "aria-label": "Namespaces",
    data: { testid: "namespaces" },
  });
  const objects = h("div", {
    class: "cluster-column wide",
    role: "listbox",
    "aria-label": "Objects",
    data: { testid: "objects" },
  });
  const detail = h("div", { class: "cluster-detail" });
  const element = h("div", { class: "cluster" }, namespaces, objects, detail);
  let shownObject = null;

  function update() {
    const { namespaces: all = [], objects: held = [] } = app.store.get("cluster") ?? {};
    if (!all.some((each) => each.name === namespace))
      namespace = all.find((each) => each.managed)?.name ?? all[0]?.name ?? null;
    reconcile(
      namespaces,
      all.length
        ? all.map((each) => ({
            key: each.name,
            deps: [each.phase, each.created, each.managed, each.name === namespace],
            build: () => namespaceRow(each),
          }))
        : [{ key: "none", deps: [], build: () => h("div", { class: "options-note" }, "No namespace yet.") }],
    );
    const inside = held.filter((each) => each.namespace === namespace);
    const keyOf = (each) => `${each.kind}/${each.namespace}/${each.name}`;
    if (!inside.some((each) => keyOf(each) === object)) object = null;
    reconcile(
      objects,
      inside.length
        ? inside.map((each) => ({
            key: keyOf(each),
            deps: [each.status, keyOf(each) === object],
            build: () => objectRow(each, keyOf(each)),
          }))
        : [
            {
              key: "none",
              deps: [],
              build: () => h("div", { class: "options-note" }, namespace ? "Nothing in this namespace." : ""),
            },
          ],
    );
    showDetail(inside.find((each) => keyOf(each) === object));
  }

  function showDetail(each) {
    const text = each ? JSON.stringify(each.body, null, 2) : "";
    if (text === shownObject) return;
    shownObject = text;
    detail.replaceChildren(each ? jsonView(text) : h("div", { class: "options-note" }, "Choose an object to see it."));
  }

  function namespaceRow(each) {
    const choose = () => {
      namespace = each.name;
      object = null;
      update();
    };
    return h(
      "button",
      {
        type: "button",
        class: `cluster-row${each.name === namespace ? " chosen" : ""}`,
        role: "option",
        "aria-selected": each.name === namespace,
        data: { testid: "namespace", name: each.name },
        on: { click: choose },
      },
      icon("cluster"),
      h(
        "span",
        { class: "option-words" },
        h("span", { class: "option-text" }, each.name),
        h("span", { class: "option-note" }, each.created ? `created ${ago(each.created)}` : ""),
      ),
      each.phase === "Active" ? null : h("span", { class: "phase" }, each.phase),
    );
  }

  function objectRow(each, key) {
    const choose = () => {
      object = key === object ? null : key;
      update();
    };
    return h(
      "button",
      {
        type: "button",
        class: `cluster-row${key === object ? " chosen" : ""}`,
        role: "option",
        "aria-selected": key === object,
        data: { testid: "object", kind: each.kind, name: each.name },
        on: { click: choose },
      },
      h("span", { class: "kind" }, each.kind),
      h("span", { class: "option-text" }, each.name),
      each.status ? h("span", { class: "option-note" }, each.status) : null,
    );
  }

  return { title: "Cluster", element, update, shown: () => app.watch("cluster"), hidden: () => app.watch(null) };
}
