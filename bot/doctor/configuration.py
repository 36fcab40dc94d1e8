"""Whether the configuration reads, and as much of it as can be used if it does not. Says nothing about its values' use."""

import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from bot.config import VARIABLES, ConfigError, Settings, load_settings
from bot.doctor.report import Finding, failed, ok

SETTINGS_FILE = "PLATFORM_CONFIG"


@dataclass(frozen=True)
class Reading:
    """`unusable` are the variables that could not be used: they are unset in `settings`. With PLATFORM_CONFIG among them,
    every section has its defaults."""

    settings: Settings
    finding: Finding
    unusable: frozenset[str]


def read(
    environment: Mapping[str, str], group_sections: Mapping[str, type[BaseModel]], permissions: Collection[str] = ()
) -> Reading:
    """The settings; where they hold mistakes, without what is wrong, so that everything else can still be checked. `permissions`
    are those that commands have."""
    try:
        return Reading(load_settings(environment, group_sections, permissions), ok(_source(environment)), frozenset())
    except ConfigError as error:
        problems = error.message
    named = {_variable(line.partition(":")[0]) for line in problems.splitlines()}
    unusable = frozenset(name if name in VARIABLES else SETTINGS_FILE for name in named)
    usable = {name: value for name, value in environment.items() if _variable(name) not in unusable}
    finding = failed(problems, "correct these; docs/configuration.md lists every setting")
    if SETTINGS_FILE not in unusable:
        return Reading(load_settings(usable, group_sections), finding, unusable)
    with tempfile.TemporaryDirectory() as folder:
        # An empty file of our own: without one, the one in the working directory would be read.
        empty = Path(folder) / "platform.yaml"
        empty.touch()
        known = {name: value for name, value in usable.items() if _variable(name) in VARIABLES}
        return Reading(load_settings({**known, SETTINGS_FILE: str(empty)}, group_sections), finding, unusable)


def _variable(name: str) -> str:
    return name.removesuffix("_FILE")


def _source(environment: Mapping[str, str]) -> str:
    path = Path(environment.get(SETTINGS_FILE, "").strip() or str(VARIABLES[SETTINGS_FILE].default))
    more = len(list(path.with_suffix(".d").glob("*.yaml")))
    others = f" and {more} of {path.with_suffix('.d')}" if more else ""
    return f"{path}{others}" if path.is_file() else f"there is no {path}: defaults{others}"
