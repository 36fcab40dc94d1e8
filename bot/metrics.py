"""Every figure the bot exports, in one registry that wiring builds; `GET /metrics` prints it. Measures nothing itself.

Labels take few values, all of them named in the code: commands, methods, states. Never an id, a person or what somebody
typed.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from bot.kit.call import Surface

_FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0)  # seconds; Slack gives up at 3
_SLOW = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_LONG = (0.1, 1.0, 5.0, 30.0, 60.0, 300.0, 1800.0)
_LAG = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)

DELIVERIES: Final = ("slash", "form", "button", "shortcut", "options", "event")
"""What Slack delivers, as `platform_bot_ack_seconds` tells it apart."""

REFUSALS: Final = (
    "not_allowed",
    "mistake",
    "unavailable",
    "busy",
    "too_many",
    "bug",
    "garbage",
    "unsigned",
    "forged",
    "oversized",
    "unhandled",
)
"""Why a delivery did not become a call."""

SLACK_WAITS: Final = 3.0  # seconds for an acknowledgement (docs.slack.dev, "Handling user interaction")

MISSED: Final = ("late", "lost", "withheld")
"""Why Slack did not hear in time that a delivery was taken; `platform_bot_acks_missed` says what they mean."""


@dataclass(frozen=True)
class Family:
    """One metric as it is scraped. `type` is counter, gauge or histogram."""

    type: str
    labels: tuple[str, ...]
    meaning: str


class Metrics:
    """Instruments with their labels; docs/metrics.md lists them and a test compares the two.

    What every delivery touches has its children looked up once: `ack`, `refused`, `acks_missed`.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._families: dict[str, Family] = {}
        self._slack: dict[tuple[str, str], tuple[Counter, Histogram]] = {}
        self._sent: dict[str, Counter] = {}
        self._calls_and_slack()
        self._outbox_and_jobs()
        self._capacity()
        self._process()
        self.ack = {kind: self.ack_seconds.labels(kind) for kind in DELIVERIES}
        self.refused = {reason: self.deliveries_refused.labels(reason) for reason in REFUSALS}
        self.acks_missed = {reason: self.deliveries_unheard.labels(reason) for reason in MISSED}

    def _calls_and_slack(self) -> None:
        self.calls = self._counter(
            "platform_bot_calls", "Calls by command, surface and outcome.", "command", "surface", "outcome"
        )
        self.ack_seconds = self._histogram(
            "platform_bot_ack_seconds", "From a delivery's arrival to its acknowledgement.", _FAST, "kind"
        )
        self.deliveries_unheard = self._counter(
            "platform_bot_acks_missed",
            "Deliveries that Slack did not hear of within its 3 s: `late`, `lost` (its connection had gone), `withheld` (not "
            "taken, so that Slack delivers again or says that it failed).",
            "reason",
        )
        self.call_seconds = self._histogram(
            "platform_bot_call_seconds", "From a call's acceptance to its end.", _SLOW, "command"
        )
        self.calls_running = self._gauge(
            "platform_bot_calls_running", "Accepted calls that have not ended in this process."
        )
        self.calls_taken_over = self._counter(
            "platform_bot_calls_taken_over", "Calls whose process died, by what was done with them.", "outcome"
        )
        self.call_waits = self._counter(
            "platform_bot_call_waits", "Attempts of calls put off because a system they need is down.", "system"
        )
        self.deliveries_refused = self._counter(
            "platform_bot_deliveries_refused", "Deliveries turned away before they became calls, by reason.", "reason"
        )
        self.http_requests = self._counter(
            "platform_bot_http_requests", "HTTP requests by route and status.", "route", "status"
        )
        self.slack_requests = self._counter(
            "platform_bot_slack_requests", "Requests to Slack by method and result.", "method", "result"
        )
        self.slack_seconds = self._histogram("platform_bot_slack_seconds", "Requests to Slack.", _SLOW, "method")
        self.sockets = self._gauge("platform_bot_sockets", "Socket Mode connections that are up.")
        self.sockets_replaced = self._counter(
            "platform_bot_sockets_replaced", "Socket Mode connections replaced, by reason.", "reason"
        )
        self.socket_unknown = self._counter(
            "platform_bot_socket_messages_unknown",
            "What Slack said over Socket Mode and this release does not understand; the log has the first of each kind.",
        )

    def _outbox_and_jobs(self) -> None:
        self.outbox_sent = self._counter(
            "platform_bot_outbox_sent", "Messages brought up to date, by result.", "result"
        )
        self.outbox_due = self._gauge(
            "platform_bot_outbox_due", "Messages that Slack does not show yet; the same on every replica."
        )
        self.outbox_age_seconds = self._gauge(
            "platform_bot_outbox_age_seconds", "Age of the oldest message that is due; the same on every replica."
        )
        self.events_delivered = self._counter(
            "platform_bot_events_delivered", "Domain events handed to subscribers, by result.", "subscriber", "result"
        )
        self.events_waiting = self._gauge(
            "platform_bot_events_waiting", "Deliveries of domain events that wait; the same on every replica."
        )
        self.events_parked = self._gauge(
            "platform_bot_events_parked",
            "Deliveries given up after a bug, tried again when a bot starts; the same on every replica.",
        )
        self.events_age_seconds = self._gauge(
            "platform_bot_events_age_seconds", "Age of the oldest domain event that waits; the same on every replica."
        )
        self.audit_sealed = self._counter("platform_bot_audit_sealed", "Entries of the audit trail sealed here.")
        self.audit_dropped = self._counter(
            "platform_bot_audit_dropped", "Refusals that could not be written into the audit trail in time."
        )
        self.audit_unsealed_age_seconds = self._gauge(
            "platform_bot_audit_unsealed_age_seconds",
            "Age of the oldest entry of the audit trail that is not sealed; the same on every replica.",
        )
        self.leading = self._gauge("platform_bot_leading", "1 while this process holds the lease.", "lease")
        self.job_runs = self._counter("platform_bot_job_runs", "Job runs by job and result.", "job_id", "result")
        self.job_seconds = self._histogram("platform_bot_job_seconds", "How long job runs take.", _LONG, "job_id")
        self.job_overdue_seconds = self._gauge(
            "platform_bot_job_overdue_seconds",
            "How long ago the newest due run should have begun that has not ended; 0 when it has.",
            "job_id",
        )
        self.jobs_taken_over = self._counter(
            "platform_bot_jobs_taken_over", "Job runs whose process died and that were run again here.", "job_id"
        )
        self.worker_rounds = self._counter(
            "platform_bot_worker_rounds", "Worker rounds by worker and result.", "worker", "result"
        )
        self.worker_round_seconds = self._histogram(
            "platform_bot_worker_round_seconds", "How long worker rounds take.", _LONG, "worker"
        )
        self.objects = self._gauge(
            "platform_bot_objects",
            "Objects (sandboxes, …) by group and state; the same on every replica.",
            "group",
            "state",
        )
        self.reconcile_lag_seconds = self._gauge(
            "platform_bot_reconcile_lag_seconds",
            "How long the oldest intent has waited to come true; the same on every replica.",
            "group",
        )
        self.reconcile_overdue_seconds = self._gauge(
            "platform_bot_reconcile_overdue_seconds",
            "How late the reconciler is with the object it should have looked at first; the same on every replica.",
            "group",
        )
        self.held_back = self._gauge(
            "platform_bot_held_back",
            "Objects that an emergency brake keeps from being deleted until an admin looks; the same on every replica.",
            "group",
        )

    def _capacity(self) -> None:
        self.queue_depth = self._gauge(
            "platform_bot_queue_depth", "What waits or is being worked on in this process, by queue.", "queue"
        )
        self.queue_bound = self._gauge(
            "platform_bot_queue_bound", "The most that may; past it the answer is “busy”.", "queue"
        )
        self.queue_refused = self._counter(
            "platform_bot_queue_refused", "What was turned away because the queue was full.", "queue"
        )
        self.database_seconds = self._histogram(
            "platform_bot_database_seconds",
            "Steps of a write: `gate` (waiting for SQLite's one writer), `commit`, `journal` (the calls' shared commit).",
            _FAST,
            "step",
        )
        self.loop_lag_seconds = self._histogram(
            "platform_bot_event_loop_lag_seconds", "How late the event loop is, measured four times a second.", _LAG
        )
        self.loop_restarts = self._counter(
            "platform_bot_loop_restarts", "Long-running loops that failed and were started again, by loop.", "loop"
        )

    def _process(self) -> None:
        self.ready = self._gauge(
            "platform_bot_ready", "1 while it takes calls and the database answers, as `/readyz` says; else 0."
        )
        self.build = self._gauge("platform_bot_build", "1; the labels say what runs.", "version", "mode", "database")
        ProcessCollector(registry=self.registry)  # process_*: memory, file descriptors, CPU time; on Linux only

    def families(self) -> Mapping[str, Family]:
        """Our own, by the name that is scraped."""
        return dict(self._families)

    def expect(self, commands: Iterable[str], jobs: Iterable[str]) -> None:
        """Shows as 0 what alerting rules wait for: an increase from nothing is none to Prometheus."""
        for command in commands:
            for surface in Surface:
                self.calls.labels(command, surface.value, "failed")
        for job in jobs:
            for result in ("done", "failed", "busy"):
                self.job_runs.labels(job, result)
        for outcome in ("resumed", "interrupted", "given_up"):
            self.calls_taken_over.labels(outcome)
        self.outbox_sent.labels("failed")

    # --- what others tell -------------------------------------------------------------------------------------------

    def acknowledged(self, seconds: float) -> None:
        """A delivery was acknowledged so long after it had arrived."""
        if seconds > SLACK_WAITS:
            self.acks_missed["late"].inc()

    def slack_request(self, method: str, result: str, seconds: float) -> None:
        """Observes one request to Slack (integrations/slack.py says which results there are)."""
        if (children := self._slack.get((method, result))) is None:
            children = self.slack_requests.labels(method, result), self.slack_seconds.labels(method)
            self._slack[method, result] = children
        count, duration = children
        count.inc()
        duration.observe(seconds)

    def sent(self, result: str) -> None:
        """Observes one message brought up to date, or not (bot/outbox.py)."""
        if (count := self._sent.get(result)) is None:
            count = self._sent[result] = self.outbox_sent.labels(result)
        count.inc()

    def backlog(self, due: int, oldest_seconds: float) -> None:
        """How much Slack does not show yet (bot/outbox.py)."""
        self.outbox_due.set(due)
        self.outbox_age_seconds.set(oldest_seconds)

    def events(self, waiting: int, parked: int, oldest_seconds: float) -> None:
        """How many domain events are still to be delivered (bot/subscriptions.py)."""
        self.events_waiting.set(waiting)
        self.events_parked.set(parked)
        self.events_age_seconds.set(oldest_seconds)

    def queue(self, name: str, depth: Callable[[], int], bound: int) -> None:
        """Shows a queue; `depth` is asked at every scrape."""
        self.queue_depth.labels(name).set_function(depth)
        self.queue_bound.labels(name).set(bound)
        self.queue_refused.labels(name)  # shown as 0 before anything was turned away

    def built(self, version: str, mode: str, database: str) -> None:
        """Says what runs: `mode` is socket or http, `database` sqlite or postgresql."""
        self.build.labels(version, mode, database).set(1)

    def observed_write(self) -> Callable[[str, float], None]:
        """Observes a step of a write and its seconds (storage/db.py says which steps there are)."""
        steps = {step: self.database_seconds.labels(step) for step in ("gate", "commit", "journal")}

        def observe(step: str, seconds: float) -> None:
            steps[step].observe(seconds)

        return observe

    def _counter(self, name: str, words: str, *labels: str) -> Counter:
        self._families[f"{name}_total"] = Family("counter", labels, words)
        return Counter(name, words, labels, registry=self.registry)

    def _gauge(self, name: str, words: str, *labels: str) -> Gauge:
        self._families[name] = Family("gauge", labels, words)
        return Gauge(name, words, labels, registry=self.registry)

    def _histogram(self, name: str, words: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        self._families[name] = Family("histogram", labels, words)
        return Histogram(name, words, labels, buckets=buckets, registry=self.registry)
