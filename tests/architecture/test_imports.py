"""The contracts of import-linter (pyproject.toml): the house keeps them, and each of them can be broken."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import bot

ROOT = Path(bot.__file__).parent.parent
ROOMS = ("bot", "commands", "integrations", "storage", "playground")
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]

# Where a line of code would break a contract, by the contract's first words.
BREACHES = {
    "Layers": ("storage/types.py", "import commands.sandbox.rules.states"),
    "Nothing below": ("storage/types.py", "import bot.metrics"),
    "Only the command line": ("bot/jobs.py", "import bot.wiring"),
    "Command groups": ("commands/other/__init__.py", "import commands.sandbox.values.basics"),
    "Rules": ("commands/sandbox/rules/states.py", "import storage.db"),
    "Views": ("commands/sandbox/views/basics.py", "import integrations.slack"),
    "Only the demo": ("bot/app.py", "import playground.slack"),
    "The playground": ("playground/slack/core.py", "import bot.config"),
    "Storage and": ("storage/types.py", "import slack_sdk"),
    "Foreign libraries stay in their room: kubernetes": ("commands/sandbox/service.py", "import kubernetes"),
    "Foreign libraries stay in their room: slack_bolt": ("bot/kit/units.py", "import slack_bolt"),
}


def _lint(folder: Path) -> dict[str, str]:
    """Contract -> KEPT or BROKEN."""
    program = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    found = {}
    for line in done.stdout.splitlines():
        for contract in CONTRACTS:
            if line.startswith(contract["name"]) and (verdicts := {"KEPT", "BROKEN"} & set(line.split())):
                found[contract["name"]] = verdicts.pop()
    assert len(found) == len(CONTRACTS), done.stdout + done.stderr
    return found


def test_the_house_keeps_every_contract() -> None:
    assert set(_lint(ROOT).values()) == {"KEPT"}


def test_each_contract_is_broken_by_what_it_forbids(tmp_path: Path) -> None:
    for room in ROOMS:
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__", "static"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for name, line in BREACHES.values():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        before = path.read_text(encoding="utf-8") if path.is_file() else ""
        path.write_text(f"{before}\n{line}\n", encoding="utf-8")
    broken = {name for name, verdict in _lint(tmp_path).items() if verdict == "BROKEN"}
    assert broken == {contract["name"] for contract in CONTRACTS}
    assert all(any(name.startswith(words) for name in broken) for words in BREACHES)
