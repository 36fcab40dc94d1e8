/**
 * The emoji names the playground knows, as the characters they stand for. An unknown name stays :as_typed:.
 * Those a platform says most are also drawn (emoji.svg), so that a state is seen where no emoji font is installed.
 */

const NAMES = {
  "+1": "👍", thumbsup: "👍", "-1": "👎", thumbsdown: "👎", wave: "👋", clap: "👏", pray: "🙏", muscle: "💪", raised_hands: "🙌", ok_hand: "👌",
  eyes: "👀", point_right: "👉", point_left: "👈", point_up: "☝️", point_down: "👇", raised_hand: "✋", handshake: "🤝", writing_hand: "✍️",
  smile: "😄", smiley: "😃", grinning: "😀", slightly_smiling_face: "🙂", wink: "😉", joy: "😂", heart_eyes: "😍", thinking_face: "🤔", sweat_smile: "😅",
  sob: "😭", cry: "😢", scream: "😱", sunglasses: "😎", sleeping: "😴", exploding_head: "🤯", partying_face: "🥳", robot_face: "🤖", ghost: "👻",
  heart: "❤️", broken_heart: "💔", sparkles: "✨", star: "⭐", star2: "🌟", fire: "🔥", boom: "💥", zap: "⚡", tada: "🎉", rocket: "🚀", "100": "💯",
  white_check_mark: "✅", heavy_check_mark: "✔️", ballot_box_with_check: "☑️", x: "❌", negative_squared_cross_mark: "❎", warning: "⚠️", no_entry: "⛔",
  no_entry_sign: "🚫", octagonal_sign: "🛑", exclamation: "❗", heavy_exclamation_mark: "❗", grey_exclamation: "❕", question: "❓", grey_question: "❔",
  bangbang: "‼️", information_source: "ℹ️", rotating_light: "🚨", bell: "🔔", no_bell: "🔕", loudspeaker: "📢", mega: "📣", mute: "🔇", sos: "🆘",
  red_circle: "🔴", large_orange_circle: "🟠", large_yellow_circle: "🟡", large_green_circle: "🟢", large_blue_circle: "🔵", large_purple_circle: "🟣",
  black_circle: "⚫", white_circle: "⚪", large_red_square: "🟥", large_orange_square: "🟧", large_yellow_square: "🟨", large_green_square: "🟩",
  large_blue_square: "🟦", small_red_triangle: "🔺", small_red_triangle_down: "🔻", small_blue_diamond: "🔹", small_orange_diamond: "🔸", black_small_square: "▪️", white_small_square: "▫️",
  hourglass: "⌛", hourglass_flowing_sand: "⏳", stopwatch: "⏱️", alarm_clock: "⏰", timer_clock: "⏲️", clock1: "🕐", clock3: "🕒", clock9: "🕘", calendar: "📆", date: "📅", spiral_calendar_pad: "🗓️",
  arrow_right: "➡️", arrow_left: "⬅️", arrow_up: "⬆️", arrow_down: "⬇️", arrow_upper_right: "↗️", arrow_lower_right: "↘️", arrows_counterclockwise: "🔄", repeat: "🔁",
  arrow_forward: "▶️", double_vertical_bar: "⏸️", black_square_for_stop: "⏹️", heavy_plus_sign: "➕", heavy_minus_sign: "➖", heavy_multiplication_x: "✖️",
  chart_with_upwards_trend: "📈", chart_with_downwards_trend: "📉", bar_chart: "📊", moneybag: "💰", money_with_wings: "💸", dollar: "💵", credit_card: "💳", receipt: "🧾",
  lock: "🔒", unlock: "🔓", key: "🔑", shield: "🛡️", closed_lock_with_key: "🔐", link: "🔗", pushpin: "📌", paperclip: "📎", bookmark: "🔖", label: "🏷️", clipboard: "📋",
  memo: "📝", pencil: "📝", pencil2: "✏️", page_facing_up: "📄", file_folder: "📁", open_file_folder: "📂", books: "📚", book: "📖", newspaper: "📰", scroll: "📜", wastebasket: "🗑️",
  computer: "💻", desktop_computer: "🖥️", keyboard: "⌨️", floppy_disk: "💾", cd: "💿", electric_plug: "🔌", battery: "🔋", satellite: "🛰️", globe_with_meridians: "🌐", telephone_receiver: "📞", iphone: "📱", pager: "📟", email: "✉️", inbox_tray: "📥", outbox_tray: "📤", package: "📦",
  gear: "⚙️", wrench: "🔧", hammer: "🔨", hammer_and_wrench: "🛠️", nut_and_bolt: "🔩", toolbox: "🧰", microscope: "🔬", telescope: "🔭", mag: "🔍", mag_right: "🔎", bulb: "💡", construction: "🚧", bug: "🐛", test_tube: "🧪", dna: "🧬", firecracker: "🧨", fire_engine: "🚒", fire_extinguisher: "🧯", ambulance: "🚑", adhesive_bandage: "🩹", pill: "💊", hospital: "🏥",
  sun: "☀️", sunny: "☀️", cloud: "☁️", rain_cloud: "🌧️", snowflake: "❄️", rainbow: "🌈", ocean: "🌊", crescent_moon: "🌙", seedling: "🌱", evergreen_tree: "🌲", herb: "🌿", beach_with_umbrella: "🏖️", island: "🏝️", desert_island: "🏝️", snake: "🐍", whale: "🐳", penguin: "🐧", elephant: "🐘", turtle: "🐢",
  coffee: "☕", beer: "🍺", pizza: "🍕", cake: "🍰", trophy: "🏆", medal: "🏅", first_place_medal: "🥇", dart: "🎯", checkered_flag: "🏁", triangular_flag_on_post: "🚩", ticket: "🎫", dash: "💨", zzz: "💤", speech_balloon: "💬", thought_balloon: "💭", mailbox: "📫", busts_in_silhouette: "👥", bust_in_silhouette: "👤", technologist: "🧑‍💻", firefighter: "🧑‍🚒", wheel_of_dharma: "☸️", construction_worker: "👷", vertical_traffic_light: "🚦", traffic_light: "🚥", bricks: "🧱", house: "🏠", office: "🏢", factory: "🏭", door: "🚪", broom: "🧹", recycle: "♻️", infinity: "♾️", one: "1️⃣", two: "2️⃣", three: "3️⃣", four: "4️⃣", five: "5️⃣", zero: "0️⃣", white_large_square: "⬜", black_large_square: "⬛", new: "🆕", up: "🆙", ok: "🆗", free: "🆓", soon: "🔜", end: "🔚", back: "🔙", on: "🔛", top: "🔝",
};

// In the order of emoji.svg, which names them the same.
const DRAWN = [
  "red_circle", "large_orange_circle", "large_yellow_circle", "large_green_circle", "large_blue_circle", "large_purple_circle", "black_circle", "white_circle",
  "large_red_square", "large_orange_square", "large_yellow_square", "large_green_square", "large_blue_square", "white_large_square", "black_large_square",
  "white_check_mark", "heavy_check_mark", "ballot_box_with_check", "x", "warning", "no_entry", "no_entry_sign", "octagonal_sign", "exclamation", "question",
  "information_source", "hourglass_flowing_sand", "hourglass", "rotating_light", "bell", "no_bell", "lock", "unlock", "key", "wastebasket", "construction", "boom",
  "rocket", "tada", "fire", "eyes", "thumbsup", "thumbsdown", "heart", "star", "sparkles", "gear", "mag", "bulb", "memo", "clipboard",
  "chart_with_upwards_trend", "chart_with_downwards_trend", "bar_chart", "moneybag", "package", "arrows_counterclockwise", "slightly_smiling_face", "smile",
  "thinking_face",
];
const DRAWING = new Map(DRAWN.map((name) => [NAMES[name], name]));

const TONE = /::skin-tone-[2-6]$/;

/** The character for a name without colons, or null when it is not known. */
export function emojiFor(name) {
  const bare = name.replace(TONE, "");
  return Object.hasOwn(NAMES, bare) ? NAMES[bare] : null;
}

/** The symbol of emoji.svg that shows this character, or null: then the font does. */
export const drawingOf = (character) => DRAWING.get(character) ?? null;

/** Offered first when somebody reacts. */
export const QUICK_REACTIONS = ["+1", "eyes", "white_check_mark", "tada", "heart", "fire", "x", "rotating_light"];

/** All names; those that are drawn come first. */
export const emojiNames = () => [...new Set([...DRAWN, ...Object.keys(NAMES)])];
