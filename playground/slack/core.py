"""What the rooms of the double share: workspace, installed app, what was handed out to it. Joins, does nothing itself."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from playground.slack.faults import Faults
from playground.slack.manifest import Manifest
from playground.slack.model import JsonObject
from playground.slack.pacing import Pacing
from playground.slack.refusals import Refusal
from playground.slack.state import Workspace
from playground.slack.traffic import Traffic

TRIGGER_LIFE = timedelta(seconds=3)
RESPONSE_URL_LIFE = timedelta(minutes=30)
RESPONSE_URL_USES = 5

ClientMsgIds = Literal["stored", "first_wins"]


@dataclass(frozen=True, slots=True)
class Tokens:
    bot: str
    app: str
    signing_secret: str
    verification: str

    @staticmethod
    def new() -> "Tokens":
        return Tokens(
            bot=f"xoxb-{secrets.randbelow(10**12):012d}-{secrets.token_hex(12)}",
            app=f"xapp-1-{secrets.token_hex(20)}",
            signing_secret=secrets.token_hex(16),
            verification=secrets.token_urlsafe(18),
        )


@dataclass(frozen=True, slots=True)
class Trigger:
    user_id: str
    issued: datetime
    view_id: str = ""  # the modal it came from
    channel_id: str = ""  # where the person was
    used: bool = False


@dataclass(frozen=True, slots=True)
class ResponseUrl:
    """Speaks to `user_id` in `channel_id`; `message_ts` is the message whose button was pressed, if any."""

    channel_id: str
    user_id: str
    issued: datetime
    message_ts: str = ""
    uses: int = 0


@dataclass(slots=True)
class Upload:
    file_id: str
    length: int
    content: bytes | None = None


class Core:
    def __init__(
        self,
        workspace: Workspace,
        manifest: Manifest,
        tokens: Tokens,
        *,
        rate_limits: bool,
        client_msg_ids: ClientMsgIds,
        seed: int,
    ) -> None:
        self.workspace = workspace
        self.manifest = manifest
        self.tokens = tokens
        self.client_msg_ids = client_msg_ids
        self.faults = Faults(seed)
        self.pacing = Pacing(enabled=rate_limits)
        self.traffic = Traffic(workspace)
        self.base_url = ""  # set when the server listens
        self.tickets: dict[str, bool] = {}  # socket tickets; True once used
        self.uploads: dict[str, Upload] = {}
        self.message_states: dict[tuple[str, str, str], JsonObject] = {}  # (user, channel, ts) -> values chosen there
        self._triggers: dict[str, Trigger] = {}
        self._response_urls: dict[str, ResponseUrl] = {}

    @property
    def bot_user_id(self) -> str:
        return self.workspace.bot_user_id

    # --- triggers

    def issue_trigger(self, user_id: str, *, view_id: str = "", channel_id: str = "") -> str:
        trigger_id = f"{secrets.randbelow(10**13)}.{secrets.randbelow(10**13)}.{secrets.token_hex(16)}"
        self._triggers[trigger_id] = Trigger(user_id, self.workspace.now(), view_id, channel_id)
        return trigger_id

    def exchange_trigger(self, trigger_id: str) -> Trigger:
        """Single use, within 3 s. Callers check the view first, as Slack does: a refused view leaves the trigger unspent."""
        trigger = self._triggers.get(trigger_id)
        if trigger is None:
            raise Refusal("invalid_trigger_id")
        if trigger.used:
            raise Refusal("exchanged_trigger_id")
        if self.workspace.now() - trigger.issued > TRIGGER_LIFE:
            raise Refusal("expired_trigger_id")
        self._triggers[trigger_id] = replace(trigger, used=True)
        return trigger

    # --- response_urls

    def issue_response_url(self, user_id: str, channel_id: str, *, message_ts: str = "") -> str:
        key = f"{self.workspace.team.id}/{secrets.randbelow(10**12)}/{secrets.token_urlsafe(18)}"
        self._response_urls[key] = ResponseUrl(channel_id, user_id, self.workspace.now(), message_ts)
        return f"{self.base_url}/actions/{key}"

    def use_response_url(self, key: str) -> ResponseUrl:
        """Counts one use. Raises Refusal used_url or expired_url, and invalid for one that never was."""
        url = self._response_urls.get(key)
        if url is None:
            raise Refusal("invalid_url")
        if self.workspace.now() - url.issued > RESPONSE_URL_LIFE:
            raise Refusal("expired_url")
        if url.uses >= RESPONSE_URL_USES:
            raise Refusal("used_url")
        self._response_urls[key] = replace(url, uses=url.uses + 1)
        return url

    # --- sockets and uploads

    def issue_ticket(self) -> str:
        ticket = secrets.token_urlsafe(24)
        self.tickets[ticket] = False
        return ticket

    def issue_upload(self, file_id: str, length: int) -> str:
        key = secrets.token_urlsafe(24)
        self.uploads[key] = Upload(file_id, length)
        return f"{self.base_url}/upload/v1/{key}"
