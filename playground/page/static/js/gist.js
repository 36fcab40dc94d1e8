/** The one thing about an exchange worth a glance: which command, which button, which channel. Pure. */

export function gist(exchange, names) {
  const { request = {}, name, way } = exchange;
  const body = request.payload ?? request;
  const actions = (body.actions ?? []).map((action) => action.action_id);
  const parts = {
    slash_commands: () => [body.command, body.text],
    block_actions: () => actions,
    block_suggestion: () => [body.action_id, body.value],
    view_submission: () => [body.view?.callback_id],
    view_closed: () => [body.view?.callback_id],
    shortcut: () => [body.callback_id],
    message_action: () => [body.callback_id],
  };
  const found =
    way === "delivery" && parts[name]
      ? parts[name]()
      : [place(body, names), viewOf(body), body.event?.text ?? body.text ?? body.name];
  return found.filter((part) => typeof part === "string" && part).join(" ");
}

function place(body, names) {
  const id = body.event?.channel ?? body.channel ?? body.event?.user ?? body.user_id;
  const channel = typeof id === "string" ? names.channel(id) : null;
  if (channel) return channel.name ? `#${channel.name}` : `@${names.title(channel)}`;
  return names.user(id) ? `@${names.user(id).name}` : id;
}

function viewOf(body) {
  if (!body.view) return "";
  const view = typeof body.view === "string" ? parsed(body.view) : body.view;
  return view.callback_id || view.title?.text || view.type || "";
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
