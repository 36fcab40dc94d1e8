"""The pages lead where they say, and every benchmark has its chapter: one was lost once when a page was written anew."""

import re
from collections.abc import Iterator
from pathlib import Path

from benchmarks.__main__ import NAMES

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")]


def test_every_link_leads_to_a_file_and_a_chapter_that_are_there() -> None:
    links = [(page, target) for page in PAGES for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text())]
    own = [(page, target) for page, target in links if "://" not in target]
    assert len(own) > 50
    assert [f"{page.name}: {target}" for page, target in own if not _leads_somewhere(page, target)] == []


def test_every_benchmark_has_its_chapter() -> None:
    chapters = set(_chapters(ROOT / "docs" / "benchmarks.md"))
    assert {name for name in NAMES if name not in chapters} == set()


def _leads_somewhere(page: Path, target: str) -> bool:
    file, _, chapter = target.partition("#")
    found = (page.parent / file).resolve() if file else page
    return found.exists() and (not chapter or found.suffix != ".md" or chapter in _chapters(found))


def _chapters(page: Path) -> Iterator[str]:
    """As they are linked to: in lower case, with hyphens, without what is neither letter nor number."""
    for line in page.read_text().splitlines():
        if line.startswith("#"):
            yield re.sub(r"[^\w\- ]", "", line.lstrip("#").strip().lower()).replace(" ", "-")
