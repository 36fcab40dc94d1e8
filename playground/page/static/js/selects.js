/** Block Kit's selects as comboboxes: where their choices come from and what a choice means. */

import { avatar } from "./avatar.js";
import { combobox } from "./combobox.js";
import { icon } from "./dom.js";
import { flatten } from "./mrkdwn.js";
import { contentOf, stateOf } from "./state.js";

const plain = (object, names) => (object?.type === "mrkdwn" ? flatten(object.text, names) : (object?.text ?? ""));
const matches = (text, typed) => text.toLowerCase().includes(typed.toLowerCase());

/**
 * `use`: how the element is connected: {names, state, labels, change(state), options(typed)} (elements.js).
 */
export function select(element, use) {
  const many = element.type.startsWith("multi_");
  const kind = element.type.replace("multi_", "");
  const source = SOURCES[kind](element, use);
  const content = contentOf(use.state) ?? [];
  const chosen = (many ? content : [content].flat()).filter(Boolean).map(source.choice);
  return combobox({
    load: source.load,
    chosen,
    many,
    most: element.max_selected_items ?? Infinity,
    placeholder: element.placeholder?.text ?? (many ? "Select items" : "Select an option"),
    minTyped: kind === "external_select" ? (element.min_query_length ?? 3) : 0,
    remote: kind === "external_select",
    labels: use.labels,
    compact: !use.inInput,
    clearable: use.inInput && use.optional,
    face: source.face,
    onChange: (choices) => {
      const contents = choices.map(source.content);
      use.change(stateOf(element, many ? contents : (contents[0] ?? null)));
    },
  });
}

const SOURCES = {
  static_select: (element, use) => optionSource(use, async (typed) => groupsOf(element, use.names, typed)),
  external_select: (element, use) =>
    optionSource(use, async (typed) => groupsOf(await use.options(typed), use.names, "")),
  users_select: (element, use) =>
    idSource(
      (id) => use.names.called(id),
      () => use.people().map((user) => ({ key: user.id, text: user.display, note: user.title || `@${user.name}` })),
      (choice) => avatar(use.names.user(choice.key), 24),
    ),
  channels_select: (element, use) => channelSource(use, (channel) => channel.kind === "public"),
  conversations_select: (element, use) => channelSource(use, (channel) => allows(element.filter, channel, use.names)),
};

/** Choices that are Block Kit options; their key is the option's value. */
function optionSource(use, load) {
  const choice = (option) => ({
    key: option.value,
    text: plain(option.text, use.names),
    note: plain(option.description, use.names),
    option,
  });
  return { choice, content: (each) => each.option, load };
}

function groupsOf(offer, names, typed) {
  const choice = (option) => ({
    key: option.value,
    text: plain(option.text, names),
    note: plain(option.description, names),
    option,
  });
  const groups = offer.option_groups ?? [{ options: offer.options ?? [] }];
  return groups.map((group) => ({
    label: plain(group.label, names),
    choices: group.options.map(choice).filter((each) => matches(each.text, typed)),
  }));
}

/** Choices that are people or places, known by their id. */
function idSource(called, all, face) {
  return {
    choice: (id) => ({ key: id, text: called(id) }),
    content: (choice) => choice.key,
    load: async (typed) => [
      { choices: all().filter((choice) => matches(`${choice.text} ${choice.note ?? ""}`, typed)) },
    ],
    face,
  };
}

const FACES = { public: "hash", private: "lock", im: "person", mpim: "people" };

function channelSource(use, allowed) {
  const { names } = use;
  const called = (id) => (names.channel(id) ? names.title(names.channel(id)) : id);
  const all = () =>
    use
      .channels()
      .filter((channel) => !channel.is_archived && allowed(channel))
      .map((channel) => ({ key: channel.id, text: names.title(channel) }));
  return idSource(called, all, (choice) => icon(FACES[names.channel(choice.key)?.kind] ?? "hash", "option-face"));
}

function allows(filter, channel, names) {
  if (!filter) return true;
  if (filter.include && !filter.include.includes(channel.kind)) return false;
  return !(filter.exclude_bot_users && channel.kind === "im" && names.user(channel.user)?.is_bot);
}
