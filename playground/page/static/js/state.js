/**
 * The state of one input in Slack's own shape ({type, value | selected_option | selected_date …}): what it starts with, what
 * it says in plain values when sent, whether it is empty. Pure.
 */

const OPTION_LISTS = new Set(["multi_static_select", "multi_external_select", "checkboxes"]);
const OPTIONS = new Set(["static_select", "external_select", "radio_buttons", "overflow"]);
const ID_FIELDS = {
  users_select: ["selected_user", "initial_user"],
  channels_select: ["selected_channel", "initial_channel"],
  conversations_select: ["selected_conversation", "initial_conversation"],
  multi_users_select: ["selected_users", "initial_users"],
  multi_channels_select: ["selected_channels", "initial_channels"],
  multi_conversations_select: ["selected_conversations", "initial_conversations"],
  datepicker: ["selected_date", "initial_date"],
  timepicker: ["selected_time", "initial_time"],
  datetimepicker: ["selected_date_time", "initial_date_time"],
  file_input: ["files", ""],
};

/** [field of the state, field of the element it starts from, whether a list]. */
function fields(type) {
  if (OPTION_LISTS.has(type)) return ["selected_options", "initial_options", true];
  if (OPTIONS.has(type)) return ["selected_option", "initial_option", false];
  if (type in ID_FIELDS) return [...ID_FIELDS[type], type.startsWith("multi_") || type === "file_input"];
  return ["value", "initial_value", false];
}

export function initialState(element) {
  const [field, initial, many] = fields(element.type);
  return { type: element.type, [field]: element[initial] ?? (many ? [] : null) };
}

export const stateOf = (element, content) => ({ type: element.type, [fields(element.type)[0]]: content });

export const contentOf = (state) => state[fields(state.type)[0]] ?? null;

/** As the playground wants it: a text, an option's value, an id, a date, or a list of those; null when empty. */
export function plainValue(state) {
  const content = contentOf(state);
  if (content === null || content === "") return null;
  if (state.type.includes("external_select")) return content; // the server knows these options only by what was offered
  if (OPTIONS.has(state.type)) return content.value;
  if (OPTION_LISTS.has(state.type)) return content.map((option) => option.value);
  return content;
}

export function isEmpty(state) {
  const plain = plainValue(state);
  return plain === null || (Array.isArray(plain) && plain.length === 0) || (typeof plain === "string" && !plain.trim());
}
