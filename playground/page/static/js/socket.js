/**
 * The one connection to the playground, for one person at a time: patches in, commands out, each command answered once.
 * Connects again by itself when the connection is lost; commands under way then fail, and are never sent twice.
 */

const FIRST_DELAY = 250;
const LONGEST_DELAY = 4000;

export function createSocket({ onPatch, onStatus }) {
  let socket = null;
  let person = null;
  let delay = FIRST_DELAY;
  let nextId = 1;
  let waiting = new Map();
  let isFresh = true; // the page was just loaded: Slack forgets what was ephemeral then

  function connect() {
    const mine = new WebSocket(
      `${location.origin.replace(/^http/, "ws")}/page/socket?person=${encodeURIComponent(person)}${isFresh ? "&fresh=1" : ""}`,
    );
    isFresh = false;
    socket = mine;
    mine.addEventListener("open", () => {
      delay = FIRST_DELAY;
      onStatus("open");
    });
    mine.addEventListener("message", (event) => mine === socket && receive(JSON.parse(event.data)));
    mine.addEventListener("close", () => mine === socket && lost());
  }

  function receive(message) {
    if (message.type === "patch") onPatch(message);
    else if (message.type === "answer") {
      waiting.get(message.id)?.(message);
      waiting.delete(message.id);
    }
  }

  function failWaiting() {
    const abandoned = waiting;
    waiting = new Map();
    for (const settle of abandoned.values()) settle({ ok: false, error: "The connection to the playground was lost." });
  }

  function lost() {
    failWaiting();
    onStatus("lost");
    const mine = socket;
    setTimeout(() => mine === socket && connect(), delay);
    delay = Math.min(delay * 2, LONGEST_DELAY);
  }

  return {
    /** From now on everything is seen and done as this person. */
    become(someone) {
      if (someone === person) return;
      person = someone;
      const old = socket;
      socket = null;
      old?.close();
      failWaiting();
      connect();
    },
    /** Asks the playground to do something as this person; answers {ok, …}, never rejects. */
    ask(command, fields = {}) {
      return new Promise((settle) => {
        if (socket?.readyState !== WebSocket.OPEN) {
          settle({ ok: false, error: "Not connected to the playground." });
          return;
        }
        const id = nextId++;
        waiting.set(id, settle);
        socket.send(JSON.stringify({ id, command, ...fields }));
      });
    },
  };
}
