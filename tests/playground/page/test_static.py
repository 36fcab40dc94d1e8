"""What must hold for the page's files without running them: nothing from outside, no way in for markup, nothing dangling."""

import re
from pathlib import Path

import pytest

from playground.page import commands
from playground.page.server import _STATIC

ROOT = Path(__file__).parents[3]
MODULES = sorted((_STATIC / "js").glob("*.js"))
STYLES = sorted((_STATIC / "css").glob("*.css"))


def by_name(path: Path) -> str:
    return path.name


@pytest.mark.parametrize("module", MODULES, ids=by_name)
def test_a_module_never_turns_text_into_markup(module: Path) -> None:
    found = re.findall(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|DOMParser|srcdoc|\beval\(|new Function",
        module.read_text(),
    )
    assert found == []


@pytest.mark.parametrize("module", MODULES, ids=by_name)
def test_a_module_says_its_job_first(module: Path) -> None:
    assert module.read_text().startswith("/**")


@pytest.mark.parametrize("path", [*MODULES, *STYLES, _STATIC / "index.html"], ids=by_name)
def test_nothing_is_loaded_from_elsewhere(path: Path) -> None:
    loads = re.findall(r"""(?:from|import\(|src=|href=|url\()\s*["'(]?((?:https?:)?//[^"')\s]+)""", path.read_text())
    assert loads == []


def exports(module: Path) -> list[str]:
    return re.findall(r"export (?:async )?(?:function|const|class) (\w+)", module.read_text())


def imports(module: Path) -> set[tuple[str, str]]:
    """(module, name) of everything it imports."""
    found = re.findall(r'import \{([^}]*)\} from "\./([^"]+)"', module.read_text())
    return {(source, name) for names, source in found for name in re.findall(r"\w+", names)}


def test_what_is_imported_is_exported_and_the_other_way_round() -> None:
    offered = {(module.name, name) for module in MODULES for name in exports(module)}
    wanted = set().union(*(imports(module) for module in MODULES))
    assert wanted - offered == set(), "imported but not there"
    assert offered - wanted == set(), "exported but used by nobody"


def test_every_icon_that_is_asked_for_is_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (_STATIC / "icons.svg").read_text()))
    asked = set()
    for module in MODULES:
        asked |= set(re.findall(r'\bicon(?:Button)?\("([\w-]+)"', module.read_text()))
    assert asked - drawn == set()
    assert len(asked) > 20  # else the pattern above no longer finds them


def test_every_emoji_that_is_said_to_be_drawn_is_drawn_under_its_name() -> None:
    symbols = re.findall(r'<symbol id="([\w-]+)"', (_STATIC / "emoji.svg").read_text())
    module = (_STATIC / "js" / "emoji.js").read_text()
    said = re.findall(r'"(\w+)"', module.partition("const DRAWN = [")[2].partition("];")[0])
    assert said == symbols
    assert [name for name in said if not re.search(rf"(?:^|[\s{{]){name}: ", module)] == []


def test_every_emoji_that_the_bot_says_is_drawn() -> None:
    """No emoji font is needed to see a state."""
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (_STATIC / "emoji.svg").read_text()))
    said = set()
    for room in ("bot", "commands"):
        for module in (ROOT / room).rglob("*.py"):
            said |= set(re.findall(r'[" ]:([a-z][a-z0-9_]+):[" ]', module.read_text()))
    assert said - drawn - {"memory"} == set()  # SQLite's name for a database without a file
    assert "warning" in said  # else the pattern above no longer finds them


def test_the_page_sends_only_commands_that_the_server_knows_and_all_of_them() -> None:
    text = "\n".join(module.read_text() for module in MODULES)
    sent = set()
    for arguments in re.findall(r'\b(?:ask|act)\(([^,)]*"\w+"[^,)]*)', text):
        sent |= set(re.findall(r'"(\w+)"', arguments))
    assert sent == commands.COMMAND_NAMES


def test_every_style_sheet_is_linked_and_every_link_is_there() -> None:
    linked = set(re.findall(r'href="/static/css/([\w.]+)"', (_STATIC / "index.html").read_text()))
    assert linked == {style.name for style in STYLES}


def test_the_page_has_neither_inline_scripts_nor_inline_styles() -> None:
    html = (_STATIC / "index.html").read_text()
    assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=", html) == []
