"""Environment + platform.yaml -> frozen Settings. Reads them once, at start; knows no domain: each group brings its section.

Every mistake is reported, each with its file, line and key, and what would be right; nothing starts on a half-read file.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, ValidationError

from bot.kit.errors import UserError
from bot.kit.problems import describe
from bot.kit.text import nearest
from bot.kit.units import Duration, parse_duration

SectionT = TypeVar("SectionT", bound=BaseModel)
Environment = Mapping[str, str]

_SLACK_API = "https://slack.com/api/"
_DATABASE = "sqlite+aiosqlite:///platform-bot.db"


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


class AccessSettings(Section):
    """Who may do what. Empty: every full member of the workspace is `developer` of team `default`, others get nothing."""

    everyone: tuple[str, ...] = Field(
        default=("developer",), description="The roles of every full member of the workspace."
    )
    roles: Mapping[str, frozenset[str]] = Field(
        default={"developer": frozenset({"sandbox.*"})},
        description="Role -> permission patterns (`sandbox.create`, `sandbox.*`, `*`).",
    )


class CallSettings(Section):
    """How many calls are worked on, and how long."""

    running: int = Field(default=32, ge=1, le=1000, description="Calls worked on at once, per process.")
    waiting: int = Field(default=1000, ge=1, description="Accepted calls that may wait; past it the answer is “busy”.")
    lease: Duration = Field(
        default=parse_duration("30s"),
        ge=parse_duration("1s"),
        description="After this long a dead process's calls are resumed.",
    )
    drain: Duration = Field(
        default=parse_duration("20s"), description="How long a stopping process waits for running calls."
    )


class LogSettings(Section):
    level: str = Field(
        default="info", pattern="^(debug|info|warning|error)$", description="The least severity that is logged."
    )
    format: str = Field(
        default="auto", pattern="^(auto|json|text)$", description="auto: text on a terminal, JSON elsewhere."
    )


SECTIONS: Mapping[str, type[Section]] = {
    "slack": SlackSettings,
    "access": AccessSettings,
    "calls": CallSettings,
    "log": LogSettings,
}


@dataclass(frozen=True)
class Secrets:
    """Tokens, from the environment or from files (`*_FILE`) only. None: not given."""

    bot_token: SecretStr | None
    app_token: SecretStr | None
    signing_secret: SecretStr | None


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


def load_settings(environment: Environment, group_sections: Mapping[str, type[BaseModel]]) -> Settings:
    """Reads environment and files. Raises ConfigError naming every problem at once."""
    problems: list[str] = []
    source = _Source()
    for path in _files(environment, problems):
        source.read(path, problems)
    source.override(environment, problems)
    sections = _validate({**SECTIONS, **group_sections}, source, problems)

    def secret(name: str) -> SecretStr | None:
        text = _from_environment(environment, name, problems)
        return SecretStr(text) if text else None

    secrets = Secrets(secret("SLACK_BOT_TOKEN"), secret("SLACK_APP_TOKEN"), secret("SLACK_SIGNING_SECRET"))
    database_url = _from_environment(environment, "DATABASE_URL", problems) or _DATABASE
    port = environment.get("PLATFORM_HTTP_PORT", "8080")
    if not port.isdigit() or int(port) > 65535:
        problems.append(f"PLATFORM_HTTP_PORT: must be a port from 0 to 65535, not “{port}”")
        port = "0"
    if not database_url.startswith(("sqlite+aiosqlite:///", "postgresql+psycopg://")):
        scheme = database_url.partition(":")[0]
        problems.append(f"DATABASE_URL: must begin with sqlite+aiosqlite:/// or postgresql+psycopg://, not “{scheme}:”")
    if problems:
        raise ConfigError("\n".join(problems))
    return Settings(
        secrets=secrets,
        slack_api_url=environment.get("SLACK_API_URL", _SLACK_API).rstrip("/") + "/",
        database_url=database_url,
        http_host=environment.get("PLATFORM_HTTP_HOST", "127.0.0.1"),
        http_port=int(port),
        kubeconfig=environment.get("KUBECONFIG") or None,
        sections=sections,
    )


def _from_environment(environment: Environment, name: str, problems: list[str]) -> str | None:
    """`NAME`, or the content of the file that `NAME_FILE` names (how Kubernetes and Docker hand over secrets)."""
    direct, path = environment.get(name), environment.get(f"{name}_FILE")
    if direct and path:
        problems.append(f"{name}: given twice, directly and as {name}_FILE; keep one")
    if direct or not path:
        return direct or None
    try:
        return Path(path).read_text(encoding="utf-8").strip() or None
    except OSError as error:
        problems.append(f"{name}_FILE: cannot read {path}: {error.strerror}")
        return None


def _files(environment: Environment, problems: list[str]) -> list[Path]:
    named = environment.get("PLATFORM_CONFIG")
    path = Path(named or "platform.yaml")
    if named and not path.is_file():
        problems.append(f"PLATFORM_CONFIG: there is no file {named}")
    more = sorted(path.with_suffix(".d").glob("*.yaml"))
    return [path, *more] if path.is_file() else more


class _Source:
    """The merged content of all files, and where each key stands."""

    def __init__(self) -> None:
        self.data: dict[str, Any] = {}
        self.marks: dict[tuple[str, ...], str] = {}

    def read(self, path: Path, problems: list[str]) -> None:
        try:
            with path.open(encoding="utf-8") as stream:
                node = yaml.compose(stream, Loader=yaml.SafeLoader)
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            problems.append(f"{path}:{line}: this is not YAML: {error.problem}")
            return
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            problems.append(f"{path}: cannot be read: {error}")
            return
        if node is None or content is None:
            return
        if not isinstance(node, yaml.MappingNode):
            problems.append(f"{path}:1: must be sections of `key: value` lines")
            return
        seen: dict[tuple[str, ...], str] = {}
        _mark(node, (), str(path), seen, problems)
        self._merge(self.data, content, (), seen, problems)
        self.marks.update(seen)

    def override(self, environment: Environment, problems: list[str]) -> None:
        """`PLATFORM_SECTION__KEY` (and deeper, `__` for each level) replaces a scalar."""
        for name, text in environment.items():
            if not name.startswith("PLATFORM_") or "__" not in name:
                continue
            path = tuple(part.lower() for part in name.removeprefix("PLATFORM_").split("__"))
            target = self.data
            for part in path[:-1]:
                child = target.setdefault(part, {})
                if not isinstance(child, dict):
                    problems.append(f"{name}: {part} is not a section")
                    break
                target = child
            else:
                target[path[-1]] = text
                self.marks[path] = name

    def where(self, path: tuple[str, ...]) -> str:
        """`file:line` of the key, or of the nearest section around it."""
        for length in range(len(path), 0, -1):
            if found := self.marks.get(path[:length]):
                return found
        return "platform.yaml"

    def _merge(
        self,
        into: dict[str, Any],
        new: dict[str, Any],
        path: tuple[str, ...],
        seen: Mapping[tuple[str, ...], str],
        problems: list[str],
    ) -> None:
        for key, value in new.items():
            here = (*path, str(key))
            old = into.get(key)
            if isinstance(old, dict) and isinstance(value, dict):
                self._merge(old, value, here, seen, problems)
            elif key in into:
                problems.append(f"{seen[here]}: {'.'.join(here)}: is set already at {self.where(here)}; keep one")
            else:
                into[key] = value


def _mark(
    node: yaml.Node, path: tuple[str, ...], file: str, marks: dict[tuple[str, ...], str], problems: list[str]
) -> None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*path, str(key.value))
            mark = f"{file}:{key.start_mark.line + 1}"
            if here in marks:
                problems.append(f"{mark}: {'.'.join(here)}: is set already at {marks[here]}; keep one")
            marks[here] = mark
            _mark(value, here, file, marks, problems)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            here = (*path, str(index))
            marks[here] = f"{file}:{item.start_mark.line + 1}"
            _mark(item, here, file, marks, problems)


def _validate(models: Mapping[str, type[BaseModel]], source: _Source, problems: list[str]) -> dict[str, BaseModel]:
    sections: dict[str, BaseModel] = {}
    for name in source.data:
        if name not in models:
            guess = nearest(str(name), models)
            hint = f"did you mean {guess}?" if guess else f"known are {', '.join(sorted(models))}"
            problems.append(f"{source.where((str(name),))}: {name}: there is no such section; {hint}")
    for name, model in models.items():
        try:
            sections[name] = model.model_validate(source.data.get(name) or {})
        except ValidationError as error:
            for details in error.errors(include_url=False):
                path = (name, *(str(part) for part in details["loc"]))
                hint = ""
                if details["type"] == "extra_forbidden" and (guess := nearest(path[-1], model.model_fields)):
                    hint = f"; did you mean {guess}?"
                problems.append(f"{source.where(path)}: {'.'.join(path)}: {describe(details)}{hint}")
    return sections
