"""Runs the workers that groups declare: rounds until nothing is left, then waits for the topic or the interval."""

from time import monotonic

from bot.kit.declare import Worker
from bot.metrics import Metrics
from storage.db import Database


async def work(worker: Worker, service: object, db: Database, metrics: Metrics) -> None:
    """Never returns; what a round raises is counted and passed to the supervisor."""
    name = f"{worker.group}.{worker.name}"
    done, failed = (metrics.worker_rounds.labels(name, result) for result in ("done", "failed"))
    seconds = metrics.worker_round_seconds.labels(name)
    while True:
        seen, began = db.count(worker.topic), monotonic()
        try:
            more = await worker.run(service)
        except Exception:
            failed.inc()
            raise
        done.inc()
        seconds.observe(monotonic() - began)
        if not more:
            await db.wait(worker.topic, timeout=worker.interval.total_seconds(), since=seen)
