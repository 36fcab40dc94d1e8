/** Builds elements. Strings only ever become text nodes or attribute values: there is no way in for markup. */

const SVG = "http://www.w3.org/2000/svg";
const PROPERTIES = new Set([
  "value",
  "checked",
  "disabled",
  "selected",
  "hidden",
  "indeterminate",
  "tabIndex",
  "inert",
]);

/**
 * h("button", {class: "x", "aria-label": "…", data: {testid: "y"}, on: {click: fn}}, child, "text", [more])
 * null, undefined and false children and attributes are left out.
 */
export function h(tag, props, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) setProp(element, name, value);
  append(element, children);
  return element;
}

function setProp(element, name, value) {
  if (value === null || value === undefined) return;
  if (name === "on") {
    for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
  } else if (name === "data") {
    for (const [key, text] of Object.entries(value))
      if (text !== null && text !== undefined) element.dataset[key] = text;
  } else if (PROPERTIES.has(name)) {
    element[name] = value;
  } else if (name.startsWith("aria-")) {
    element.setAttribute(name, String(value));
  } else if (value !== false) {
    element.setAttribute(name, value === true ? "" : String(value));
  }
}

function append(parent, children) {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    if (Array.isArray(child)) append(parent, child);
    else parent.append(child);
  }
}

/** A symbol of a sheet of drawings (icons.svg, emoji.svg). Decorative: what it means is said beside it. */
export function symbol(sheet, name, className) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", className);
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `/static/${sheet}.svg#${name}`);
  svg.append(use);
  return svg;
}

/** One of the line icons. */
export const icon = (name, extraClass = "") => symbol("icons", name, `icon ${extraClass}`.trim());

export function iconButton(name, label, onClick, props = {}) {
  return h(
    "button",
    {
      type: "button",
      "aria-label": label,
      title: label,
      ...props,
      class: `icon-button ${props.class ?? ""}`.trim(),
      on: { click: onClick, ...props.on },
    },
    icon(name),
  );
}

/**
 * Makes `parent` show `items` in order, one element each, building only what is new or changed.
 * An item is {key, deps, build}; it is rebuilt when one of `deps` is not the very value it was built from.
 */
export function reconcile(parent, items) {
  const known = parent.knownItems ?? new Map();
  const next = new Map();
  const wanted = new Set(items.map((item) => item.key));
  for (const [key, entry] of known) if (!wanted.has(key)) entry.element.remove();
  let place = parent.firstChild;
  for (const item of items) {
    const old = known.get(item.key);
    const isSame =
      old && old.deps.length === item.deps.length && old.deps.every((dep, index) => dep === item.deps[index]);
    // Asked before building: what is built may take parts of the old one over, a box being written in for instance.
    const focused = old && !isSame && old.element.contains(document.activeElement) ? document.activeElement : null;
    const entry = isSame ? old : { deps: item.deps, element: item.build() };
    if (old && old !== entry) {
      if (old.element === place) place = place.nextSibling;
      old.element.remove();
    }
    if (entry.element === place) place = place.nextSibling;
    else parent.insertBefore(entry.element, place);
    if (focused) sameControl(entry.element, focused)?.focus({ preventScroll: true });
    next.set(item.key, entry);
  }
  parent.knownItems = next;
}

/** The control of a rebuilt element that does what `old` did, so that the keyboard stays where it was. */
function sameControl(root, old) {
  const { action, testid } = old.dataset;
  if (action) return root.querySelector(`[data-action="${CSS.escape(action)}"]`);
  return testid ? root.querySelector(`[data-testid="${CSS.escape(testid)}"]`) : null;
}

let counter = 0;

/** An id that no other element of this page has, to tie labels and errors to their control. */
export function freshId(prefix) {
  counter += 1;
  return `${prefix}-${counter}`;
}
