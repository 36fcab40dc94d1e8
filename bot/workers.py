"""Runs the workers that groups declare: rounds until nothing is left, then waits for the topic or the interval."""

from bot.kit.declare import Worker
from bot.metrics import Metrics
from storage.db import Database


async def work(worker: Worker, service: object, db: Database, metrics: Metrics) -> None:
    """Never returns; what a round raises is counted and passed to the supervisor."""
    rounds = metrics.worker_rounds
    name = f"{worker.group}.{worker.name}"
    while True:
        seen = db.count(worker.topic)
        try:
            more = await worker.run(service)
        except Exception:
            rounds.labels(name, "failed").inc()
            raise
        rounds.labels(name, "done").inc()
        if not more:
            await db.wait(worker.topic, timeout=worker.interval.total_seconds(), since=seen)
