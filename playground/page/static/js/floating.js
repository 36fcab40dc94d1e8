/**
 * Things that float above the page: menus, lists of options, pickers. Places them next to what they belong to, and closes
 * them on Esc, on a click elsewhere and when the focus leaves. They live in the top layer, inside their owner's dialog.
 */

const GAP = 4;
const EDGE = 8;
const ENOUGH_PX = 200;

/** Puts `panel` beside `anchor`, below if there is room, else above; `align` "start" or "end". */
function place(panel, anchor, { align = "start", width = null, prefer = "below" } = {}) {
  const box = anchor.getBoundingClientRect();
  // Measured from the corner, where nothing narrows it.
  Object.assign(panel.style, {
    left: "0",
    top: "0",
    maxHeight: "",
    minWidth: width === "anchor" ? `${box.width}px` : "",
  });
  const size = panel.getBoundingClientRect();
  const below = window.innerHeight - box.bottom - GAP - EDGE;
  const above = box.top - GAP - EDGE;
  const [first, second] = prefer === "below" ? [below, above] : [above, below];
  const goesFirst = first >= Math.min(size.height, ENOUGH_PX) || first >= second;
  const room = goesFirst ? first : second;
  const height = Math.min(size.height, room);
  if (size.height > room) panel.style.maxHeight = `${room}px`;
  const left = align === "end" ? box.right - size.width : box.left;
  const goesBelow = goesFirst === (prefer === "below");
  panel.style.left = `${Math.max(EDGE, Math.min(left, window.innerWidth - size.width - EDGE))}px`;
  panel.style.top = `${goesBelow ? box.bottom + GAP : Math.max(EDGE, box.top - GAP - height)}px`;
}

/** Shows `panel` (not yet in the page) near `anchor`; whoever fills it later calls panel.settle(). Returns the function that closes it; `onClose` runs once. */
export function float(panel, anchor, { onClose = () => {}, ...placing } = {}) {
  const host = anchor.closest("dialog") ?? document.body;
  panel.popover = "manual";
  panel.classList.add("floating");
  host.append(panel);
  panel.showPopover();
  const settle = () => place(panel, anchor, placing);
  settle();
  panel.settle = settle;
  let open = true;

  const outside = (event) => {
    if (!panel.contains(event.target) && !anchor.contains(event.target)) close();
  };
  const escape = (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    close({ refocus: true });
  };
  const moved = (event) => {
    if (event.type === "resize" || !panel.contains(event.target)) {
      if (anchor.isConnected) settle();
      else close();
    }
  };

  function close({ refocus = false } = {}) {
    if (!open) return;
    open = false;
    document.removeEventListener("pointerdown", outside, true);
    document.removeEventListener("keydown", escape, true);
    window.removeEventListener("resize", moved);
    document.removeEventListener("scroll", moved, true);
    panel.remove();
    if (refocus && anchor.isConnected) anchor.focus();
    onClose();
  }

  document.addEventListener("pointerdown", outside, true);
  document.addEventListener("keydown", escape, true);
  window.addEventListener("resize", moved);
  document.addEventListener("scroll", moved, true);
  return close;
}
