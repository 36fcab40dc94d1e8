"""Slack's Web API over one shared aiohttp session: calls, response_urls and uploads, with its errors told apart.

It repeats nothing and paces nothing: whoever calls knows whether a call may be repeated. (slack_sdk's AsyncWebClient costs
365 µs of CPU a call, this a tenth.)

    SlackError
     +- SlackRefused       Slack understood and said no: `code`; `permanent` when the same call will be refused again
     +- SlackRateLimited   too many calls; nothing was done; come again after `retry_after` seconds
     +- SlackUnreachable   no answer; `outcome_unknown` when the call may have been carried out all the same
"""

import contextlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from time import perf_counter
from typing import Any, Final, NamedTuple

import aiohttp
from pydantic_core import from_json, to_json

DEFAULT_URL: Final = "https://slack.com/api/"
CALL_TIMEOUT_SECONDS: Final = 10.0
UPLOAD_TIMEOUT_SECONDS: Final = 60.0
_CONNECT_TIMEOUT_SECONDS: Final = 5.0

# Observes one call: method, "ok" | "refused" | "rate_limited" | "unreachable", seconds.
Observer = Callable[[str, str, float], None]

# Methods that read take their arguments as a form only; those that write take JSON too. (docs.slack.dev, "Web API basics")
_READING: Final = frozenset(
    {"info", "list", "history", "replies", "members", "conversations", "get", "getPermalink", "getPresence"}
    | {"lookupByEmail", "getUploadURLExternal"}
)
# Refusals that are about Slack's or the app's condition and not about this call: the same call can succeed later.
_PASSING: Final = frozenset(
    {
        "accesslimited",
        "account_inactive",
        "ekm_access_denied",
        "enterprise_is_restricted",
        "invalid_auth",
        "missing_scope",
        "no_permission",
        "not_authed",
        "org_login_required",
        "service_unavailable",
        "team_added_to_org",
        "token_expired",
        "token_revoked",
        "two_factor_setup_required",
    }
)
# Slack says of these itself that some of the work may have been done before.
_UNCLEAR: Final = frozenset({"fatal_error", "internal_error", "request_timeout"})
_RATE_LIMITED: Final = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})


class SlackError(Exception):
    """A call to Slack that did not succeed. Its text holds no token, no arguments and no secret URL."""


class SlackRefused(SlackError):
    """`code` is Slack's own (`channel_not_found`), `messages` its details, if any (which block is wrong, and why)."""

    def __init__(self, method: str, code: str, messages: Sequence[str] = ()) -> None:
        super().__init__(f"{method}: {code}" + (f" ({'; '.join(messages)})" if messages else ""))
        self.method = method
        self.code = code
        self.messages = tuple(messages)

    @property
    def permanent(self) -> bool:
        """Whether the same call would be refused again, until somebody changes the channel or the message."""
        return self.code not in _PASSING


class SlackRateLimited(SlackError):
    def __init__(self, method: str, retry_after: float) -> None:
        super().__init__(f"{method}: too many calls, again in {retry_after:g} s")
        self.method = method
        self.retry_after = retry_after


class SlackUnreachable(SlackError):
    def __init__(self, method: str, detail: str, *, outcome_unknown: bool) -> None:
        super().__init__(f"{method}: {detail}")
        self.method = method
        self.outcome_unknown = outcome_unknown


@dataclass(frozen=True, slots=True)
class TokenOwner:
    """Whom a token speaks for. `bot_id` is None for a person's token; `scopes` is None when Slack did not say."""

    team: str
    team_id: str
    user: str
    user_id: str
    bot_id: str | None
    scopes: frozenset[str] | None


class _Reply(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def retry_after(self) -> float:
        return _retry_after(self.headers.get("Retry-After"))


class SlackClient:
    """One token's view of Slack. The session is shared and closed by its owner."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        token: str,
        base_url: str = DEFAULT_URL,
        *,
        observe: Observer | None = None,
    ) -> None:
        self._session = session
        self._base_url = base_url.rstrip("/") + "/"
        self._authorization = {"Authorization": f"Bearer {token}"}
        self._json = {**self._authorization, "Content-Type": "application/json; charset=utf-8"}
        self._observe = observe

    async def call(self, method: str, *, timeout: float = CALL_TIMEOUT_SECONDS, **arguments: Any) -> Mapping[str, Any]:
        """Calls one method; arguments that are None are left out. Returns the answer, whose `ok` is true.

        `timeout`: seconds for the whole call. Raises SlackError.
        """
        answer, _headers = await self._exchange(method, arguments, timeout)
        return answer

    async def whoami(self, *, timeout: float = CALL_TIMEOUT_SECONDS) -> TokenOwner:
        """Whom the token speaks for and what it may (`auth.test`, and the header that comes with it). Raises SlackError."""
        answer, headers = await self._exchange("auth.test", {}, timeout)
        scopes = headers.get("X-OAuth-Scopes")
        return TokenOwner(
            team=str(answer.get("team", "")),
            team_id=str(answer.get("team_id", "")),
            user=str(answer.get("user", "")),
            user_id=str(answer.get("user_id", "")),
            bot_id=str(answer["bot_id"]) if answer.get("bot_id") else None,
            scopes=None if scopes is None else frozenset(filter(None, map(str.strip, scopes.split(",")))),
        )

    async def server_time(self, *, timeout: float = CALL_TIMEOUT_SECONDS) -> datetime | None:
        """Slack's clock, to the second it began, whatever else Slack answers; None when it sends none. Sends no token.

        Raises SlackUnreachable.
        """
        reply = await self._post("api.test", self._base_url + "api.test", b"", {}, timeout)
        try:
            return parsedate_to_datetime(reply.headers["Date"]).astimezone(UTC)
        except (KeyError, ValueError):
            return None

    async def respond(
        self, response_url: str, payload: Mapping[str, Any], *, timeout: float = CALL_TIMEOUT_SECONDS
    ) -> None:
        """Posts to a response_url. Raises SlackError; a URL that is used up, expired or unknown is SlackRefused."""
        began = perf_counter()
        try:
            await self._respond(response_url, json.dumps(dict(payload)).encode(), timeout)
        except SlackError as error:
            self._observed("response_url", _result(error), began)
            raise
        self._observed("response_url", "ok", began)

    async def upload(self, name: str, data: bytes, *, timeout: float = UPLOAD_TIMEOUT_SECONDS) -> str:
        """Uploads bytes as a file that nobody sees yet; returns its id, for `share`. Raises SlackError."""
        place = await self.call("files.getUploadURLExternal", filename=name, length=len(data))
        method = "upload"
        began = perf_counter()
        try:
            await self._upload(str(place["upload_url"]), data, timeout)
        except SlackError as error:
            self._observed(method, _result(error), began)
            raise
        self._observed(method, "ok", began)
        return str(place["file_id"])

    async def share(
        self, file_id: str, *, title: str, channel: str, thread_ts: str | None = None, comment: str | None = None
    ) -> None:
        """Shows an uploaded file in a channel or thread, with `comment` (mrkdwn) above it. Raises SlackError."""
        await self.call(
            "files.completeUploadExternal",
            files=[{"id": file_id, "title": title}],
            channel_id=channel,
            thread_ts=thread_ts,
            initial_comment=comment,
        )

    # --- one request ------------------------------------------------------------------------------------------------

    async def _exchange(
        self, method: str, arguments: Mapping[str, Any], timeout: float
    ) -> tuple[Mapping[str, Any], Mapping[str, str]]:
        """The answer and its headers."""
        given = {name: value for name, value in arguments.items() if value is not None}
        body: bytes | aiohttp.FormData
        if method.rpartition(".")[2] in _READING:
            headers, body = self._authorization, _form(given)
        else:
            headers, body = self._json, _written(given)
        began = perf_counter()
        try:
            answered = await self._call(method, body, headers, timeout)
        except SlackError as error:
            self._observed(method, _result(error), began)
            raise
        self._observed(method, "ok", began)
        return answered

    async def _call(
        self, method: str, body: bytes | aiohttp.FormData, headers: Mapping[str, str], timeout: float
    ) -> tuple[Mapping[str, Any], Mapping[str, str]]:
        reply = await self._post(method, self._base_url + method, body, headers, timeout)
        if reply.status == 429:
            raise SlackRateLimited(method, reply.retry_after)
        try:
            answer = _read(reply.body)
        except ValueError:
            answer = None
        if reply.status >= 500 or not isinstance(answer, dict):
            raise SlackUnreachable(method, f"HTTP {reply.status} instead of an answer", outcome_unknown=True)
        if answer.get("ok"):
            return answer, reply.headers
        code = str(answer.get("error") or f"HTTP {reply.status}")
        if code in _RATE_LIMITED:
            raise SlackRateLimited(method, reply.retry_after)
        if code in _UNCLEAR:
            raise SlackUnreachable(method, code, outcome_unknown=True)
        raise SlackRefused(method, code, _details(answer))

    async def _respond(self, url: str, body: bytes, timeout: float) -> None:
        # Without the token: it belongs to the Web API, and this URL is its own secret.
        headers = {"Content-Type": "application/json; charset=utf-8"}
        reply = await self._post("response_url", url, body, headers, timeout)
        if reply.status == 429:
            raise SlackRateLimited("response_url", reply.retry_after)
        if reply.status >= 500:
            raise SlackUnreachable("response_url", f"HTTP {reply.status}", outcome_unknown=True)
        if reply.status != 200:
            raise SlackRefused("response_url", _word(reply.body) or f"HTTP {reply.status}")

    async def _upload(self, url: str, data: bytes, timeout: float) -> None:
        headers = {"Content-Type": "application/octet-stream"}
        reply = await self._post("upload", url, data, headers, timeout)
        if reply.status == 429:
            raise SlackRateLimited("upload", reply.retry_after)
        if reply.status >= 500:
            raise SlackUnreachable("upload", f"HTTP {reply.status}", outcome_unknown=True)
        if reply.status != 200:
            raise SlackRefused("upload", _word(reply.body) or f"HTTP {reply.status}")

    async def _post(
        self, method: str, url: str, body: bytes | aiohttp.FormData, headers: Mapping[str, str], timeout: float
    ) -> _Reply:
        """`from None` where the library's own words could hold the URL."""
        try:
            async with self._session.post(
                url, data=body, headers=headers, timeout=_limits(timeout), allow_redirects=False
            ) as answer:
                return _Reply(answer.status, answer.headers, await answer.read())
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise SlackUnreachable(method, f"cannot connect ({type(error).__name__})", outcome_unknown=False) from error
        except aiohttp.InvalidURL:
            raise SlackRefused(method, "invalid_url") from None
        except TimeoutError as error:
            raise SlackUnreachable(method, f"no answer within {timeout:g} s", outcome_unknown=True) from error
        except (aiohttp.ClientError, OSError) as error:
            detail = f"the connection broke ({type(error).__name__})"
            raise SlackUnreachable(method, detail, outcome_unknown=True) from None

    def _observed(self, method: str, result: str, began: float) -> None:
        if self._observe is not None:
            self._observe(method, result, perf_counter() - began)


# pydantic's JSON takes a fifth of the time of json's, and a message is written and read once each; but it will not have half
# a surrogate pair, which JSON can hold and somebody may send.
def _written(value: Mapping[str, Any]) -> bytes:
    try:
        return to_json(value)
    except ValueError:
        return json.dumps(value).encode()


def _read(body: bytes) -> Any:
    """Raises ValueError for what is no JSON."""
    try:
        return from_json(body)
    except ValueError:
        return json.loads(body)


@lru_cache(maxsize=16)
def _limits(timeout: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=timeout, sock_connect=min(timeout, _CONNECT_TIMEOUT_SECONDS))


def _form(arguments: Mapping[str, Any]) -> aiohttp.FormData:
    form = aiohttp.FormData()
    for name, value in arguments.items():
        form.add_field(name, value if isinstance(value, str) else json.dumps(value))
    return form


def _details(answer: Mapping[str, Any]) -> list[str]:
    found = answer.get("errors") or (answer.get("response_metadata") or {}).get("messages") or []
    if needed := answer.get("needed"):
        found = [*found, f"needed: {needed}"]
    return [str(one) for one in found]


def _result(error: SlackError) -> str:
    if isinstance(error, SlackRefused):
        return "refused"
    return "rate_limited" if isinstance(error, SlackRateLimited) else "unreachable"


def _retry_after(header: str | None) -> float:
    try:
        return max(0.0, float(header)) if header else 1.0
    except ValueError:
        return 1.0


def _word(body: bytes) -> str:
    """A short error code from a plain or JSON answer; nothing longer is passed on."""
    text = body.decode(errors="replace").strip()
    with contextlib.suppress(ValueError, AttributeError):
        text = str(json.loads(text).get("error", ""))
    return text if text.replace("_", "").isalnum() and len(text) <= 60 else ""
