/** The drawer at the lower edge that holds one tool at a time: traffic, cluster, faults. Its height can be dragged. */

import { h, iconButton } from "./dom.js";

const HEIGHT_KEY = "playground-drawer-height";
const LEAST_PX = 140;

export function createDrawer(tools, onClose) {
  const slot = h("div", { class: "drawer-slot" });
  const title = h("h2", { class: "drawer-title" });
  const extras = h("div", { class: "drawer-extras" });
  const grip = h("div", {
    class: "drawer-grip",
    role: "separator",
    "aria-orientation": "horizontal",
    "aria-label": "Height",
    tabIndex: 0,
  });
  const root = h(
    "section",
    { class: "drawer", hidden: true, "aria-label": "Tools", data: { testid: "drawer" } },
    grip,
    h("header", { class: "drawer-header" }, title, extras, iconButton("close", "Close", onClose)),
    slot,
  );
  let height = Number(localStorage.getItem(HEIGHT_KEY)) || 320;
  resize(height);

  function resize(pixels) {
    height = Math.max(LEAST_PX, Math.min(pixels, window.innerHeight - 160));
    root.style.height = `${height}px`;
    localStorage.setItem(HEIGHT_KEY, String(height));
  }

  grip.addEventListener("pointerdown", (down) => {
    const [startY, startHeight] = [down.clientY, height];
    grip.setPointerCapture(down.pointerId);
    const move = (event) => resize(startHeight + startY - event.clientY);
    grip.addEventListener("pointermove", move);
    grip.addEventListener("pointerup", () => grip.removeEventListener("pointermove", move), { once: true });
  });
  grip.addEventListener("keydown", (event) => {
    const step = { ArrowUp: 24, ArrowDown: -24 }[event.key];
    if (step) resize(height + step);
  });

  let shown = null;
  return {
    element: root,
    /** Shows the tool of that name, or nothing for null. */
    show(name) {
      if (name === shown) return;
      tools[shown]?.hidden?.();
      shown = name;
      root.hidden = !name;
      if (!name) return;
      const tool = tools[name];
      title.textContent = tool.title;
      extras.replaceChildren(...(tool.extras ?? []));
      slot.replaceChildren(tool.element);
      tool.shown?.();
    },
    update: () => tools[shown]?.update(),
  };
}
