/**
 * Where the page is, kept in the address (#/ada/C123/1700.0001 or #/ada/home), so that reload, back and a second window
 * with somebody else just work. Knows nothing about what is there.
 */

export function createRoute(onMove) {
  const read = () => {
    const [person = "", place = "", thread = ""] = location.hash
      .replace(/^#\/?/, "")
      .split("/")
      .map(decodeURIComponent);
    return { person, place, thread };
  };
  let current = read();
  const write = ({ person, place, thread }) =>
    `#/${[person, place, thread].filter(Boolean).map(encodeURIComponent).join("/")}`;

  window.addEventListener("hashchange", () => {
    current = read();
    onMove(current);
  });

  function go(change, { replace = false } = {}) {
    const target = { ...current, ...change };
    const address = write(target);
    if (address === location.hash) return;
    if (replace) history.replaceState(null, "", address);
    else history.pushState(null, "", address);
    current = target;
    onMove(current);
  }

  return {
    get current() {
      return current;
    },
    go,
    openPlace: (place) => go({ place, thread: "" }),
    openThread: (thread) => go({ thread }),
    closeThread: () => go({ thread: "" }),
  };
}
