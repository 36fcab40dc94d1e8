"""Slack that limits, fails, is slow, falls silent or is gone: what people did is done once, and in the end they see it."""

import asyncio
from datetime import timedelta

import pytest

from playground.slack import Message
from playground.slack.faults import Kind
from storage.calls import CallState
from storage.sandboxes import SandboxState
from tests.faults.fleet import Fleet
from tests.faults.people import insist

WORDS = {SandboxState.READY: "is ready", SandboxState.DELETED: "is deleted"}
# Refused: a name that is taken was asked for again by somebody who had heard nothing of the first time. Asked: “really?”
ENDS = (CallState.DONE, CallState.REFUSED, CallState.ASKED)
NAMES = ("checkout", "search", "billing")
ROOM = {"PLATFORM_SANDBOX__PER_PERSON": "10", "PLATFORM_SANDBOX__PER_TEAM": "10"}

# One bot on SQLite, two replicas on PostgreSQL.
alone_or_two = pytest.mark.parametrize(
    ("database_url", "mode", "replicas"),
    [("sqlite", "socket", 1), ("postgresql", "http", 2)],
    indirect=["database_url", "mode"],
    ids=["sqlite", "postgresql"],
)
on_sqlite = pytest.mark.parametrize(("database_url", "mode"), [("sqlite", "http")], indirect=True, ids=["sqlite"])
sockets_only = pytest.mark.parametrize(
    ("database_url", "mode", "replicas"),
    [("sqlite", "socket", 1), ("postgresql", "socket", 2)],
    indirect=["database_url", "mode"],
    ids=["sqlite", "postgresql"],
)


async def _ask(fleet: Fleet, name: str, person: str = "ada") -> None:
    """Until it is taken: who hears nothing, or that nothing was done, says it again."""
    while True:
        outcome = await fleet.world.slack.person(person).slash("#platform", "/platform", f"sandbox create {name}")
        if outcome.ok and "not available" not in outcome.text:
            return
        if any(row.arguments.get("name") == name for row in await fleet.calls()):
            return  # recorded, and only the acknowledgement was lost


async def _agrees(fleet: Fleet, *names: str) -> None:
    """All is over, nothing lost or doubled, these are the sandboxes, and Slack shows of each what the database says."""
    await fleet.settled(states=ENDS)
    rows = await fleet.sandboxes()
    assert sorted(row.name for row in rows) == sorted(names)
    for row in rows:
        [card] = fleet.cards(row.name)
        assert WORDS[SandboxState(row.state)] in card.text, (row.name, row.state, card.text)


def _answers(fleet: Fleet, ts: str) -> list[Message]:
    """What the bot said in that thread."""
    return [each for each in fleet.world.ada.sees("#platform", thread_ts=ts) if each.bot_id]


@pytest.mark.parametrize(
    ("database_url", "mode", "replicas", "kind"),
    [
        ("sqlite", "socket", 1, "ratelimited"),
        ("sqlite", "http", 1, "server_error"),
        ("postgresql", "http", 2, "ratelimited"),
        ("postgresql", "socket", 2, "slow"),
    ],
    indirect=["database_url", "mode"],
    ids=["limits", "fails", "limits-two", "slow-for-two"],
)
async def test_a_slack_that_does_so_every_other_time_shows_everything_once(
    fleet: Fleet, replicas: int, kind: Kind
) -> None:
    world = fleet.world
    for _ in range(replicas):
        await fleet.start()
    await _ask(fleet, NAMES[0])  # so that people are known: a call that must ask Slack who it is waits longer each time
    await fleet.shows(NAMES[0], "is ready")
    # A limit of half of all calls lasts to the end; after a failure the bot waits for longer each time, so these are counted.
    limited = kind == "ratelimited"
    fault = world.slack.faults.inject(
        kind, "*" if limited else "chat.*", times=None if limited else 4, probability=0.5, seconds=2.0
    )
    await asyncio.gather(*(_ask(fleet, name) for name in NAMES[1:]))
    for name in NAMES:
        await fleet.shows(name, "is ready")
    await insist(world, "sandbox delete checkout")
    await world.agree("checkout")
    await _agrees(fleet, *NAMES)
    assert fault.hits > 0
    assert len(world.sandboxes()) == 2


@on_sqlite
async def test_after_a_limit_nothing_of_the_kind_is_sent_before_slack_said(fleet: Fleet) -> None:
    world = fleet.world
    await fleet.start()
    wait = 2
    world.slack.faults.inject("ratelimited", "chat.update", times=3, retry_after=wait)
    await _ask(fleet, "checkout")
    await fleet.shows("checkout", "is ready")
    sent = world.slack.calls_of("chat.update")
    limited = [number for number, call in enumerate(sent) if call.status == 429]
    assert len(limited) == 3
    for number in limited:
        assert sent[number + 1].at - sent[number].at >= timedelta(seconds=wait)
    await _agrees(fleet, "checkout")


@alone_or_two
async def test_a_post_whose_answer_was_lost_and_then_the_process_too_is_found_again(
    fleet: Fleet, replicas: int
) -> None:
    world = fleet.world
    bots = [await fleet.start() for _ in range(replicas)]
    world.slack.faults.inject("drop_after", "chat.postMessage")
    looking = world.slack.faults.holds.hold("conversations.history", "arrived")
    await _ask(fleet, "checkout")
    await fleet.reached(looking)  # it knows that it does not know, and has that on disk
    [sender] = [bot for bot in bots if bot.said("message_outcome_unknown")]
    await sender.kill()
    looking.cut()
    heir = await fleet.start() if replicas == 1 else next(bot for bot in bots if bot.alive)
    await fleet.shows("checkout", "is ready")
    await _agrees(fleet, "checkout")
    assert heir.said("message_found")


@on_sqlite
async def test_an_answer_in_a_thread_that_slack_has_and_no_process_knows_of_stands_once(fleet: Fleet) -> None:
    world = fleet.world
    bot = await fleet.start()
    held = world.slack.faults.holds.hold("chat.postMessage", "done")
    me = world.slack.workspace.bot_user_id
    question = await world.ada.say("#platform", f"<@{me}> sandbox list")
    await fleet.reached(held)
    await bot.kill()
    held.cut()
    await fleet.start()
    await fleet.settled()
    assert len(_answers(fleet, question.ts)) == 1


@pytest.mark.parametrize(
    ("database_url", "mode", "replicas", "kind"),
    [
        ("sqlite", "http", 1, "drop_before"),
        ("sqlite", "socket", 1, "error"),
        ("postgresql", "http", 2, "server_error"),
        ("postgresql", "socket", 2, "drop_after"),
    ],
    indirect=["database_url", "mode"],
    ids=["gone", "no-token", "failing", "deaf"],
)
async def test_an_outage_hides_what_is_done_and_afterwards_all_of_it_appears_once(
    fleet: Fleet, replicas: int, kind: Kind
) -> None:
    """Of everything that the bot asks; what people do still reaches it. It even dies meanwhile."""
    world = fleet.world
    bots = [await fleet.start(environment=ROOM) for _ in range(replicas)]
    await _ask(fleet, "elder")
    await fleet.shows("elder", "is ready")
    outage = world.slack.faults.inject(kind, "*", times=None, error="invalid_auth")
    await asyncio.gather(*(_ask(fleet, name) for name in ("checkout", "search")))
    await world.until(lambda: len(world.sandboxes()) == 3, "their namespaces are made all the same")
    shown = {each.ts for each in world.ada.sees("#platform")}
    if kind != "drop_after":
        assert not [each for name in ("checkout", "search") for each in fleet.cards(name)]
    # Slack must know the app before it opens another socket, so in Socket Mode those who have theirs go on.
    names = ["elder", "checkout", "search"]
    if not fleet.in_socket_mode:
        await fleet.replace(bots[0], **ROOM)
        await _ask(fleet, "billing")
        names.append("billing")
    before = outage.hits
    await world.until(lambda: outage.hits > before + 2, "it has been trying")
    world.slack.faults.clear()
    for name in ("checkout", "search"):
        await fleet.shows(name, "is ready")
    assert shown <= {each.ts for each in world.ada.sees("#platform")}
    await _agrees(fleet, *names)


@pytest.mark.parametrize(("database_url", "mode"), [("sqlite", "socket")], indirect=True, ids=["sqlite"])
async def test_sockets_that_fall_silent_are_replaced_and_nothing_else_notices(fleet: Fleet) -> None:
    world = fleet.world
    world.slack.sockets.ping_seconds = 0.5
    bot = await fleet.start(environment={"PLATFORM_SLACK__SILENCE": "6s"})
    await _ask(fleet, "checkout")
    world.slack.sockets.silence()
    await world.ada.slash("#platform", "/platform", "sandbox create lost")  # said into the silence
    await fleet.shows("checkout", "is ready")
    await world.until(lambda: world.slack.sockets.speaking == 2, "both sockets are replaced")
    assert {line["reason"] for line in bot.said("socket_replaced")} == {"silent"}
    await _ask(fleet, "search")
    await fleet.shows("search", "is ready")
    heard = {str(row.arguments["name"]) for row in await fleet.calls()}
    assert heard >= {"checkout", "search"}  # and "lost" too, should the machine have stood still for so long
    await _agrees(fleet, *heard)


@sockets_only
async def test_all_sockets_refreshed_at_once_while_people_act(fleet: Fleet, replicas: int) -> None:
    world = fleet.world
    for _ in range(replicas):
        await fleet.start(environment={"PLATFORM_SLACK__POSTS_PER_SECOND": "20", **ROOM})
    names: list[str] = []

    async def act(person: str) -> None:
        for number in range(4):
            name = f"{person}-{number}"
            names.append(name)
            await _ask(fleet, name, person)

    acting = [asyncio.create_task(act(person)) for person in ("ada", "grace")]
    # Ten sockets a minute are all that Slack gives an app.
    for reason in ("refresh_requested", "warning") if replicas == 1 else ("warning",):
        await world.slack.sockets.disconnect(reason, close_after=0.2, one=False)
        await world.until(lambda: world.slack.sockets.speaking >= 2 * replicas, "there are others")
    await asyncio.gather(*acting)
    await _agrees(fleet, *names)
