"""Runs the jobs that groups declare when they are due, each due run once across all replicas. Computes no schedule itself.

Every replica has its own in-memory APScheduler (3.x is not safe with several on one store). A due run belongs to whoever
inserts its (job, due time) row; a run whose process died is taken over, so jobs must bear being run again for the same due
time. A due run missed while no replica was up is made up for at the next start, the latest one only.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog
from apscheduler.executors.base import BaseExecutor
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from pydantic import BaseModel

from bot.kit.clock import Clock
from bot.kit.declare import Cron, Every, Job
from bot.kit.errors import Unavailable
from bot.metrics import Metrics
from storage.db import Database
from storage.job_runs import JobRunRow, JobRunStore

log = structlog.stdlib.get_logger(__name__)

# Renewed at every third of it, by one UPDATE for each job that runs at that moment; a dead process's runs wait this long.
_CLAIM = timedelta(seconds=15)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_AGAIN = 1.0  # seconds
_MOST = 10  # runs of one job at once in this process: one that hangs must not pile up
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
# How far back a missed run is looked for: more than a month. In steps, for walking through 40 days of a job that is due
# every minute would block the loop for a second.
_LOOK_BACK = (timedelta(hours=1), timedelta(days=1), timedelta(days=40))


class Jobs:
    def __init__(
        self,
        db: Database,
        jobs: Sequence[Job],
        services: Mapping[str, object],
        settings: Mapping[str, BaseModel],
        metrics: Metrics,
        clock: Clock,
        holder: str,
    ) -> None:
        self._db = db
        self._jobs = {job.id: job for job in jobs}
        self._triggers = {job.id: trigger_of(job.schedule(settings.get(job.group))) for job in jobs}
        self._services = services
        self._metrics = metrics
        self._clock = clock
        self._holder = holder
        self._runs = JobRunStore()
        self._tasks: set[asyncio.Task[None]] = set()
        self._running: set[tuple[str, datetime]] = set()
        self._missed: set[str] = set()
        self._scheduler = AsyncIOScheduler(timezone=_ClockZone(clock), executors={"default": _DueExecutor(self._begin)})

    @property
    def ids(self) -> Sequence[str]:
        """Every job there is, such as `bot.housekeeping`."""
        return list(self._jobs)

    def start(self) -> None:
        """Schedules every job. Must be called in the running event loop."""
        for job_id, trigger in self._triggers.items():
            self._scheduler.add_job(
                _never_called, trigger, id=job_id, coalesce=True, misfire_grace_time=None, max_instances=1_000
            )
        self._scheduler.start()

    async def bury(self) -> None:
        """For the single process of SQLite at its start: whoever ran a job before is dead, and it is run again at once."""
        async with self._db.transaction() as session:
            await self._runs.expire_others(session, self._holder, self._clock.now())

    async def stop(self) -> None:
        """Starts nothing more; running jobs are cancelled, and taken over elsewhere or at the next start."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def keep(self) -> None:
        """Makes up for missed runs once, then renews what runs here and takes over what died elsewhere, until cancelled."""
        for job in self._jobs.values():
            await self._make_up(job)
        while True:
            now = self._clock.now()
            async with self._db.transaction() as session:
                for job_id, due_at in self._running:  # only these: a row won in a commit that broke belongs to nobody
                    await self._runs.renew(session, job_id, due_at, self._holder, now + _CLAIM)
                left = await self._runs.take_over(session, self._holder, now, now + _CLAIM)
            for row in left:
                if (row.job, row.due_at) not in self._running:
                    await self._take_over(row, now)
            for job_id in sorted(job_id for job_id in self._missed if not self._full(job_id)):
                await self._make_up(self._jobs[job_id])
                self._missed.discard(job_id)
            if self._scheduler.running:  # the clock may have been set since it reckoned when to wake up
                self._scheduler.wakeup()
            await asyncio.sleep(_CLAIM.total_seconds() / 3)

    async def overdue(self) -> Mapping[str, float]:
        """Seconds since each job's newest due run should have begun, 0 when that has ended, wherever it ran."""
        now, found = self._clock.now(), {}
        async with self._db.reading() as session:
            for job_id, trigger in self._triggers.items():
                due = last_due(trigger, now) or _last_of_interval(trigger, now)
                ended = await self._runs.latest_ended(session, job_id)
                waits = due is not None and (ended is None or ended < due)
                found[job_id] = (now - due).total_seconds() if due is not None and waits else 0.0
        return found

    async def _make_up(self, job: Job) -> None:
        now = self._clock.now()
        missed = last_due(self._triggers[job.id], now)
        if missed is None:
            return
        async with self._db.transaction() as session:
            latest = await self._runs.latest(session, job.id)
            if latest is not None and latest >= missed:
                return
            won = await self._runs.win(session, job.id, missed, self._holder, now + _CLAIM)
            too_late = job.late is not None and now - missed > job.late
            if won and (latest is None or too_late):  # a new installation has missed nothing
                await self._runs.ended(session, job.id, missed, self._holder, now, "skipped")
                return
        if won:
            log.info("job_made_up_for", job=job.id, due_at=missed.isoformat())
            self._spawn(job, missed)

    async def _take_over(self, row: JobRunRow, now: datetime) -> None:
        if (job := self._jobs.get(row.job)) is None:
            log.warning("job_run_of_unknown_job", job=row.job)
            return
        if job.late is not None and now - row.due_at > job.late:
            async with self._db.transaction() as session:
                await self._runs.ended(session, job.id, row.due_at, self._holder, now, "skipped")
            return
        log.info("job_run_taken_over", job=row.job, due_at=row.due_at.isoformat())
        self._metrics.jobs_taken_over.labels(row.job).inc()
        self._spawn(job, row.due_at)

    def _begin(self, job_id: str, due_at: datetime) -> None:
        if self._full(job_id):
            log.error("job_not_begun", job=job_id, due_at=due_at.isoformat(), running=_MOST)
            self._metrics.job_runs.labels(job_id, "busy").inc()
            self._missed.add(job_id)  # the latest one is made up for
            return
        self._keep_task(self._compete(self._jobs[job_id], due_at.astimezone(UTC)), f"job {job_id}")

    def _full(self, job_id: str) -> bool:
        return sum(running == job_id for running, _ in self._running) >= _MOST

    async def _compete(self, job: Job, due_at: datetime) -> None:
        try:
            async with self._db.transaction() as session:
                won = await self._runs.win(session, job.id, due_at, self._holder, self._clock.now() + _CLAIM)
        except Unavailable as error:
            # Another replica may run it; if none does, it is made up for as soon as the database answers.
            log.warning("job_not_claimed", job=job.id, detail=error.detail)
            self._missed.add(job.id)
            return
        if won:
            await self._run(job, due_at)

    def _spawn(self, job: Job, due_at: datetime) -> None:
        self._keep_task(self._run(job, due_at), f"job {job.id}")

    def _keep_task(self, work: Any, name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, job: Job, due_at: datetime) -> None:
        self._running.add((job.id, due_at))
        try:
            await self._run_bound(job, due_at)
        finally:
            self._running.discard((job.id, due_at))

    async def _run_bound(self, job: Job, due_at: datetime) -> None:
        with structlog.contextvars.bound_contextvars(job=job.id, due_at=due_at.isoformat()):
            result, began = "done", monotonic()
            try:
                await job.run(self._services[job.group], due_at)
            except Exception:
                log.exception("job_failed")
                result = "failed"
            self._metrics.job_runs.labels(job.id, result).inc()
            self._metrics.job_seconds.labels(job.id).observe(monotonic() - began)
            await self._save_end(job, due_at, result)

    async def _save_end(self, job: Job, due_at: datetime, result: str) -> None:
        """Until it is saved: a row left open would be renewed here for as long as this process lives."""
        while True:
            try:
                async with self._db.transaction() as session:
                    held = await self._runs.ended(session, job.id, due_at, self._holder, self._clock.now(), result)
                if not held:  # this process stood still for so long that another took it over, and will end it
                    log.warning("job_run_was_taken_over", result=result)
                return
            except Unavailable as error:
                log.warning("job_end_not_saved", detail=error.detail)
            await asyncio.sleep(_AGAIN)


def trigger_of(schedule: Every | Cron) -> Any:
    """APScheduler's trigger. Raises ValueError for a cron expression or a time zone that does not exist."""
    if isinstance(schedule, Every):
        return IntervalTrigger(seconds=max(int(schedule.interval.total_seconds()), 1), start_date=_EPOCH, timezone=UTC)
    fields = schedule.expression.split()
    if len(fields) != 5:
        raise ValueError(f"“{schedule.expression}” must have five fields, such as “0 9 * * mon”")
    try:
        zone = ZoneInfo(schedule.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"there is no time zone “{schedule.zone}”; write one such as Europe/Berlin") from error
    minute, hour, day, month, weekday = fields
    return CronTrigger(minute=minute, hour=hour, day=day, month=month, day_of_week=_weekdays(weekday), timezone=zone)


def _weekdays(field: str) -> str:
    """Cron's weekdays by name. APScheduler counts from Monday as 0, cron from Sunday as 0 (and 7): by number, a job would
    run a day late."""
    if field == "*":
        return field
    days: list[str] = []
    for part in field.lower().split(","):
        span, _, step = part.partition("/")
        first, dash, last = ("0", "-", "6") if span == "*" else span.partition("-")
        low = _weekday(first)
        high = _weekday(last) if dash else 6 if step else low
        high += 7 if high < low else 0  # fri-mon
        days += [_DAYS[day % 7] for day in range(low, high + 1, int(step or 1))]
    return ",".join(dict.fromkeys(days))


def _weekday(text: str) -> int:
    if text in _DAYS:
        return _DAYS.index(text)
    if text in {"0", "1", "2", "3", "4", "5", "6", "7"}:
        return int(text)
    raise ValueError(f"“{text}” is no weekday; write 0 to 7 or sun to sat")


def last_due(trigger: Any, now: datetime) -> datetime | None:
    """The latest due time up to `now`, within the last 40 days; None for intervals, whose next run comes soon enough."""
    if isinstance(trigger, IntervalTrigger):
        return None
    for back in _LOOK_BACK:
        found: datetime | None = None
        due = trigger.get_next_fire_time(None, now - back)
        while due is not None and due <= now:
            found = due.astimezone(UTC)
            due = trigger.get_next_fire_time(due, due)
        if found is not None:
            return found
    return None


def _last_of_interval(trigger: Any, now: datetime) -> datetime | None:
    if not isinstance(trigger, IntervalTrigger):
        return None
    interval: timedelta = trigger.interval
    return _EPOCH + (now - _EPOCH) // interval * interval


class _ClockZone(tzinfo):
    """UTC, with the time taken from our clock: APScheduler asks what time it is by its time zone, and has no other way to be
    told. The system's clock may be wrong, and another one on each replica."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def fromutc(self, system: datetime) -> datetime:
        return self._clock.now().replace(tzinfo=self)

    def utcoffset(self, at: datetime | None) -> timedelta:
        return timedelta(0)

    def dst(self, at: datetime | None) -> timedelta:
        return timedelta(0)

    def tzname(self, at: datetime | None) -> str:
        return "UTC"


class _DueExecutor(BaseExecutor):  # type: ignore[misc] # apscheduler has no types
    """Hands on what is due, with the time it was due at, which APScheduler does not tell a job's function."""

    def __init__(self, begin: Any) -> None:
        super().__init__()
        self._begin = begin

    def _do_submit_job(self, job: Any, run_times: list[datetime]) -> None:
        self._begin(job.id, run_times[-1])
        asyncio.get_running_loop().call_soon(self._run_job_success, job.id, [])


def _never_called() -> None:
    raise AssertionError("the executor hands due jobs on instead")
