"""The house as it stands on disk: every domain is wired, and importing a room switches nothing on."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import bot
from bot.wiring import GROUPS, group_sections

ROOT = Path(bot.__file__).parent.parent
ROOMS = ("bot", "commands", "integrations", "storage", "playground", "benchmarks")
# Alembic runs these itself: they work on a database by being imported.
RUN_BY_ALEMBIC = {"storage.migrations.env"}


def _modules() -> list[str]:
    found = []
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return [module for module in found if module not in RUN_BY_ALEMBIC]


def _imported(modules: Sequence[str], folder: Path = ROOT) -> dict[str, list[str]]:
    """What importing each of them did besides."""
    path = f"{folder}:{ROOT}"
    done = subprocess.run(
        [sys.executable, "-W", "error", str(ROOT / "tests/architecture/importing.py"), *modules],
        env={"PYTHONPATH": path, "PATH": "/usr/bin:/bin"},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


def test_every_domain_on_disk_is_wired_and_every_wired_one_is_on_disk() -> None:
    on_disk = {path.parent.name for path in (ROOT / "commands").glob("*/__init__.py")}
    assert {group.name for group in GROUPS} == on_disk


def test_no_two_groups_have_the_same_name_or_a_section_of_the_bots_own() -> None:
    names = [group.name for group in GROUPS]
    assert len(names) == len(set(names))
    assert set(group_sections()) <= set(names)


def test_importing_a_module_does_nothing() -> None:
    assert {module: effects for module, effects in _imported(_modules()).items() if effects} == {}


GUILTY = {
    "socket.__new__": "import socket\nlistener = socket.socket()\n",
    "loop is a": "import asyncio\nloop = asyncio.new_event_loop()\n",
    "open": "from pathlib import Path\nPath('made').write_text('x')\n",
    "sqlite3.connect": "import sqlite3\nsqlite3.connect('made.db')\n",
    "subprocess.Popen": "import subprocess, sys\nsubprocess.run([sys.executable, '-c', ''])\n",
    "a thread": "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n",
    "the environment": "import os\nos.environ['MADE'] = '1'\n",
    "engine is a Engine": "from sqlalchemy import create_engine\nengine = create_engine('sqlite://')\n",
    "registry is a CollectorRegistry": "from bot.metrics import Metrics\nregistry = Metrics().registry\n",
    "cannot be imported": "import nothing_of_that_name\n",
}


def test_a_module_that_does_something_when_imported_is_caught(tmp_path: Path) -> None:
    for number, source in enumerate(GUILTY.values()):
        (tmp_path / f"guilty_{number}.py").write_text(source)
    found = _imported([f"guilty_{number}" for number in range(len(GUILTY))], tmp_path)
    caught = [any(each.startswith(effect) for each in found[f"guilty_{n}"]) for n, effect in enumerate(GUILTY)]
    assert caught == [True] * len(GUILTY), found
