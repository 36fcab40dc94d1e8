"""users.* and usergroups.*: who is there. Nobody is invited to or removed from the workspace here."""

from dataclasses import replace

from playground.slack.methods.call import Call, Method, page
from playground.slack.model import JsonObject, UserGroup
from playground.slack.refusals import Refusal


def methods() -> tuple[Method, ...]:
    return (
        Method("users.info", info, 4, ("users:read",), json=False),
        Method("users.list", list_, 2, ("users:read",), json=False),
        Method("users.lookupByEmail", lookup_by_email, 3, ("users:read.email",), json=False),
        Method("users.profile.get", profile_get, 4, ("users.profile:read",), json=False),
        Method("users.getPresence", get_presence, 3, ("users:read",), json=False),
        Method("usergroups.list", usergroups_list, 2, ("usergroups:read",), json=False),
        Method("usergroups.users.list", usergroups_users_list, 2, ("usergroups:read",), json=False),
        Method("usergroups.create", usergroups_create, 2, ("usergroups:write",)),
        Method("usergroups.update", usergroups_update, 2, ("usergroups:write",)),
        Method("usergroups.users.update", usergroups_users_update, 2, ("usergroups:write",)),
        Method("usergroups.enable", usergroups_enable, 2, ("usergroups:write",)),
        Method("usergroups.disable", usergroups_disable, 2, ("usergroups:write",)),
    )


def _sees_email(call: Call) -> bool:
    return "users:read.email" in call.core.manifest.scopes


def info(call: Call) -> JsonObject:
    user = call.user()
    shown = user.user_json(with_email=_sees_email(call))
    if call.flag("include_locale"):
        shown["locale"] = user.locale
    return {"ok": True, "user": shown}


def list_(call: Call) -> JsonObject:
    users, following = page(call, list(call.core.workspace.users.values()), default=1000)
    return {
        "ok": True,
        "members": [user.user_json(with_email=_sees_email(call)) for user in users],
        "cache_ts": int(call.core.workspace.now().timestamp()),
        "response_metadata": {"next_cursor": following},
    }


def lookup_by_email(call: Call) -> JsonObject:
    wanted = call.required("email").lower()
    for user in call.core.workspace.users.values():
        if user.email and user.email.lower() == wanted and not user.deleted:
            return {"ok": True, "user": user.user_json(with_email=True)}
    raise Refusal("users_not_found")


def profile_get(call: Call) -> JsonObject:
    user_id = call.text("user") or call.core.bot_user_id
    user = call.core.workspace.users.get(user_id)
    if user is None:
        raise Refusal("user_not_found")
    return {"ok": True, "profile": user.profile_json(with_email=_sees_email(call))}


def get_presence(call: Call) -> JsonObject:
    call.user()
    return {"ok": True, "presence": "active"}


# --- user groups


def _group(call: Call) -> UserGroup:
    group = call.core.workspace.usergroups.get(call.required("usergroup"))
    if group is None:
        raise Refusal("no_such_subteam")
    return group


def usergroups_list(call: Call) -> JsonObject:
    groups = [
        group
        for group in call.core.workspace.usergroups.values()
        if call.flag("include_disabled") or not group.disabled
    ]
    with_users = call.flag("include_users")
    return {"ok": True, "usergroups": [group.usergroup_json(with_users=with_users) for group in groups]}


def usergroups_users_list(call: Call) -> JsonObject:
    return {"ok": True, "users": list(_group(call).users)}


def usergroups_create(call: Call) -> JsonObject:
    name = call.required("name")
    handle = call.text("handle") or name.lower().replace(" ", "-")
    groups = call.core.workspace.usergroups.values()
    if any(group.name == name for group in groups):
        raise Refusal("name_already_exists")
    if any(group.handle == handle for group in groups):
        raise Refusal("handle_already_exists")
    group = call.core.workspace.add_usergroup(handle, name)
    group = _save(call, replace(group, description=call.text("description")))
    return {"ok": True, "usergroup": group.usergroup_json(with_users=False)}


def usergroups_update(call: Call) -> JsonObject:
    group = _group(call)
    group = _save(
        call,
        replace(
            group,
            name=call.text("name", group.name),
            handle=call.text("handle", group.handle),
            description=call.text("description", group.description),
        ),
    )
    return {"ok": True, "usergroup": group.usergroup_json(with_users=False)}


def usergroups_users_update(call: Call) -> JsonObject:
    """Replaces all members; an empty list is refused, as Slack does."""
    group = _group(call)
    ids = call.ids("users")
    if not ids:
        raise Refusal("no_users_provided")
    for user_id in ids:
        user = call.core.workspace.users.get(user_id)
        if user is None or user.deleted or user.is_bot:
            raise Refusal("invalid_users")
    group = _save(call, replace(group, users=ids))
    return {"ok": True, "usergroup": group.usergroup_json(with_users=True)}


def usergroups_enable(call: Call) -> JsonObject:
    group = _save(call, replace(_group(call), disabled=False))
    return {"ok": True, "usergroup": group.usergroup_json(with_users=False)}


def usergroups_disable(call: Call) -> JsonObject:
    group = _save(call, replace(_group(call), disabled=True))
    return {"ok": True, "usergroup": group.usergroup_json(with_users=False)}


def _save(call: Call, group: UserGroup) -> UserGroup:
    return call.core.workspace.save_usergroup(group)
