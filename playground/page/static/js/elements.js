/**
 * One interactive element of Block Kit -> its control, connected to the surface it stands on.
 *
 * A surface is what holds blocks: a message, a modal, the App Home. It offers
 * {names, people(), channels(), state(block, element), keep(block, element, state), act(block, element, state),
 *  options(block, element, typed)}; keep() remembers an input, act() tells the app.
 */

import { button } from "./buttons.js";
import { askConfirm } from "./confirm.js";
import { h } from "./dom.js";
import { addressField, fileField, numberField, textField } from "./fields.js";
import { checkboxes, dateTimePicker, datePicker, overflow, radioButtons, timePicker } from "./pickers.js";
import { select } from "./selects.js";

const CONTROLS = {
  button,
  workflow_button: button,
  overflow,
  static_select: select,
  external_select: select,
  users_select: select,
  channels_select: select,
  conversations_select: select,
  multi_static_select: select,
  multi_external_select: select,
  multi_users_select: select,
  multi_channels_select: select,
  multi_conversations_select: select,
  radio_buttons: radioButtons,
  checkboxes,
  datepicker: datePicker,
  timepicker: timePicker,
  datetimepicker: dateTimePicker,
  plain_text_input: textField,
  number_input: numberField,
  email_text_input: addressField,
  url_text_input: addressField,
  file_input: fileField,
};

/** `labels`: aria attributes that name the control (an input's label, hint and error). */
export function control(element, block, surface, labels = null) {
  const build = CONTROLS[element.type];
  if (!build) return h("span", { class: "unsupported" }, `The playground cannot show “${element.type}”.`);
  const node = build(element, connect(element, block, surface, labels));
  node.dataset.action = element.action_id ?? "";
  return node;
}

function connect(element, block, surface, labels) {
  const inInput = block.type === "input";
  const dispatches = !inInput || Boolean(block.dispatch_action);

  /** `onSending` is called when nothing stands in the way any more. */
  async function act(state, onSending = () => {}) {
    const asks = Boolean(element.confirm);
    if (asks && !(await askConfirm(element.confirm, surface.names))) return { ok: true };
    onSending();
    return surface.act(block, element, state, { confirmed: asks });
  }

  return {
    inInput,
    dispatches,
    optional: Boolean(block.optional),
    names: surface.names,
    people: surface.people,
    channels: surface.channels,
    labels: labels ?? { "aria-label": element.placeholder?.text ?? element.action_id },
    state: surface.state(block, element),
    change(state, { dispatch = true } = {}) {
      surface.keep(block, element, state);
      if (dispatches && dispatch) act(state);
    },
    press: (onSending) => act(null, onSending),
    options: (typed) => surface.options(block, element, typed),
  };
}
