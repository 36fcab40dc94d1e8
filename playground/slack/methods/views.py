"""views.*: what an app asks for; what then happens to the person's views is modals.py."""

from playground.slack import modals
from playground.slack.methods.call import Call, Method
from playground.slack.model import JsonObject, View
from playground.slack.refusals import Refusal, invalid_arguments


def methods() -> tuple[Method, ...]:
    return (
        Method("views.open", open_, 4),
        Method("views.push", push, 4),
        Method("views.update", update, 4),
        Method("views.publish", publish, 4),
    )


def open_(call: Call) -> JsonObject:
    trigger_id = _trigger_id(call)
    view = call.json("view")
    modals.checked(call.core, view, "modal")
    trigger = call.core.exchange_trigger(trigger_id)
    return _answer(call, modals.open_modal(call.core, trigger.user_id, view, channel_id=trigger.channel_id))


def push(call: Call) -> JsonObject:
    trigger_id = _trigger_id(call)
    view = call.json("view")
    modals.checked(call.core, view, "modal")
    trigger = call.core.exchange_trigger(trigger_id)
    stack = call.core.workspace.stack(trigger.user_id)
    if not trigger.view_id or all(open_view.id != trigger.view_id for open_view in stack):
        # Only what happens inside an open modal gives a trigger to push with.
        raise Refusal("not_found")
    return _answer(call, modals.push_modal(call.core, trigger.user_id, view))


def update(call: Call) -> JsonObject:
    view_id, external_id = call.text("view_id"), call.text("external_id")
    if not view_id and not external_id:
        raise invalid_arguments("missing required field: view_id")
    known = next(
        (
            view
            for view in call.core.workspace.views()
            if (view.id == view_id if view_id else view.body.get("external_id") == external_id)
        ),
        None,
    )
    body = call.json("view")
    modals.checked(call.core, body, known.kind if known else "modal", replaces=known.id if known else "")
    if known is None:
        raise Refusal("not_found")
    return _answer(call, modals.update_modal(call.core, known, body, expected_hash=call.text("hash")))


def publish(call: Call) -> JsonObject:
    if not call.core.manifest.home_tab:
        raise Refusal("not_enabled")
    user = call.core.workspace.users.get(call.required("user_id"))
    if user is None or user.is_bot:
        raise invalid_arguments("invalid `user_id` [json-pointer:/user_id]")
    view = modals.publish_home(call.core, user.id, call.json("view"), expected_hash=call.text("hash"))
    return _answer(call, view)


def _trigger_id(call: Call) -> str:
    return call.text("interactivity_pointer") or call.required("trigger_id")


def _answer(call: Call, view: View) -> JsonObject:
    workspace = call.core.workspace
    shown = view.view_json(workspace.app_id, workspace.bot_id, workspace.team.id)
    # What a person has typed is on their screen only, until a payload carries it.
    return {"ok": True, "view": {**shown, "state": {"values": {}}}}
