"""Jobs: when they are due, and that each due run happens once whatever dies meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from bot.jobs import Jobs, last_due, trigger_of
from bot.kit.clock import Clock, SystemClock
from bot.kit.declare import Cron, Every, Group
from bot.kit.errors import Unavailable
from bot.metrics import Metrics
from storage.db import Database
from storage.job_runs import JobRunRow, JobRunStore
from tests.conftest import FakeClock

DAILY = Cron("0 9 * * *")
DUE = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)  # a Monday; also where FakeClock starts


# --- when a job is due ----------------------------------------------------------------------------------------------


def _next(schedule: Every | Cron, after: datetime, count: int = 1) -> list[datetime]:
    trigger, found = trigger_of(schedule), [after]
    for _ in range(count):
        found.append(trigger.get_next_fire_time(found[-1], found[-1]).astimezone(UTC))
    return found[1:]


@pytest.mark.parametrize("start", [datetime(2026, 11, 2, 9, 0, 1, tzinfo=UTC), datetime(2026, 11, 2, 9, 4, tzinfo=UTC)])
def test_an_interval_is_due_at_the_same_times_whenever_a_replica_was_started(start: datetime) -> None:
    trigger = trigger_of(Every(timedelta(minutes=5)))
    assert trigger.get_next_fire_time(None, start) == datetime(2026, 11, 2, 9, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("weekday", "days"),
    [
        ("mon", "Mon"),
        ("1", "Mon"),
        ("0", "Sun"),
        ("7", "Sun"),
        ("1-5", "Mon Tue Wed Thu Fri"),
        ("MON-FRI", "Mon Tue Wed Thu Fri"),
        ("5-7", "Fri Sat Sun"),
        ("fri-mon", "Mon Fri Sat Sun"),
        ("1,3,sat", "Mon Wed Sat"),
        ("*", "Mon Tue Wed Thu Fri Sat Sun"),
        ("*/2", "Tue Thu Sat Sun"),
        ("1-5/2", "Mon Wed Fri"),
    ],
)
def test_weekdays_count_as_in_cron_where_sunday_is_zero(weekday: str, days: str) -> None:
    found = _next(Cron(f"0 9 * * {weekday}"), datetime(2026, 11, 1, 12, 0, tzinfo=UTC), 7)
    week = [due.strftime("%a") for due in found if due <= datetime(2026, 11, 8, 12, 0, tzinfo=UTC)]
    assert " ".join(week) == days


@pytest.mark.parametrize(
    "schedule",
    [
        Cron("0 9 * *"),
        Cron("0 9 * * * *"),
        Cron(""),
        Cron("61 * * * *"),
        Cron("x * * * *"),
        Cron("0 9 * * 8"),
        Cron("0 9 * * someday"),
        Cron("0 9 * * 1/0"),
        Cron("0 9 * * mon", "Mars/Olympus"),
        Cron("0 9 * * mon", ""),
        Cron("0 9 * * mon", "../UTC"),
    ],
)
def test_a_schedule_that_does_not_exist_is_refused_at_the_start(schedule: Cron) -> None:
    with pytest.raises(ValueError):
        trigger_of(schedule)


def test_nine_in_the_morning_stays_nine_in_the_morning_when_the_clocks_change() -> None:
    spring = _next(Cron("0 9 * * *", "Europe/Berlin"), datetime(2026, 3, 28, 0, 0, tzinfo=UTC), 2)
    assert [due.hour for due in spring] == [8, 7]
    autumn = _next(Cron("0 9 * * *", "Europe/Berlin"), datetime(2026, 10, 24, 0, 0, tzinfo=UTC), 2)
    assert [due.hour for due in autumn] == [7, 8]


def test_an_hour_that_spring_leaves_out_does_not_lose_the_run() -> None:
    found = _next(Cron("30 2 * * *", "Europe/Berlin"), datetime(2026, 3, 28, 12, 0, tzinfo=UTC), 2)
    assert [due.date().isoformat() for due in found] == ["2026-03-29", "2026-03-30"]


@pytest.mark.parametrize(
    ("expression", "latest"),
    [
        ("0 9 * * *", DUE),
        ("* * * * *", datetime(2026, 11, 2, 9, 30, tzinfo=UTC)),
        ("0 9 * * fri", datetime(2026, 10, 30, 9, 0, tzinfo=UTC)),
        ("0 0 1 * *", datetime(2026, 11, 1, tzinfo=UTC)),
        ("0 0 5 * *", datetime(2026, 10, 5, tzinfo=UTC)),
        ("0 0 1 1 *", None),
        ("0 0 31 2 *", None),
    ],
)
def test_the_latest_due_time_is_found_within_forty_days(expression: str, latest: datetime | None) -> None:
    assert last_due(trigger_of(Cron(expression)), DUE + timedelta(minutes=30)) == latest


def test_an_interval_has_no_run_to_make_up_for() -> None:
    assert last_due(trigger_of(Every(timedelta(hours=1))), DUE) is None


# --- that it runs once ----------------------------------------------------------------------------------------------


@dataclass
class Diary:
    """The service: `runs` are the due times that ran to their end; while `gate` is closed they wait; `failing` fails them."""

    runs: list[datetime] = field(default_factory=list)
    begun: int = 0
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    failing: bool = False


def _group(schedule: Every | Cron, late: timedelta | None = None) -> Group[Diary]:
    group: Group[Diary] = Group("diary", summary="Keeps a diary", service=Diary)

    @group.job("write", schedule, late=late)
    async def write(diary: Diary, due_at: datetime) -> None:
        diary.begun += 1
        await diary.gate.wait()
        if diary.failing:
            raise RuntimeError("out of ink")
        diary.runs.append(due_at)

    return group


@pytest.fixture
def diary() -> Diary:
    made = Diary()
    made.gate.set()
    return made


def _jobs(
    db: Database,
    diary: Diary,
    clock: Clock,
    schedule: Every | Cron = DAILY,
    *,
    late: timedelta | None = None,
    holder: str = "one",
    metrics: Metrics | None = None,
) -> Jobs:
    jobs = _group(schedule, late).jobs
    return Jobs(db, jobs, {"diary": diary}, {}, metrics or Metrics(), clock, holder)


@asynccontextmanager
async def _kept(jobs: Jobs) -> AsyncIterator[None]:
    """As the application keeps them, without the scheduler."""
    task = asyncio.create_task(jobs.keep())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await jobs.stop()


async def _until(condition: Callable[[], bool]) -> None:
    for _ in range(1000):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come to pass")


async def _rows(db: Database) -> list[JobRunRow]:
    async with db.reading() as session:
        return list((await session.execute(select(JobRunRow).order_by(JobRunRow.due_at))).scalars())  # type: ignore[arg-type]


async def _ended(db: Database, count: int = 1) -> list[JobRunRow]:
    """The rows, once `count` of them have ended."""
    for _ in range(500):
        rows = await _rows(db)
        if sum(row.ended_at is not None for row in rows) >= count:
            return rows
        await asyncio.sleep(0.01)
    raise AssertionError("no run ended")


async def _ran_before(db: Database, due_at: datetime, *, ended: bool = True, claimed_until: datetime = DUE) -> None:
    """What an earlier process left behind."""
    store = JobRunStore()
    async with db.transaction() as session:
        await store.win(session, "diary.write", due_at, "dead", claimed_until)
        if ended:
            await store.ended(session, "diary.write", due_at, "dead", due_at, "done")


async def test_a_new_installation_has_missed_nothing(database: Database, diary: Diary, clock: FakeClock) -> None:
    async with _kept(_jobs(database, diary, clock)):
        (row,) = await _ended(database)
    assert (row.due_at, row.result, diary.runs) == (DUE, "skipped", [])


async def test_a_job_is_overdue_until_its_newest_due_run_has_ended(
    database: Database, diary: Diary, clock: FakeClock
) -> None:
    jobs = _jobs(database, diary, clock)
    await _ran_before(database, DUE - timedelta(days=1))
    clock.set(DUE + timedelta(minutes=20))
    assert await jobs.overdue() == {"diary.write": 1200.0}
    await _ran_before(database, DUE)
    assert await jobs.overdue() == {"diary.write": 0.0}
    every = _jobs(database, diary, clock, Every(timedelta(minutes=15)))
    clock.set(DUE + timedelta(minutes=20))
    assert await every.overdue() == {"diary.write": 300.0}


async def test_of_the_runs_missed_while_nothing_was_up_the_latest_is_made_up_for(
    database: Database, diary: Diary, clock: FakeClock
) -> None:
    await _ran_before(database, DUE - timedelta(days=4))
    async with _kept(_jobs(database, diary, clock)):
        rows = await _ended(database, 2)
    assert diary.runs == [DUE]
    assert [(row.due_at, row.result) for row in rows] == [(DUE - timedelta(days=4), "done"), (DUE, "done")]


async def test_a_run_that_was_missed_for_too_long_is_skipped(
    database: Database, diary: Diary, clock: FakeClock
) -> None:
    await _ran_before(database, DUE - timedelta(days=1))
    clock.set(DUE + timedelta(hours=3))
    async with _kept(_jobs(database, diary, clock, late=timedelta(hours=2))):
        rows = await _ended(database, 2)
    assert (rows[-1].due_at, rows[-1].result, diary.runs) == (DUE, "skipped", [])


async def test_a_run_that_happened_is_not_made_up_for(database: Database, diary: Diary, clock: FakeClock) -> None:
    await _ran_before(database, DUE)
    # A second job that is made up for tells when the first was looked at: they are looked at in turn.
    group = _group(DAILY)
    other = Diary()
    other.gate.set()
    second: Group[Diary] = Group("second", summary="Comes after", service=Diary)

    @second.job("write", DAILY)
    async def write(diary: Diary, due_at: datetime) -> None:
        diary.runs.append(due_at)

    async with database.transaction() as session:
        await JobRunStore().win(session, "second.write", DUE - timedelta(days=1), "dead", DUE)
        await JobRunStore().ended(session, "second.write", DUE - timedelta(days=1), "dead", DUE, "done")
    jobs = Jobs(
        database, [*group.jobs, *second.jobs], {"diary": diary, "second": other}, {}, Metrics(), clock, holder="one"
    )
    async with _kept(jobs):
        await _until(lambda: other.runs == [DUE])
    assert diary.runs == []


async def test_several_replicas_that_start_together_make_up_for_a_run_once(
    database: Database, diary: Diary, clock: FakeClock
) -> None:
    await _ran_before(database, DUE - timedelta(days=1))
    replicas = [_jobs(database, diary, clock, holder=f"replica {number}") for number in range(4)]
    async with _kept(replicas[0]), _kept(replicas[1]), _kept(replicas[2]), _kept(replicas[3]):
        await _ended(database, 2)
    assert diary.runs == [DUE]


async def test_a_run_whose_process_died_is_taken_over_by_one_replica(
    database: Database, diary: Diary, clock: FakeClock
) -> None:
    await _ran_before(database, DUE, ended=False, claimed_until=DUE)
    replicas = [_jobs(database, diary, clock, holder=f"replica {number}") for number in range(3)]
    async with _kept(replicas[0]), _kept(replicas[1]), _kept(replicas[2]):
        (row,) = await _ended(database)
    assert (diary.runs, row.result) == ([DUE], "done")
    assert row.holder.startswith("replica")


async def test_a_run_that_another_replica_still_works_on_is_left_alone(
    database: Database, diary: Diary, clock: FakeClock
) -> None:
    await _ran_before(database, DUE - timedelta(days=1), ended=False, claimed_until=DUE + timedelta(seconds=1))
    async with _kept(_jobs(database, diary, clock)):
        await _ended(database)  # today's, made up for
    assert diary.runs == [DUE]
    assert [row.ended_at is None for row in await _rows(database)] == [True, False]


async def test_on_sqlite_what_the_process_before_left_is_run_at_once_for_there_is_no_other(
    database: Database, diary: Diary, clock: FakeClock
) -> None:
    await _ran_before(database, DUE, ended=False, claimed_until=DUE + timedelta(hours=1))
    jobs = _jobs(database, diary, clock)
    await jobs.bury()
    async with _kept(jobs):
        (row,) = await _ended(database)
    assert (diary.runs, row.result, row.holder) == ([DUE], "done", "one")


async def test_who_stood_still_until_another_took_its_run_over_does_not_end_it(
    database: Database, diary: Diary, clock: FakeClock
) -> None:
    await _ran_before(database, DUE - timedelta(days=1))
    diary.gate.clear()
    jobs = _jobs(database, diary, clock)
    async with _kept(jobs):
        await _until(lambda: diary.begun == 1)
        async with database.transaction() as session:
            await session.execute(update(JobRunRow).where(col(JobRunRow.due_at) == DUE).values(holder="two"))
        diary.gate.set()
        await _until(lambda: not jobs._running)
    assert diary.runs == [DUE]
    assert [row.ended_at is None for row in await _rows(database)] == [False, True]


async def test_a_run_that_was_left_for_longer_than_it_makes_sense_is_not_taken_over(
    database: Database, diary: Diary, clock: FakeClock
) -> None:
    await _ran_before(database, DUE, ended=False)
    clock.set(DUE + timedelta(hours=3))
    async with _kept(_jobs(database, diary, clock, late=timedelta(hours=2))):
        (row,) = await _ended(database)
    assert (row.result, diary.runs) == ("skipped", [])


async def test_a_job_that_fails_is_counted_and_not_run_again(
    database: Database, diary: Diary, clock: FakeClock
) -> None:
    await _ran_before(database, DUE - timedelta(days=1))
    diary.failing, metrics = True, Metrics()
    async with _kept(_jobs(database, diary, clock, metrics=metrics)):
        rows = await _ended(database, 2)
    assert (rows[-1].result, diary.begun) == ("failed", 1)
    labels = {"job_id": "diary.write", "result": "failed"}
    assert metrics.registry.get_sample_value("platform_bot_job_runs_total", labels) == 1


async def test_a_run_that_is_cut_off_by_the_stop_stays_open_for_the_next_process(
    database: Database, diary: Diary, clock: FakeClock
) -> None:
    await _ran_before(database, DUE - timedelta(days=1))
    diary.gate.clear()
    async with _kept(_jobs(database, diary, clock, holder="first")):
        await _until(lambda: diary.begun == 1)
    assert (await _rows(database))[-1].ended_at is None
    clock.advance(timedelta(minutes=2))
    diary.gate.set()
    async with _kept(_jobs(database, diary, clock, holder="second")):
        rows = await _ended(database, 2)
    assert (diary.runs, rows[-1].holder) == ([DUE], "second")


async def test_a_due_run_is_run_by_one_of_several_replicas(database: Database, diary: Diary) -> None:
    schedule = Every(timedelta(seconds=1))
    replicas = [_jobs(database, diary, SystemClock(), schedule, holder=f"replica {number}") for number in range(3)]
    try:
        for replica in replicas:
            replica.start()
        await _until(lambda: len(diary.runs) >= 2)
    finally:
        for replica in replicas:
            await replica.stop()
    assert len(diary.runs) == len(set(diary.runs))
    assert all(due.microsecond == 0 and due.tzinfo is not None for due in diary.runs)


async def test_jobs_can_be_stopped_without_having_been_started(database: Database, diary: Diary) -> None:
    await _jobs(database, diary, SystemClock()).stop()


class _Forgetful(Database):
    """A database that is away `away` times when a transaction begins."""

    away = 0

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        if self.away:
            self.away -= 1
            raise Unavailable("the database", "it is away")
        async with super().transaction() as session:
            yield session


async def test_an_end_that_could_not_be_saved_is_saved_as_soon_as_the_database_is_back(
    database_url: str, diary: Diary, clock: FakeClock
) -> None:
    db = await _Forgetful.open(database_url)
    assert isinstance(db, _Forgetful)
    try:
        await _ran_before(db, DUE - timedelta(days=1))
        diary.gate.clear()
        async with _kept(_jobs(db, diary, clock)):
            await _until(lambda: diary.begun == 1)
            db.away = 1
            diary.gate.set()
            rows = await _ended(db, 2)
        assert (rows[-1].result, diary.runs) == ("done", [DUE])
    finally:
        await db.close()
