"""docs/access.md: its example is one that the bot takes."""

import re
from pathlib import Path

import bot
from bot.config import load_settings
from bot.kit.access import BUILT_IN, AccessSettings
from bot.kit.roles import Person, Rules
from bot.wiring import group_sections, permissions

GUIDE = (Path(bot.__file__).parent.parent / "docs/access.md").read_text(encoding="utf-8")


def test_its_example_loads_and_does_what_it_says(tmp_path: Path) -> None:
    [example] = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
    path = tmp_path / "platform.yaml"
    path.write_text(example, encoding="utf-8")
    settings = load_settings({"PLATFORM_CONFIG": str(path)}, group_sections(), permissions())
    rules = Rules(settings.section("access", AccessSettings))
    payer = rules.principal(Person("U0PAY", "pay", "UTC", full_member=True), frozenset({"@payments"}))
    assert payer.may("sandbox.create", team="payments")
    assert not payer.may("sandbox.create", team="data")
    assert str(rules.granters) == "@platform-admins"


def test_it_names_every_built_in_role() -> None:
    assert [role for role in BUILT_IN if f"`{role}`" not in GUIDE] == []
