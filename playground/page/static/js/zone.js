/** Between a moment and what a clock on the wall in some zone shows. Pure. */

function wallClock(seconds, zone) {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
  }).formatToParts(new Date(seconds * 1000));
  return Object.fromEntries(parts.map((part) => [part.type, part.value]));
}

/** 1795440000, "Europe/Berlin" -> "2026-11-23T13:00". */
export function localFromEpoch(seconds, zone) {
  const { year, month, day, hour, minute } = wallClock(seconds, zone);
  return `${year}-${month}-${day}T${hour}:${minute}`;
}

/** The other way round. A time that summer time skips or repeats is taken as the nearest that exists. */
export function epochFromLocal(local, zone) {
  const asUtc = Date.parse(`${local}:00Z`) / 1000;
  let guess = asUtc;
  for (let round = 0; round < 3; round += 1) {
    const shown = Date.parse(`${localFromEpoch(guess, zone)}:00Z`) / 1000;
    if (shown === asUtc) break;
    guess += asUtc - shown;
  }
  return guess;
}
