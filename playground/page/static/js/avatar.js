/** Faces without pictures: initials on a colour that always belongs to the same person, and a mark for apps. */

const SVG = "http://www.w3.org/2000/svg";
const HUES = 10;

function shape(tag, attributes, text) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text) element.textContent = text;
  return element;
}

function hueOf(id) {
  let sum = 7;
  for (const character of id) sum = (sum * 31 + character.codePointAt(0)) % 9973;
  return sum % HUES;
}

function initials(name) {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words;
  return letters.map((word) => [...word][0].toUpperCase()).join("") || "?";
}

/** `user`: {id, name, real_name, is_bot}; size in pixels. Decorative: the name stands beside it. */
export function avatar(user, size = 36) {
  const svg = shape("svg", { class: "avatar", viewBox: "0 0 36 36", width: size, height: size, "aria-hidden": "true" });
  if (user?.name === "slackbot") drawSlackbot(svg);
  else if (user?.is_bot) drawApp(svg);
  else drawPerson(svg, user);
  return svg;
}

function drawPerson(svg, user) {
  const key = user?.name ?? "?";
  svg.append(shape("rect", { width: 36, height: 36, rx: 8, class: `hue-${hueOf(key)}` }));
  svg.append(shape("text", { x: 18, y: 18, class: "avatar-letters" }, initials(user?.real_name || key)));
}

/** The playground's own bolt: Slackbot speaks for Slack, which here is the playground. */
function drawSlackbot(svg) {
  svg.append(shape("rect", { width: 36, height: 36, rx: 8, class: "avatar-slackbot" }));
  svg.append(shape("path", { d: "M20 7 10 20.5h7L15.5 29 26 15.5h-7z", class: "avatar-bolt" }));
}

/** Three stacked plates: a platform. */
function drawApp(svg) {
  svg.append(shape("rect", { width: 36, height: 36, rx: 8, class: "avatar-app" }));
  svg.append(shape("path", { d: "M18 8.5 28 13.5 18 18.5 8 13.5z", class: "avatar-app-top" }));
  svg.append(shape("path", { d: "M8.5 18 18 22.75 27.5 18", class: "avatar-app-plate" }));
  svg.append(shape("path", { d: "M8.5 22.5 18 27.25 27.5 22.5", class: "avatar-app-plate" }));
}
