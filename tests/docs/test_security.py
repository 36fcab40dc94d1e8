"""docs/security.md: every test it names is there, and what it says is left to the operator can be read on."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text()


def test_every_test_that_shows_what_holds_is_there() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)
    assert len(named) > 30
    missing = [f"{path}::{name}" for path, name in named if name not in _tests(ROOT / path)]
    assert missing == []


def test_every_attacker_is_answered_with_a_test() -> None:
    chapters = PAGE.partition("## Who attacks from where")[2].partition("## What is left to you")[0].split("\n### ")[1:]
    assert len(chapters) > 5
    assert [chapter.partition("\n")[0] for chapter in chapters if "::test_" not in chapter] == []


def test_the_readme_leads_to_it() -> None:
    assert "(docs/security.md)" in (ROOT / "README.md").read_text()


def _tests(path: Path) -> set[str]:
    found = ast.walk(ast.parse(path.read_text()))
    return {node.name for node in found if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
