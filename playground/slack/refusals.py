"""How Slack says no to a Web API call. One exception, carrying the answer's `error` and whatever else is in it."""

from playground.slack.block_kit import ONE_TABLE
from playground.slack.model import JsonObject


class Refusal(Exception):
    """`error` is Slack's name for it; `extra` joins the answer (needed, provided, response_metadata, …)."""

    def __init__(self, error: str, *, retry_after: int = 0, **extra: object) -> None:
        super().__init__(error)
        self.error = error
        self.retry_after = retry_after
        self.extra = extra

    def answer(self) -> JsonObject:
        return {"ok": False, "error": self.error, **self.extra}


def invalid_arguments(*messages: str) -> Refusal:
    return Refusal("invalid_arguments", response_metadata={"messages": [f"[ERROR] {text}" for text in messages]})


def invalid_blocks(found: list[str]) -> Refusal:
    # A second table is an error of attachments in Slack, wherever the tables stand.
    tables = any(text.startswith(ONE_TABLE) for text in found)
    return Refusal(
        "invalid_attachments" if tables else "invalid_blocks",
        errors=found,
        response_metadata={"messages": [f"[ERROR] {text}" for text in found]},
    )
