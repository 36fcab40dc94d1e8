"""The generated pages: complete, well-formed, and the same as what the code prints now."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field, create_model

import bot
from bot.__main__ import main
from bot.config import SECTIONS, VARIABLES
from bot.kit.declare import Group
from bot.kit.replies import Reply
from bot.kit.units import Duration
from bot.metrics import Metrics
from bot.reference import commands_page, configuration_page, metrics_page
from bot.wiring import GROUPS, group_sections
from tests.bot.kit.sample import Nothing, Service, sample_group

DOCS = Path(bot.__file__).parent.parent / "docs"
ALL_SECTIONS = {**SECTIONS, **group_sections()}


def _cells(page: str) -> list[list[str]]:
    """The cells of every table row."""
    rows = [line for line in page.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in rows]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("commands.md", ["commands"]),
        ("configuration.md", ["commands", "--settings"]),
        ("metrics.md", ["commands", "--metrics"]),
    ],
)
def test_the_page_in_docs_is_what_the_command_line_prints(
    name: str, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 0
    printed = capsys.readouterr().out
    path = DOCS / name
    written = path.read_text(encoding="utf-8") if path.is_file() else ""
    assert written == printed, f"update it: platform-bot {' '.join(words)} > docs/{name}"


def test_every_command_stands_in_the_reference_with_its_permission_and_arguments() -> None:
    page = commands_page(GROUPS, "/platform")
    for group in GROUPS:
        for command in group.commands.values():
            assert f"### {command.typed}\n" in page
            assert f"`{command.permission}`" in page
    named = {cell[0] for cell in _cells(page)}
    wanted = {f"`{each.name}`" for group in GROUPS for command in group.commands.values() for each in command.fields}
    assert wanted <= named


def test_the_reference_says_what_each_argument_takes() -> None:
    page = commands_page([sample_group()], "/p")
    for row in (
        "| `name` | text, 2 to 20 characters | needed |  |",
        "| `colour` | red or green | `red` | What it is painted in. |",
        "| `region` | EU or US |  |  |",
        "| `count` | whole number, 1 to 9 | `2` |  |",
        "| `lifetime` | duration, at least 1h |  |  |",
        "| `notes` | text, at most 400 characters |  |  |",
    ):
        assert row in page
    assert '    /p thing note <service> <summary>\n    /p thing note checkout "it is down"' in page


def test_words_with_bars_and_line_breaks_do_not_break_a_table() -> None:
    group: Group[Any] = Group("odd", summary="Odd", service=Service)
    arguments = create_model("Odd", word=(str, Field(default="a|b", description="one|two\n\n three | four")))
    group.command(
        "go", arguments=arguments, result=Nothing, permission="odd.go", summary="Go", view=lambda _: Reply("gone")
    )(_go)
    head, line, row = _cells(commands_page([group], "/p"))
    assert len(head) == len(line) == len(row) == 4
    assert row[-1] == r"one\|two three \| four"


async def _go(*_: Any) -> Nothing:
    return Nothing()


def test_every_variable_and_every_setting_stands_in_the_configuration_with_its_meaning() -> None:
    rows = {row[0]: row for row in _cells(configuration_page(ALL_SECTIONS))}
    wanted = [*VARIABLES, *(key for model in ALL_SECTIONS.values() for key in model.model_fields)]
    assert [name for name in wanted if f"`{name}`" not in rows] == []
    assert [name for name, row in rows.items() if not row[-1] or not row[1]] == []


def test_settings_are_shown_with_what_they_take_and_defaults_as_they_would_be_written() -> None:
    class Section(BaseModel):
        """What it is for.

        And more, which is left out.
        """

        nothing: str | None = Field(default=None, description="None: none.")
        flag: bool = Field(default=False, description="A flag.")
        words: tuple[str, ...] = Field(default=("b", "a"), description="Words.")
        labels: dict[str, str] = Field(default={"app": "dns"}, description="Labels.")
        none_yet: dict[str, str] = Field(default_factory=dict, description="Labels.")
        pace: float | None = Field(default=1.5, gt=0, description="None: unpaced.")
        level: Literal["low", "high"] = Field(default="low", description="How high.")
        pause: Duration = Field(default=timedelta(hours=36), ge=timedelta(hours=1), description="How long.")

    page = configuration_page({"odd": Section})
    assert "### odd\n\nWhat it is for.\n\n| key" in page
    assert {row[0]: row[1:3] for row in _cells(page) if row[0].strip("`") in Section.model_fields} == {
        "`nothing`": ["text, or none", "none"],
        "`flag`": ["yes or no", "`no`"],
        "`words`": ["list", "`[b, a]`"],
        "`labels`": ["keys with their values", "`app: dns`"],
        "`none_yet`": ["keys with their values", "empty"],
        "`pace`": ["number, more than 0, or none", "`1.5`"],
        "`level`": ["low or high", "`low`"],
        "`pause`": ["duration, at least 1h", "`1d12h`"],
    }


def test_every_metric_stands_in_the_list_under_the_name_that_is_scraped() -> None:
    metrics = Metrics()
    named = {row[0].strip("`") for row in _cells(metrics_page(metrics))}
    families = {family.name + ("_total" if family.type == "counter" else "") for family in metrics.registry.collect()}
    families = {name for name in families if not name.startswith("process_")}
    assert families == set(metrics.families()) <= named
    assert all(name.startswith("platform_bot_") for name in families)


@pytest.mark.parametrize(
    "page",
    [commands_page(GROUPS, "/platform"), configuration_page(ALL_SECTIONS), metrics_page(Metrics())],
    ids=["commands", "configuration", "metrics"],
)
def test_every_table_is_as_wide_as_its_head(page: str) -> None:
    width = 0
    for line in page.splitlines():
        cells = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0
        assert cells in (0, width) or width == 0
        width = cells
