"""A sandbox that begins with something: chosen and filled in by form, typed, and sent by a program."""

from typing import Any

import aiohttp

from playground.slack import View
from storage.db import Database
from tests.bot.http.conftest import Mint, Program
from tests.world import World


def fields(view: View) -> list[str]:
    return [str(block["block_id"]) for block in view.blocks if block["type"] == "input"]


async def chosen(world: World, view: View, template: str) -> View:
    """The form once somebody has chosen a template in it, and it asks for that one's parameters."""
    before = fields(view)
    choices = await world.ada.options(view, "value", template, block_id="template")
    assert [choice["value"] for choice in choices] == [template]
    await world.ada.fill(view, {"template": template})

    def asks_for_others() -> bool:
        return world.ada.view is not None and fields(world.ada.view) != before

    await world.until(asks_for_others, f"the form asks for what {template} needs")
    assert world.ada.view is not None
    return world.ada.view


def made(world: World, kind: str, name: str) -> dict[str, Any]:
    [namespace] = world.sandboxes()
    found = world.cluster.object(kind, name, namespace)
    assert found is not None
    return found


async def test_a_template_is_chosen_and_filled_in_by_form(bot: World) -> None:
    outcome = await bot.ada.slash("#platform", "/platform", "sandbox create template=postgres")
    assert outcome.view is not None
    assert [name for name in fields(outcome.view) if name.startswith("parameters")] == [
        "parameters.version",
        "parameters.database",
        "parameters.storage",
        "parameters.memory",
    ]
    view = await chosen(bot, outcome.view, "web")
    assert [name for name in fields(view) if name.startswith("parameters")] == [
        "parameters.image",
        "parameters.port",
        "parameters.replicas",
        "parameters.public",
        "parameters.root",
    ]
    refused = await bot.ada.submit(view, {"name": "shop", "parameters.image": "no such image!"})
    assert refused.action == "errors"
    assert refused.errors == {"parameters.image": "Must look like nginxinc/nginx-unprivileged:stable"}

    assert refused.view is not None
    accepted = await bot.ada.submit(refused.view, {"parameters.image": "nginx:1", "parameters.replicas": "2"})
    assert accepted.action == "closed", accepted.errors

    def stands() -> bool:
        return len(bot.sandboxes()) == 1 and bot.cluster.object("Ingress", "web", bot.sandboxes()[0]) is not None

    await bot.until(stands, "what the template says is there")
    web = made(bot, "Deployment", "web")
    assert web["spec"]["replicas"] == 2
    assert web["spec"]["template"]["spec"]["containers"][0]["image"] == "nginx:1"


async def test_a_template_is_typed(bot: World) -> None:
    outcome = await bot.ada.slash(
        "#platform", "/platform", "sandbox create shop template=web parameters.replicas=9 parameters.colour=red"
    )
    assert "parameters.replicas must be at most 5" in outcome.text
    assert "parameters.colour is no parameter of the template web" in outcome.text
    await bot.ada.slash("#platform", "/platform", 'sandbox create shop template=web parameters="replicas=3 public=no"')
    await bot.message("shop", "is ready")
    assert made(bot, "Deployment", "web")["spec"]["replicas"] == 3
    assert bot.cluster.object("Ingress", "web", bot.sandboxes()[0]) is None


async def test_a_program_sends_an_object_and_is_told_what_is_wrong_with_which(world: World, database: Database) -> None:
    app = await world.start_bot()
    assert app.port is not None
    token = await Mint(world, database).token("ada")
    async with aiohttp.ClientSession() as session:
        program = Program(session, app.port, token)
        wrong = {"name": "shop", "template": "redis", "parameters": {"version": "71", "persistent": True}}
        answer = await program.post("sandbox create", wrong)
        assert answer.status == 422
        assert [each["name"] for each in answer.json["errors"]] == ["parameters.version"]
        right = {"name": "shop", "template": "redis", "parameters": {"version": "7", "persistent": True}}
        assert (await program.post("sandbox create", right)).status == 200
        await world.message("shop", "is ready", channel=_direct(world))
    container = made(world, "Deployment", "redis")["spec"]["template"]["spec"]["containers"][0]
    assert container["image"] == "redis:7"
    assert made(world, "PersistentVolumeClaim", "redis")["spec"]["resources"]["requests"]["storage"] == "1Gi"


async def test_the_templates_are_listed_and_one_is_begun_from_the_list(bot: World) -> None:
    await bot.ada.slash("#platform", "/platform", "sandbox templates")
    listed = await bot.message("4 templates for sandboxes")
    words = str(listed.blocks)
    assert "A PostgreSQL server" in words
    assert "`replicas` (whole number, at least 1, at most 5, default 1)" in words
    assert "`password` (made for you)" in words
    [button] = [
        block["accessory"]
        for block in listed.blocks
        if block.get("accessory") and "redis" in block["accessory"].get("value", "")
    ]
    await bot.ada.click(listed, button["action_id"])
    assert bot.ada.view is not None
    assert "parameters.persistent" in fields(bot.ada.view)


def _direct(world: World) -> str:
    return world.slack.workspace.open_direct(world.ada.user_id, world.slack.workspace.user("platform").id).id
