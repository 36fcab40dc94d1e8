"""Every figure the bot exports, in one registry that wiring builds; `GET /metrics` prints it. Measures nothing itself."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0)  # seconds; Slack gives up at 3
_SLOW = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Metrics:
    """Instruments with their labels; docs/metrics.md lists them and a test compares the two."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.calls = self._counter(
            "platform_bot_calls", "Calls by command, surface and outcome.", "command", "surface", "outcome"
        )
        self.ack_seconds = self._histogram(
            "platform_bot_ack_seconds", "From a delivery's arrival to its acknowledgement.", _FAST, "kind"
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
        self.slack_requests = self._counter(
            "platform_bot_slack_requests", "Requests to Slack by method and result.", "method", "result"
        )
        self.slack_seconds = self._histogram("platform_bot_slack_seconds", "Requests to Slack.", _SLOW, "method")
        self.sockets = self._gauge("platform_bot_sockets", "Socket Mode connections that are up.")
        self.sockets_replaced = self._counter(
            "platform_bot_sockets_replaced", "Socket Mode connections replaced, by reason.", "reason"
        )
        self.deliveries_refused = self._counter(
            "platform_bot_deliveries_refused", "Deliveries turned away before they became calls, by reason.", "reason"
        )
        self.outbox_sent = self._counter(
            "platform_bot_outbox_sent", "Messages brought up to date, by result.", "result"
        )
        self.outbox_due = self._gauge("platform_bot_outbox_due", "Messages that Slack does not show yet.")
        self.outbox_age_seconds = self._gauge(
            "platform_bot_outbox_age_seconds", "Age of the oldest message that is due."
        )
        self.job_runs = self._counter("platform_bot_job_runs", "Job runs by job and result.", "job", "result")
        self.worker_rounds = self._counter(
            "platform_bot_worker_rounds", "Worker rounds by worker and result.", "worker", "result"
        )

    def slack_request(self, method: str, result: str, seconds: float) -> None:
        """Observes one request to Slack (integrations/slack.py says which results there are)."""
        self.slack_requests.labels(method, result).inc()
        self.slack_seconds.labels(method).observe(seconds)

    def sent(self, result: str) -> None:
        """Observes one message brought up to date, or not (bot/outbox.py)."""
        self.outbox_sent.labels(result).inc()

    def backlog(self, due: int, oldest_seconds: float) -> None:
        """How much Slack does not show yet (bot/outbox.py)."""
        self.outbox_due.set(due)
        self.outbox_age_seconds.set(oldest_seconds)

    def _counter(self, name: str, words: str, *labels: str) -> Counter:
        return Counter(name, words, labels, registry=self.registry)

    def _gauge(self, name: str, words: str, *labels: str) -> Gauge:
        return Gauge(name, words, labels, registry=self.registry)

    def _histogram(self, name: str, words: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(name, words, labels, buckets=buckets, registry=self.registry)
