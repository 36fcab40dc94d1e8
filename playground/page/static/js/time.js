/** Times as the person looking at them reads them: in their zone, whatever zone this browser is in. Pure. */

const formats = new Map();

function format(zone, options) {
  const key = `${zone} ${JSON.stringify(options)}`;
  let found = formats.get(key);
  if (!found) {
    try {
      found = new Intl.DateTimeFormat("en-US", { ...options, timeZone: zone });
    } catch {
      found = new Intl.DateTimeFormat("en-US", { ...options, timeZone: "UTC" });
    }
    formats.set(key, found);
  }
  return found;
}

const dateOf = (ts) => new Date(Number.parseFloat(ts) * 1000);

export const clock = (ts, zone) => format(zone, { hour: "numeric", minute: "2-digit" }).format(dateOf(ts));
export const clockBare = (ts, zone) => clock(ts, zone).replace(/\s?[AP]M$/, "");
export const clockSeconds = (ts, zone) =>
  format(zone, { hour: "numeric", minute: "2-digit", second: "2-digit" }).format(dateOf(ts));

/** A key for the calendar day, such as 2026-11-23. */
export function dayKey(ts, zone) {
  const parts = Object.fromEntries(
    format(zone, { year: "numeric", month: "2-digit", day: "2-digit" })
      .formatToParts(dateOf(ts))
      .map((part) => [part.type, part.value]),
  );
  return `${parts.year}-${parts.month}-${parts.day}`;
}

function ordinal(day) {
  const tens = day % 100;
  if (tens >= 11 && tens <= 13) return `${day}th`;
  return `${day}${["th", "st", "nd", "rd"][day % 10] ?? "th"}`;
}

function relativeDay(ts, zone, now) {
  const seconds = now.getTime() / 1000;
  const key = dayKey(ts, zone);
  if (key === dayKey(seconds, zone)) return "Today";
  if (key === dayKey(seconds - 86400, zone)) return "Yesterday";
  if (key === dayKey(seconds + 86400, zone)) return "Tomorrow";
  return "";
}

export function dayTitle(ts, zone, now = new Date()) {
  const relative = relativeDay(ts, zone, now);
  if (relative) return relative;
  const weekday = format(zone, { weekday: "long" }).format(dateOf(ts));
  const month = format(zone, { month: "long" }).format(dateOf(ts));
  return `${weekday}, ${month} ${ordinal(Number(format(zone, { day: "numeric" }).format(dateOf(ts))))}`;
}

export const fullTime = (ts, zone) => `${dayTitle(ts, zone)} at ${clockSeconds(ts, zone)}`;

export function ago(ts, now = new Date()) {
  const seconds = Math.round(now.getTime() / 1000 - Number.parseFloat(ts));
  const size = Math.abs(seconds);
  const [count, unit] =
    size < 60
      ? [size, "second"]
      : size < 3600
        ? [Math.round(size / 60), "minute"]
        : size < 86400
          ? [Math.round(size / 3600), "hour"]
          : [Math.round(size / 86400), "day"];
  const words = `${count} ${unit}${count === 1 ? "" : "s"}`;
  return seconds >= 0 ? `${words} ago` : `in ${words}`;
}

/** The tokens of <!date^…> and of rich_text dates. */
export function dateTokens(pattern, ts, zone, now = new Date()) {
  const date = dateOf(ts);
  const in_ = (options) => format(zone, options).format(date);
  const relative = relativeDay(ts, zone, now);
  const long = () =>
    `${in_({ weekday: "long" })}, ${in_({ month: "long" })} ${ordinal(Number(in_({ day: "numeric" })))}, ${in_({ year: "numeric" })}`;
  const plain = () =>
    `${in_({ month: "long" })} ${ordinal(Number(in_({ day: "numeric" })))}, ${in_({ year: "numeric" })}`;
  const short = () => in_({ month: "short", day: "numeric", year: "numeric" });
  const tokens = {
    date_num: () => dayKey(ts, zone),
    date_slash: () => in_({ month: "2-digit", day: "2-digit", year: "numeric" }),
    date: plain,
    date_short: short,
    date_long: long,
    date_pretty: () => relative.toLowerCase() || plain(),
    date_short_pretty: () => relative.toLowerCase() || short(),
    date_long_pretty: () => relative.toLowerCase() || long(),
    date_long_full: long,
    day_divider_pretty: () => dayTitle(ts, zone, now),
    time: () => clock(ts, zone),
    time_secs: () => clockSeconds(ts, zone),
    ago: () => ago(ts, now),
  };
  const text = pattern.replace(/\{(\w+)\}/g, (whole, name) => tokens[name]?.() ?? whole);
  return text.charAt(0).toUpperCase() + text.slice(1);
}
