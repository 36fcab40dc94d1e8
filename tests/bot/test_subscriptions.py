"""Domain events: written with what they tell of, delivered at least once, in order per object, retried, parked when poisonous."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from pydantic import BaseModel
from sqlalchemy import func, select

from bot.kit.declare import Event, Group, Subscriber
from bot.kit.errors import Conflict, Unavailable
from bot.metrics import Metrics
from bot.subscriptions import Subscriptions, heard_by, subscription_problems
from storage.db import Database
from storage.events import RETENTION, DeliveryRow, EventRow, EventStore
from tests.conftest import FakeClock

_PATIENCE = 40.0  # seconds; a bound for what takes milliseconds


class Opened(BaseModel):
    number: int


@dataclass
class Ears:
    """A subscriber's service: `heard` what got through; `failing` is raised instead, once each."""

    heard: list[tuple[str, int]] = field(default_factory=list)
    failing: list[Exception] = field(default_factory=list)
    deaf: set[str] = field(default_factory=set)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    gate: asyncio.Event = field(default_factory=asyncio.Event)


async def _hear(ears: Ears, event: Event[Opened]) -> None:
    ears.begun.set()
    await ears.gate.wait()
    if event.object_id in ears.deaf:
        raise RuntimeError("a bug")
    if ears.failing:
        raise ears.failing.pop(0)
    ears.heard.append((event.object_id, event.payload.number))


FIRST = Subscriber("one", "alert.opened", Opened, _hear)
SECOND = Subscriber("two", "alert.opened", Opened, _hear)
STORE = EventStore(heard_by([FIRST, SECOND]))


class Post:
    """One process's delivery."""

    def __init__(self, database: Database, clock: FakeClock, ears: dict[str, Ears], holder: str) -> None:
        self.metrics = Metrics()
        self.deliver = Subscriptions(database, STORE, [FIRST, SECOND], ears, self.metrics, clock, holder)

    async def all(self) -> None:
        """Until nothing is due."""
        while await self.deliver.round():
            pass

    def counted(self, result: str) -> float:
        labels = {"subscriber": "one:alert.opened", "result": result}
        return self.metrics.registry.get_sample_value("platform_bot_events_delivered_total", labels) or 0.0


@pytest.fixture
def ears() -> dict[str, Ears]:
    ears = {"one": Ears(), "two": Ears()}
    for each in ears.values():
        each.gate.set()
    return ears


@pytest.fixture
async def post(database: Database, clock: FakeClock, ears: dict[str, Ears]) -> AsyncIterator[Post]:
    post = Post(database, clock, ears, "here")
    yield post
    await post.deliver.release()


async def _emit(database: Database, clock: FakeClock, object_id: str, number: int, name: str = "alert.opened") -> None:
    async with database.transaction() as session:
        await STORE.emit(session, name, object_id, {"number": number}, clock.now())


async def _count(database: Database, table: type) -> int:
    async with database.reading() as session:
        return int((await session.execute(select(func.count()).select_from(table))).scalar_one())


async def test_every_subscriber_hears_every_event_of_an_object_in_order(
    database: Database, clock: FakeClock, post: Post, ears: dict[str, Ears]
) -> None:
    for number in range(5):
        await _emit(database, clock, "a", number)
        await _emit(database, clock, "b", number)
    await post.all()
    for each in ears.values():
        assert [heard for heard in each.heard if heard[0] == "a"] == [("a", number) for number in range(5)]
        assert [heard for heard in each.heard if heard[0] == "b"] == [("b", number) for number in range(5)]
    assert post.counted("done") == 10
    await post.all()
    assert len(ears["one"].heard) == 10


async def test_what_is_rolled_back_never_happened(
    database: Database, clock: FakeClock, post: Post, ears: dict[str, Ears]
) -> None:
    with pytest.raises(Conflict):
        await _emit_and_fail(database, clock)
    await post.all()
    assert ears["one"].heard == []


async def _emit_and_fail(database: Database, clock: FakeClock) -> None:
    async with database.transaction() as session:
        await STORE.emit(session, "alert.opened", "a", {"number": 1}, clock.now())
        raise Conflict("somebody was faster")


async def test_what_nobody_listens_to_is_not_kept(database: Database, clock: FakeClock) -> None:
    await _emit(database, clock, "a", 1, name="alert.closed")
    assert await _count(database, EventRow) == 0


async def test_a_failure_holds_back_later_events_of_the_object_only_and_is_tried_again(
    database: Database, clock: FakeClock, post: Post, ears: dict[str, Ears]
) -> None:
    ears["one"].failing = [Unavailable("the cluster", "down")]
    await _emit(database, clock, "a", 1)
    await post.all()
    await _emit(database, clock, "a", 2)
    await _emit(database, clock, "b", 1)
    await post.all()
    assert ears["one"].heard == [("b", 1)]
    assert ears["two"].heard == [("a", 1), ("a", 2), ("b", 1)]
    clock.advance(timedelta(seconds=2))
    await post.all()
    assert ears["one"].heard == [("b", 1), ("a", 1), ("a", 2)]
    assert post.counted("failed") == 1


async def test_the_pauses_grow_to_five_minutes_and_an_outage_is_never_given_up(
    database: Database, clock: FakeClock, post: Post, ears: dict[str, Ears]
) -> None:
    ears["one"].failing = [Unavailable("the cluster", "down") for _ in range(30)]
    await _emit(database, clock, "a", 1)
    for _ in range(30):
        await post.all()
        clock.advance(timedelta(minutes=5))
    assert ears["one"].heard == []
    await post.all()
    assert ears["one"].heard == [("a", 1)]


async def test_a_poisonous_event_is_parked_told_and_does_not_stand_in_the_way(
    database: Database, clock: FakeClock, post: Post, ears: dict[str, Ears]
) -> None:
    ears["one"].deaf = {"a"}
    await _emit(database, clock, "a", 1)
    for _ in range(12):
        await post.all()
        clock.advance(timedelta(minutes=5))
    await post.all()
    assert post.counted("parked") == 1
    assert post.metrics.registry.get_sample_value("platform_bot_events_parked") == 1
    ears["one"].deaf = set()
    await _emit(database, clock, "a", 2)
    await post.all()
    assert ears["one"].heard == [("a", 2)]


async def test_a_bot_that_starts_tries_what_was_parked_once_more(
    database: Database, clock: FakeClock, post: Post, ears: dict[str, Ears]
) -> None:
    ears["one"].deaf = {"a", "b"}
    await _emit(database, clock, "a", 1)
    await _emit(database, clock, "b", 1)
    for _ in range(12):
        await post.all()
        clock.advance(timedelta(minutes=5))
    ears["one"].deaf = {"b"}
    started = asyncio.create_task(Post(database, clock, ears, "new").deliver.run())
    async with asyncio.timeout(_PATIENCE):
        while post.metrics.registry.get_sample_value("platform_bot_events_parked") != 1 or not ears["one"].heard:
            await post.deliver.round()
            await asyncio.sleep(0.02)
    started.cancel()
    await asyncio.gather(started, return_exceptions=True)
    assert ears["one"].heard == [("a", 1)]


async def test_two_replicas_share_the_work_and_each_event_is_delivered_once(
    database: Database, clock: FakeClock, post: Post, ears: dict[str, Ears]
) -> None:
    other = Post(database, clock, ears, "there")
    for number in range(30):
        await _emit(database, clock, f"object-{number % 7}", number)
    while await _waiting(database):
        await asyncio.gather(post.deliver.round(), other.deliver.round())
    heard = ears["one"].heard
    assert sorted(number for _, number in heard) == list(range(30))
    for name in {name for name, _ in heard}:
        numbers = [number for each, number in heard if each == name]
        assert numbers == sorted(numbers)


async def _waiting(database: Database) -> int:
    async with database.reading() as session:
        found = await session.execute(select(func.count(DeliveryRow.due_at)))  # type: ignore[arg-type]
        return int(found.scalar_one())


async def test_what_a_dead_process_had_claimed_is_delivered_by_another_when_its_time_is_up(
    database: Database, clock: FakeClock, post: Post, ears: dict[str, Ears]
) -> None:
    await _emit(database, clock, "a", 1)
    ears["one"].gate.clear()
    ears["two"].gate.clear()
    dying = asyncio.create_task(Post(database, clock, ears, "dying").deliver.round())
    await asyncio.wait_for(ears["one"].begun.wait(), _PATIENCE)
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    for each in ears.values():
        each.gate.set()
    await post.all()
    assert ears["one"].heard == []
    clock.advance(timedelta(seconds=61))
    await post.all()
    assert ears["one"].heard == [("a", 1)]


async def test_a_stopping_process_gives_up_what_it_holds_at_once(
    database: Database, clock: FakeClock, post: Post, ears: dict[str, Ears]
) -> None:
    await _emit(database, clock, "a", 1)
    async with database.transaction() as session:
        claimed = await STORE.claim(
            session, "here", ["one:alert.opened", "two:alert.opened"], clock.now(), clock.now() + timedelta(hours=1), 10
        )
    assert len(claimed) == 2
    await post.deliver.release()
    await Post(database, clock, ears, "there").all()
    assert ears["one"].heard == [("a", 1)]


async def test_what_was_delivered_is_forgotten_after_its_time_and_what_waits_is_not(
    database: Database, clock: FakeClock, post: Post, ears: dict[str, Ears]
) -> None:
    await _emit(database, clock, "a", 1)
    await post.all()
    ears["one"].failing = [Unavailable("the cluster", "down")]
    await _emit(database, clock, "b", 1)
    await post.all()
    clock.advance(RETENTION + timedelta(seconds=1))
    async with database.transaction() as session:
        await STORE.forget(session, clock.now() - RETENTION)
    async with database.reading() as session:
        left = (await session.execute(select(EventRow))).scalars().all()
    assert [row.object_id for row in left] == ["b"]
    await post.all()
    assert ("b", 1) in ears["one"].heard


def test_a_subscription_to_what_nobody_emits_or_does_not_carry_is_named() -> None:
    class Other(BaseModel):
        colour: str

    group = Group("alert", summary="Alerts", service=Ears)
    assert group.event("opened", Opened) == "alert.opened"
    with pytest.raises(ValueError, match="twice"):
        group.event("opened", Opened)
    assert subscription_problems([FIRST], group.events) == []
    [unknown] = subscription_problems([Subscriber("one", "alert.closed", Opened, _hear)], group.events)
    assert unknown == "one:alert.closed: nobody emits alert.closed; events are alert.opened"
    [poor] = subscription_problems([Subscriber("one", "alert.opened", Other, _hear)], group.events)
    assert poor == "one:alert.opened: alert.opened does not carry colour"


def test_a_group_that_subscribes_twice_does_not_start() -> None:
    group = Group("one", summary="One", service=Ears)
    for _ in range(2):
        group.subscriber("alert.opened", Opened)(_hear)
    assert group.problems() == ["one subscribes to alert.opened twice"]
