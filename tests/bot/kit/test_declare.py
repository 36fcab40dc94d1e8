"""Declarations: what is wrong in them is refused before anything starts."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import BaseModel

from bot.kit.call import Call
from bot.kit.clock import Clock
from bot.kit.declare import Cron, Every, Group
from bot.kit.replies import Reply
from tests.bot.kit.sample import Nothing, Service, sample_group


def _declare(
    group: Group[Service],
    verb: str,
    arguments: type[BaseModel] = Nothing,
    permission: str = "thing.other",
    summary: str = "Does it",
) -> None:
    @group.command(
        verb,
        arguments=arguments,
        result=Nothing,
        permission=permission,
        summary=summary,
        view=lambda result: Reply(text="done"),
    )
    async def run(service: Service, call: Call, given: BaseModel) -> Nothing:
        return Nothing()


@pytest.mark.parametrize("name", ["", "Thing", "thing two", "1st", "-x", "über", "x" * 32, "a_b", "a.b"])
def test_a_name_that_cannot_be_typed_as_a_word_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be typed"):
        Group(name, summary="Things", service=Service)
    with pytest.raises(ValueError, match="cannot be typed"):
        _declare(sample_group(), name)


def test_a_verb_is_declared_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        _declare(sample_group(), "make")


@pytest.mark.parametrize(("permission", "summary"), [("", "Does it"), ("thing.other", "")])
def test_a_command_without_permission_or_summary_is_refused(permission: str, summary: str) -> None:
    with pytest.raises(ValueError, match="permission and a summary"):
        _declare(sample_group(), "other", permission=permission, summary=summary)


def test_an_argument_no_surface_could_ask_for_is_refused() -> None:
    class Listed(BaseModel):
        names: list[str]

    with pytest.raises(TypeError, match=r"Listed\.names"):
        _declare(sample_group(), "other", Listed)


def test_a_command_is_named_for_rows_and_for_people() -> None:
    command = sample_group().commands["make"]
    assert (command.name, command.typed) == ("thing.make", "thing make")


def test_the_needs_of_a_group_are_what_its_service_asks_for() -> None:
    class Needy:
        def __init__(self, clock: Clock, limit: int) -> None:
            self.limit = limit

    def make(clock: Clock) -> Needy:
        return Needy(clock, 1)

    assert Group("needy", summary="Needs", service=Needy).needs == {"clock": Clock, "limit": int}
    assert Group("made", summary="Needs", service=make).needs == {"clock": Clock}
    assert Group("plain", summary="Needs nothing", service=Service).needs == {}


@pytest.mark.parametrize(
    "schedule",
    [Every(timedelta(minutes=1)), lambda settings: Every(timedelta(minutes=settings))],
    ids=["fixed", "computed"],
)
async def test_the_schedule_of_a_job_may_come_from_the_settings(
    schedule: Every | Callable[[int], Every | Cron],
) -> None:
    group, runs = sample_group(), []

    @group.job("tick", schedule)
    async def tick(service: Service, due_at: datetime) -> None:
        runs.append(due_at)

    (job,) = group.jobs
    await job.run(Service(), datetime(2026, 11, 2, tzinfo=UTC))
    assert (job.id, job.schedule(1), runs) == (
        "thing.tick",
        Every(timedelta(minutes=1)),
        [datetime(2026, 11, 2, tzinfo=UTC)],
    )


async def test_workers_and_cards_are_kept_under_their_groups_name() -> None:
    group = sample_group()

    @group.worker("sweep", topic="things", interval=timedelta(seconds=2))
    async def sweep(service: Service) -> bool:
        return False

    @group.card("card")
    async def card(service: Service, object_id: str) -> Reply | None:
        return Reply(text=object_id)

    assert (group.workers[0].topic, group.cards[0].view) == ("things", "thing.card")
    assert await group.workers[0].run(Service()) is False
    assert await group.cards[0].render(Service(), "7") == Reply(text="7")


def test_two_groups_do_not_share_their_commands() -> None:
    one, other = sample_group(), sample_group()
    _declare(one, "other")
    assert "other" not in other.commands
