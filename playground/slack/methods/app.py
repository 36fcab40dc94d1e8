"""auth.test, api.test, team.info, bots.info and apps.connections.open: the app about itself and its workspace."""

from playground.slack.methods.call import Call, Method
from playground.slack.model import JsonObject
from playground.slack.refusals import Refusal


def methods() -> tuple[Method, ...]:
    return (
        Method("auth.test", auth_test, 5),
        Method("api.test", api_test, 4),
        Method("team.info", team_info, 3, ("team:read",), json=False),
        Method("bots.info", bots_info, 3, ("users:read",), json=False),
        Method("apps.connections.open", connections_open, 1, token="app"),  # noqa: S106
    )


def auth_test(call: Call) -> JsonObject:
    workspace = call.core.workspace
    bot = workspace.users[workspace.bot_user_id]
    return {
        "ok": True,
        "url": f"https://{workspace.team.domain}.slack.com/",
        "team": workspace.team.name,
        "user": bot.name,
        "team_id": workspace.team.id,
        "user_id": bot.id,
        "bot_id": workspace.bot_id,
        "is_enterprise_install": False,
    }


def api_test(call: Call) -> JsonObject:
    error = call.text("error")
    if error:
        raise Refusal(error, args=call.arguments)
    return {"ok": True, "args": call.arguments}


def team_info(call: Call) -> JsonObject:
    return {"ok": True, "team": call.core.workspace.team.team_json()}


def bots_info(call: Call) -> JsonObject:
    workspace = call.core.workspace
    wanted = call.text("bot")
    if wanted != workspace.bot_id:
        raise Refusal("bot_not_found")
    bot = workspace.users[workspace.bot_user_id]
    return {
        "ok": True,
        "bot": {
            "id": workspace.bot_id,
            "deleted": False,
            "name": bot.name,
            "app_id": workspace.app_id,
            "user_id": bot.id,
            "icons": {},
        },
    }


def connections_open(call: Call) -> JsonObject:
    if not call.core.manifest.socket_mode:
        raise Refusal("socket_mode_not_enabled")
    ticket = call.core.issue_ticket()
    base = call.core.base_url.replace("http://", "ws://", 1)
    return {"ok": True, "url": f"{base}/link/?ticket={ticket}&app_id={call.core.workspace.app_id}"}
