"""What may happen to a person's views: open, push, update, publish. Used by views.* and by answers to a submission alike."""

from dataclasses import replace
from typing import Any

from playground.slack.block_kit import block_ids_filled, check_view, is_too_large
from playground.slack.core import Core
from playground.slack.forms import carried
from playground.slack.limits import MODAL_DEPTH
from playground.slack.model import JsonObject, View
from playground.slack.refusals import Refusal, invalid_arguments


def checked(core: Core, body: Any, kind: str, *, replaces: str = "") -> JsonObject:
    """The view with block_ids filled in. Raises Refusal when Slack would not take it. `replaces` may keep its external_id."""
    if body is None:
        raise invalid_arguments("missing required field: view")
    if is_too_large(body):
        raise Refusal("view_too_large")
    found = check_view(body, kind)
    if found:
        raise invalid_arguments("failed to match all allowed schemas [json-pointer:/view]", *found)
    external_id = body.get("external_id")
    if external_id:
        for view in core.workspace.views():
            if view.id != replaces and view.body.get("external_id") == external_id:
                raise Refusal("duplicate_external_id")
    return {**body, "blocks": list(block_ids_filled(body["blocks"]))}


def open_modal(core: Core, user_id: str, body: Any, *, channel_id: str = "") -> View:
    """Opens a new root; one that was open before is gone. `channel_id`: where the person is."""
    view = _new(core, user_id, checked(core, body, "modal"), channel_id)
    view = replace(view, root_view_id=view.id)
    core.workspace.set_stack(user_id, (view,))
    return view


def push_modal(core: Core, user_id: str, body: Any) -> View:
    """On top of what the person has open, at most three deep."""
    filled = checked(core, body, "modal")
    stack = core.workspace.stack(user_id)
    if len(stack) >= MODAL_DEPTH:
        raise Refusal("push_limit_reached")
    top = stack[-1] if stack else None
    view = _new(core, user_id, filled, top.channel_id if top else "")
    view = replace(view, root_view_id=top.root_view_id if top else view.id, previous_view_id=top.id if top else "")
    core.workspace.set_stack(user_id, (*stack, view))
    return view


def update_modal(core: Core, view: View, body: Any, *, expected_hash: str = "") -> View:
    """Replaces an open view in place. What was typed stays where block_id and action_id stay."""
    if expected_hash and expected_hash != view.hash:
        raise Refusal("hash_conflict")
    filled = checked(core, body, view.kind, replaces=view.id)
    changed = replace(view, body=filled, hash=core.workspace.new_hash(), values=carried(view, filled), errors={})
    core.workspace.save_view(changed)
    return changed


def publish_home(core: Core, user_id: str, body: Any, *, expected_hash: str = "") -> View:
    known = core.workspace.home(user_id)
    if expected_hash and (known is None or expected_hash != known.hash):
        raise Refusal("hash_conflict")
    filled = checked(core, body, "home", replaces=known.id if known else "")
    if known is not None:
        view = replace(known, body=filled, hash=core.workspace.new_hash(), values=carried(known, filled))
    else:
        view = replace(_new(core, user_id, filled), kind="home")
        view = replace(view, root_view_id=view.id)
    core.workspace.set_home(view)
    return view


def close_top(core: Core, user_id: str) -> View | None:
    """The view on top goes; the one below it, if any, is shown again."""
    stack = core.workspace.stack(user_id)[:-1]
    core.workspace.set_stack(user_id, stack)
    return stack[-1] if stack else None


def _new(core: Core, user_id: str, body: JsonObject, channel_id: str = "") -> View:
    view = View(
        id=core.workspace.new_id("V"),
        user_id=user_id,
        kind="modal",
        body=body,
        hash=core.workspace.new_hash(),
        root_view_id="",
        channel_id=channel_id,
    )
    return replace(view, values=carried(view, body))
