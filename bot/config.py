"""Environment + platform.yaml -> frozen Settings. Reads them once, at start; knows no domain: each group brings its section.

Every mistake is reported, each with its file, line and key, and what would be right; nothing starts on a half-read file.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, ValidationError

from bot.configfiles import ConfigFiles
from bot.kit.access import AccessSettings
from bot.kit.approvals import ApprovalSettings
from bot.kit.errors import UserError
from bot.kit.problems import describe
from bot.kit.text import nearest, shorten
from bot.kit.units import Duration, parse_duration

SectionT = TypeVar("SectionT", bound=BaseModel)
Environment = Mapping[str, str]


@dataclass(frozen=True)
class Variable:
    """One environment variable. Unset or empty, it means `default`; None: there is none. With `file`, `NAME_FILE` may name
    a file that holds it instead."""

    name: str
    default: str | None
    meaning: str
    file: bool = False


VARIABLES: Mapping[str, Variable] = {
    variable.name: variable
    for variable in (
        Variable(
            "SLACK_BOT_TOKEN",
            None,
            "The bot's token, `xoxb-…`, from “OAuth & Permissions” of your app. None: `run` does not start.",
            file=True,
        ),
        Variable(
            "SLACK_APP_TOKEN",
            None,
            "The app-level token, `xapp-…` with `connections:write`, for Socket Mode. None: no sockets are opened; HTTP "
            "mode needs `SLACK_SIGNING_SECRET` then.",
            file=True,
        ),
        Variable(
            "SLACK_SIGNING_SECRET",
            None,
            "What Slack signs its requests with, for HTTP mode. None: `/slack/events` does not exist.",
            file=True,
        ),
        Variable(
            "PLATFORM_AUDIT_KEY",
            None,
            "What the audit trail is stamped and sealed with: 32 or more random characters, on every replica the same. None: a "
            "key derived from the bot token is used; then a new token is a new key too.",
            file=True,
        ),
        Variable(
            "PLATFORM_AUDIT_KEY_PREVIOUS",
            None,
            "Earlier values of `PLATFORM_AUDIT_KEY` (or of the bot token, where that was used), separated by commas: without "
            "them older entries cannot be verified.",
            file=True,
        ),
        Variable(
            "PROMETHEUS_TOKEN",
            None,
            "The bearer token for `prometheus.url`. None: it is asked without one.",
            file=True,
        ),
        Variable("SLACK_API_URL", "https://slack.com/api/", "Where Slack's Web API is; another one for a double."),
        Variable(
            "DATABASE_URL",
            "sqlite+aiosqlite:///platform-bot.db",
            "`sqlite+aiosqlite:///path` (relative to the working directory; one process) or "
            "`postgresql+psycopg://user:password@host/name` (any number of replicas).",
            file=True,
        ),
        Variable(
            "PLATFORM_CONFIG",
            "platform.yaml",
            "The settings file; the files of the folder named like it with `.d` (`platform.d/*.yaml`) are merged in. The "
            "default one may be missing.",
        ),
        Variable(
            "PLATFORM_HTTP_HOST", "127.0.0.1", "The address the HTTP server listens on; the container sets `0.0.0.0`."
        ),
        Variable("PLATFORM_HTTP_PORT", "8080", "Its TCP port; 0: any free one, told in the log."),
        Variable(
            "KUBECONFIG",
            None,
            "The file that says where the cluster is. None: the cluster the bot runs in, as its pod's service account; never "
            "`~/.kube/config`.",
        ),
    )
}


class ConfigError(UserError):
    """The configuration cannot be used; the message lists every problem, a line each."""


class Section(BaseModel):
    """Base of every section of platform.yaml: frozen, and a misspelt key is an error instead of a silent default."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SlackSettings(Section):
    """How the bot stands in the workspace."""

    command: Annotated[str, StringConstraints(pattern=r"^/[a-z0-9_-]{1,31}$")] = Field(
        default="/platform",
        description="The slash command, for a staging app beside the real one. Slack allows 32 characters.",
    )
    connections: int = Field(
        default=2, ge=1, le=10, description="Socket Mode connections; one alone leaves gaps at refresh."
    )
    silence: Duration = Field(
        default=parse_duration("90s"),
        ge=parse_duration("5s"),
        description="A socket on which nothing arrived for this long, not even a ping, is replaced.",
    )
    posts_per_second: float | None = Field(
        default=1.0,
        gt=0,
        description="Messages per second and channel (Slack allows 1). None: unpaced, for doubles only.",
    )


class CallSettings(Section):
    """How many calls are worked on, and how long."""

    running: int = Field(default=32, ge=1, le=1000, description="Calls worked on at once, per process.")
    waiting: int = Field(default=1000, ge=1, description="Accepted calls that may wait; past it the answer is “busy”.")
    lease: Duration = Field(
        default=parse_duration("10s"),
        ge=parse_duration("1s"),
        description="After this long a dead process's calls are resumed.",
    )
    drain: Duration = Field(
        default=parse_duration("20s"), description="How long a stopping process waits for running calls."
    )
    person_per_minute: int | None = Field(
        default=120,
        ge=1,
        description="Calls that one person may make in a minute, per process; past it the answer says when to try again. Of "
        "forms, help and choices looked up it is five times as many. None: no limit.",
    )
    person_burst: int = Field(default=60, ge=1, description="How many of them may come at once after a pause.")
    token_per_minute: int | None = Field(
        default=600,
        ge=1,
        description="The same for one API token; the answer is 429 then. Of requests of any kind it is five times as many.",
    )
    token_burst: int = Field(default=300, ge=1, description="How many of them may come at once after a pause.")


class PrometheusSettings(Section):
    """The Prometheus that knows how the cluster does; some things can be told with one only, such as who uses a sandbox."""

    url: Annotated[str, StringConstraints(pattern=r"^https?://")] | None = Field(
        default=None,
        description="Its address, such as `http://prometheus.monitoring:9090`; a token for it is `PROMETHEUS_TOKEN`. None: there "
        "is none.",
    )
    timeout: Duration = Field(
        default=parse_duration("10s"), le=parse_duration("60s"), description="How long one question may take."
    )


class ApiSettings(Section):
    """How long the HTTP API waits for a call to end before it answers 202."""

    wait: Duration = Field(
        default=parse_duration("10s"), description="When the request does not say (`Prefer: wait=…`)."
    )
    longest_wait: Duration = Field(default=parse_duration("60s"), description="The most a request may ask for.")


class AuditSettings(Section):
    """How the audit trail is kept."""

    channel: Annotated[str, StringConstraints(pattern=r"^[CG][A-Z0-9]{2,30}$")] | None = Field(
        default=None,
        description="The channel (its id) that is told every hour where the trail stands: a copy outside the database. None: "
        "only the log is.",
    )
    retention: Duration = Field(
        default=parse_duration("400d"), ge=parse_duration("1d"), description="How long entries are kept."
    )


class LogSettings(Section):
    """What is logged, and how."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least severity that is logged."
    )
    format: Literal["auto", "json", "text"] = Field(
        default="auto", description="auto: text on a terminal, JSON elsewhere."
    )


SECTIONS: Mapping[str, type[BaseModel]] = {
    "slack": SlackSettings,
    "access": AccessSettings,
    "approvals": ApprovalSettings,
    "calls": CallSettings,
    "api": ApiSettings,
    "log": LogSettings,
    "audit": AuditSettings,
    "prometheus": PrometheusSettings,
}


@dataclass(frozen=True)
class Secrets:
    """Tokens, from the environment or from files (`*_FILE`) only. None: not given."""

    bot_token: SecretStr | None
    app_token: SecretStr | None
    signing_secret: SecretStr | None
    audit_key: SecretStr | None = None
    audit_key_previous: SecretStr | None = None
    prometheus_token: SecretStr | None = None

    def texts(self) -> tuple[str, ...]:
        """Those that were given, in clear: for whoever keeps them out of what is shown."""
        given = (
            self.bot_token,
            self.app_token,
            self.signing_secret,
            self.audit_key,
            self.audit_key_previous,
            self.prometheus_token,
        )
        return tuple(secret.get_secret_value() for secret in given if secret is not None)


@dataclass(frozen=True)
class Settings:
    """Everything the process was told. `sections` holds a validated model per section of platform.yaml."""

    secrets: Secrets
    slack_api_url: str
    database_url: str
    http_host: str
    http_port: int
    kubeconfig: str | None
    sections: Mapping[str, BaseModel]

    def section(self, name: str, model: type[SectionT]) -> SectionT:
        found = self.sections[name]
        if not isinstance(found, model):
            raise TypeError(f"section {name} is a {type(found).__name__}, not a {model.__name__}")
        return found

    @property
    def slack(self) -> SlackSettings:
        return self.section("slack", SlackSettings)


def load_settings(
    environment: Environment, group_sections: Mapping[str, type[BaseModel]], permissions: Collection[str] = ()
) -> Settings:
    """Reads environment and files. `permissions` are those that commands have, for finding roles that name others (none: they
    are not looked at). Raises ConfigError naming every problem at once."""
    problems: list[str] = []
    source = ConfigFiles()
    for path in _files(environment, problems):
        source.read(path, problems)
    source.override(environment, problems)
    sections = _validate({**SECTIONS, **group_sections}, source, problems)
    if isinstance(access := sections.get("access"), AccessSettings):
        for below, text in access.mistakes(permissions):
            key = ("access", *below)
            problems.append(f"{source.where(key)}: {'.'.join(key)}: {text}")

    def secret(name: str) -> SecretStr | None:
        text = _variable(environment, name, problems)
        return SecretStr(text) if text else None

    secrets = Secrets(
        bot_token=secret("SLACK_BOT_TOKEN"),
        app_token=secret("SLACK_APP_TOKEN"),
        signing_secret=secret("SLACK_SIGNING_SECRET"),
        audit_key=secret("PLATFORM_AUDIT_KEY"),
        audit_key_previous=secret("PLATFORM_AUDIT_KEY_PREVIOUS"),
        prometheus_token=secret("PROMETHEUS_TOKEN"),
    )
    database_url = _variable(environment, "DATABASE_URL", problems) or ""
    if not database_url.startswith(("sqlite+aiosqlite:///", "postgresql+psycopg://")):
        scheme = shorten(database_url.partition(":")[0], 30)  # what follows it may hold a password
        problems.append(f"DATABASE_URL: must begin with sqlite+aiosqlite:/// or postgresql+psycopg://, not “{scheme}:”")
    slack_api_url = _variable(environment, "SLACK_API_URL", problems) or ""
    if not slack_api_url.startswith(("https://", "http://")):
        problems.append(f"SLACK_API_URL: must begin with https://, not “{shorten(slack_api_url, 40)}”")
    port = _port(_variable(environment, "PLATFORM_HTTP_PORT", problems) or "", problems)
    settings = Settings(
        secrets=secrets,
        slack_api_url=slack_api_url.rstrip("/") + "/",
        database_url=database_url,
        http_host=_variable(environment, "PLATFORM_HTTP_HOST", problems) or "",
        http_port=port,
        kubeconfig=_variable(environment, "KUBECONFIG", problems),
        sections=sections,
    )
    if problems:
        raise ConfigError("\n".join(problems))
    return settings


def _variable(environment: Environment, name: str, problems: list[str]) -> str | None:
    """`NAME`, or the content of the file that `NAME_FILE` names (how Kubernetes and Docker hand over secrets), or its
    default."""
    variable = VARIABLES[name]
    direct = environment.get(name, "").strip()
    path = environment.get(f"{name}_FILE", "") if variable.file else ""
    if direct and path:
        problems.append(f"{name}: given twice, directly and as {name}_FILE; keep one")
    if direct or not path:
        return direct or variable.default
    try:
        return Path(path).read_text(encoding="utf-8").strip() or variable.default
    except OSError as error:
        problems.append(f"{name}_FILE: cannot read {path}: {error.strerror}")
    except UnicodeDecodeError:
        problems.append(f"{name}_FILE: {path} is not text")
    return variable.default


def _port(text: str, problems: list[str]) -> int:
    if re.fullmatch("[0-9]{1,5}", text) and int(text) <= 65535:
        return int(text)
    problems.append(f"PLATFORM_HTTP_PORT: must be a port from 0 to 65535, not “{shorten(text, 40)}”")
    return 0


def _files(environment: Environment, problems: list[str]) -> list[Path]:
    path = Path(_variable(environment, "PLATFORM_CONFIG", problems) or "")
    if environment.get("PLATFORM_CONFIG", "").strip() and not path.is_file():
        problems.append(f"PLATFORM_CONFIG: there is no file {path}")
        return []
    more = sorted(path.with_suffix(".d").glob("*.yaml"))
    return [path, *more] if path.is_file() else more


def _validate(models: Mapping[str, type[BaseModel]], source: ConfigFiles, problems: list[str]) -> dict[str, BaseModel]:
    sections: dict[str, BaseModel] = {}
    for name in source.data:
        if name not in models:
            guess = nearest(str(name), models)
            hint = f"did you mean {guess}?" if guess else f"known are {', '.join(sorted(models))}"
            problems.append(f"{source.where((str(name),))}: {name}: there is no such section; {hint}")
    for name, model in models.items():
        try:
            content = source.data.get(name)
            sections[name] = model.model_validate({} if content is None else content)
        except ValidationError as error:
            for details in error.errors(include_url=False):
                path = (name, *(str(part) for part in details["loc"]))
                hint = ""
                if details["type"] == "extra_forbidden" and (guess := nearest(path[-1], model.model_fields)):
                    hint = f"; did you mean {guess}?"
                problems.append(f"{source.where(path)}: {'.'.join(path)}: {describe(details)}{hint}")
    return sections
