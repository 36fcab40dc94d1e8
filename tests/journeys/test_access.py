"""From `sandbox access` to `kubectl get pods`: the kubeconfig out of the form that shows it, until somebody revokes it."""

import html
import shutil
from pathlib import Path

import aiohttp
import pytest
import yaml
from sqlalchemy import select
from sqlmodel import col

from integrations.kubernetes import Cluster, CredentialsRefused, reference_of
from playground.slack import Person
from playground.slack.model import View
from storage.audit import AuditRow
from storage.calls import CallRow
from storage.db import Database
from tests.bot.http.conftest import Mint, Program
from tests.playground.cluster.test_kubectl import Kubectl
from tests.world import World

POD = reference_of("v1", "Pod")
FENCE = "```"


async def a_sandbox(world: World) -> str:
    """One of Ada's with a pod in it: its namespace."""
    await world.ada.slash("#platform", "/platform", "sandbox create checkout")
    await world.message("checkout", "is ready")
    [namespace] = world.sandboxes()
    await world.until(lambda: world.cluster.object("ServiceAccount", "default", namespace), "pods can be made")
    metadata, made = {"name": "web-1", "namespace": namespace}, {"name": "app", "image": "registry.k8s.io/pause:3.10"}
    world.cluster.put({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [made]}})
    return namespace


async def ask(world: World, name: str = "ada") -> str:
    """What the form shows in the end, whole."""
    person = world.slack.person(name)
    asked = await person.slash("#platform", "/platform", "sandbox access checkout")
    assert asked.view is not None, asked.text
    chosen = {"text": {"type": "plain_text", "text": "checkout"}, "value": "checkout"}
    await submit(world, person, asked.view, {"sandbox": chosen})

    def text() -> str:
        view = person.view
        return _text(view) if view is not None else ""

    await world.until(lambda: text() and "Working on it" not in text(), "the form shows what came of it")
    found = text()
    if person.view is not None:
        await person.close(person.view)
    return found


async def submit(world: World, person: Person, view: View, values: dict[str, object]) -> None:
    """Submits it again while a busy machine is too slow to say who somebody is: then nothing was done."""

    async def taken() -> bool:
        outcome = await person.submit(view, values)
        assert not outcome.errors or "not available" in str(outcome.errors) or "again" in str(outcome.errors)
        return not outcome.errors

    await world.eventually(taken, "the form is taken")


async def given_anew(world: World) -> str:
    """What the form shows once what was given out before has ended; until then it says to ask again."""
    shown: list[str] = []

    async def given() -> bool:
        shown.append(await ask(world))
        assert FENCE in shown[-1] or "Ask again" in shown[-1], shown[-1]
        return FENCE in shown[-1]

    await world.eventually(given, "access is given anew")
    return shown[-1]


def _text(view: View) -> str:
    return "\n".join(str((block.get("text") or {}).get("text", "")) for block in view.blocks)


def kubeconfig_of(shown: str) -> str:
    """What somebody copies: all code blocks but the last, which holds the commands to type."""
    parts = [each.strip("\n") for each in shown.split(FENCE)[1::2]]
    assert "export KUBECONFIG" in parts[-1]
    return html.unescape("\n".join(parts[:-1])) + "\n"


async def lets_in(world: World, kubeconfig: str, folder: Path) -> bool:
    path = folder / "somebodys"
    path.write_text(kubeconfig)
    namespace = yaml.safe_load(kubeconfig)["contexts"][0]["context"]["namespace"]
    async with Cluster(kubeconfig=str(path)) as user:
        try:
            return bool([item async for item in user.list(POD, namespace)])
        except CredentialsRefused:
            return False


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
async def test_kubectl_works_with_the_kubeconfig_that_the_form_shows_and_not_after_it_is_revoked(
    bot: World, tmp_path: Path
) -> None:
    namespace = await a_sandbox(bot)
    path = tmp_path / "config"
    path.write_text(kubeconfig_of(await ask(bot)))
    kubectl = Kubectl(path, tmp_path / "cache")
    assert "web-1" in await kubectl("get", "pods")
    assert "forbidden" in (await kubectl.refused("delete", "resourcequota", "--all")).lower()
    assert "forbidden" in (await kubectl.refused("get", "pods", "--namespace=kube-system")).lower()
    await kubectl("create", "configmap", "mine", "--from-literal=a=b")
    assert bot.cluster.object("ConfigMap", "mine", namespace) is not None

    await bot.ada.slash("#platform", "/platform", "sandbox revoke checkout")
    await bot.until(lambda: not bot.cluster.object("Secret", "sandbox-access", namespace), "access is revoked")
    assert "logged in" in await kubectl.refused("get", "pods")

    path.write_text(kubeconfig_of(await given_anew(bot)))
    assert "web-1" in await Kubectl(path, tmp_path / "again")("get", "pods")


async def test_a_kubeconfig_is_in_no_message_row_or_answer_and_only_its_owner_gets_one(
    bot: World, database: Database, tmp_path: Path
) -> None:
    await a_sandbox(bot)
    shown = kubeconfig_of(await ask(bot))
    assert await lets_in(bot, shown, tmp_path)
    token = yaml.safe_load(shown)["users"][0]["user"]["token"]
    async with database.reading() as session:
        [call] = (await session.execute(select(CallRow).where(col(CallRow.command) == "sandbox.access"))).scalars()
        [entry] = (
            await session.execute(select(AuditRow).where(col(AuditRow.action) == "sandbox.access_given"))
        ).scalars()
    assert (call.state, call.result) == ("done", None)
    assert token not in repr(entry)
    for channel_id in bot.slack.workspace.channels:
        assert not [each for each in bot.slack.workspace.messages(channel_id) if token in repr(each)]
    assert "only its owner and those it is shared with" in await ask(bot, "grace")

    await bot.ada.slash("#platform", "/platform", f"sandbox share checkout <@{bot.slack.person('grace').user_id}>")
    await bot.message("checkout", "is shared with")
    theirs = kubeconfig_of(await ask(bot, "grace"))
    assert await lets_in(bot, theirs, tmp_path)


async def test_a_mention_says_where_and_its_button_opens_the_form(bot: World) -> None:
    await a_sandbox(bot)
    said = await bot.ada.say("#platform", "@platform sandbox access checkout")

    def answers() -> list[object]:
        return [each for each in bot.ada.sees("#platform", thread_ts=said.ts) if each.bot_id]

    await bot.until(answers, "the mention is answered")
    answer = [each for each in bot.ada.sees("#platform", thread_ts=said.ts) if each.bot_id][-1]
    assert "a form shows it, to you alone" in answer.text
    await bot.ada.press(answer, "Fill in the form")
    assert bot.ada.view is not None
    assert "kept nowhere" in repr(bot.ada.view.blocks)


async def test_programs_are_refused_with_a_reason(bot: World, database: Database) -> None:
    assert bot.app is not None
    assert bot.app.port is not None
    token = await Mint(bot, database).token("ada")
    async with aiohttp.ClientSession() as session:
        answer = await Program(session, bot.app.port, token).post("sandbox access", {"sandbox": "checkout"})
        document = await session.get(f"http://127.0.0.1:{bot.app.port}/api/openapi.json")
        paths = (await document.json())["paths"]
    assert answer.status == 422
    assert "in a form that only you see" in answer.json["detail"]
    assert "/api/v1/sandbox/revoke" in paths
    assert "/api/v1/sandbox/access" not in paths


async def test_who_closes_the_form_too_early_hears_that_nobody_has_seen_it(bot: World) -> None:
    await a_sandbox(bot)
    held = bot.cluster.faults.holds.hold("create serviceaccounts", "done")
    asked = await bot.ada.slash("#platform", "/platform", "sandbox access checkout")
    assert asked.view is not None
    chosen = {"text": {"type": "plain_text", "text": "checkout"}, "value": "checkout"}
    await submit(bot, bot.ada, asked.view, {"sandbox": chosen})
    await held.reached()
    assert bot.ada.view is not None
    await bot.ada.close(bot.ada.view)
    held.release()
    told = await bot.message("was shown to nobody")
    assert "Ask again" in told.text
    assert told.ephemeral_to == bot.ada.user_id


async def test_app_home_shows_a_sandbox_with_its_buttons(bot: World) -> None:
    await a_sandbox(bot)
    await bot.ada.open_home()
    await bot.until(lambda: "*checkout* is ready" in repr(bot.ada.home and bot.ada.home.blocks), "it is on App Home")
    assert bot.ada.home is not None
    shown = repr(bot.ada.home.blocks)
    for label in ("Extend", "Sleep", "Access", "Details", "Delete"):
        assert label in shown
