"""The image: what its Dockerfile says, and that what it installs (a wheel, not this folder) runs from anywhere, for anybody."""

import asyncio
import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import tomllib
import urllib.request
import zipfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
PACKAGES = ("bot", "commands", "integrations", "storage", "playground")
PATIENCE = 240.0  # seconds; a bound for a start on a busy machine


# --- what the Dockerfile says ---------------------------------------------------------------------------------------


def instructions() -> list[tuple[str, str]]:
    """Each instruction with its arguments, continued lines joined, comments left out."""
    lines = [line for line in DOCKERFILE.splitlines() if not line.startswith("#")]
    joined = re.sub(r"\s*\\\n\s*", " ", "\n".join(lines))
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in joined.splitlines() if line]


def of(word: str) -> list[str]:
    return [arguments for name, arguments in instructions() if name == word]


def copied() -> set[str]:
    """What is copied out of this folder."""
    return {name for each in of("COPY") if not each.startswith("--from") for name in each.split()[:-1]}


def test_both_stages_stand_on_the_same_python_and_name_no_registry() -> None:
    build, final = of("FROM")
    assert build == f"{final} AS build"
    assert re.fullmatch(r"python:3\.\d+-slim", final)
    assert "/" not in final


def test_everything_from_outside_is_checked_by_its_hash() -> None:
    installs = [
        step for run in of("RUN") for step in run.split(" && ") if re.search(r"\bpip\b.* (install|wheel) ", step)
    ]
    assert len(installs) == 4
    for step in installs:
        assert "--require-hashes" in step or "--no-index" in step, step
    assert not of("ADD")


def test_the_wheel_is_built_by_what_pyproject_asks_for() -> None:
    with (ROOT / "pyproject.toml").open("rb") as stream:
        [wanted] = tomllib.load(stream)["build-system"]["requires"]
    name, _, least = wanted.partition(">=")
    found = re.match(rf"{name}==(\d+)", (ROOT / "requirements-build.lock").read_text())
    assert found is not None
    assert int(found[1]) >= int(least)


def test_all_that_is_copied_exists_and_all_packages_are_copied() -> None:
    assert all((ROOT / name).exists() for name in copied())
    assert set(PACKAGES) <= copied()
    with (ROOT / "pyproject.toml").open("rb") as stream:
        patterns = tomllib.load(stream)["tool"]["setuptools"]["packages"]["find"]["include"]
    assert sorted(pattern.removesuffix("*") for pattern in patterns) == sorted(PACKAGES)


def test_only_what_is_copied_reaches_the_builder() -> None:
    """Neither a database nor a token beside the code may end in an image."""
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert lines[0] == "*"
    assert {line.removeprefix("!") for line in lines if line.startswith("!")} == copied()


def test_it_runs_as_a_numbered_user_that_owns_only_data() -> None:
    words = [name for name, _arguments in instructions()]
    final = instructions()[words.index("FROM", 1) :]
    assert [arguments for name, arguments in final if name == "USER"] == ["10001:10001"]
    assert [arguments for name, arguments in final if name == "VOLUME"] == ["/data"]
    assert [arguments for name, arguments in final if name == "WORKDIR"] == ["/data"]
    assert not any(name == "COPY" and "--chown" in arguments for name, arguments in final)
    assert "HOME=/data" in " ".join(of("ENV"))  # a library asks for it at import, and any user may run the image


def test_signals_reach_the_bot_itself() -> None:
    assert of("ENTRYPOINT") == ['["platform-bot"]']
    assert of("CMD") == ['["run"]']
    assert of("STOPSIGNAL") == ["SIGTERM"]


def test_it_listens_where_it_says_and_is_asked_there_how_it_is() -> None:
    environment = " ".join(of("ENV"))
    assert "PLATFORM_HTTP_HOST=0.0.0.0" in environment
    assert f"PLATFORM_HTTP_PORT={of('EXPOSE')[0]}" in environment
    [check] = of("HEALTHCHECK")
    program = json.loads(check[check.index("[") :])
    compile(program[2], "HEALTHCHECK", "exec")
    assert "/healthz" in program[2]


def test_the_database_is_not_preset() -> None:
    """A preset DATABASE_URL would contradict DATABASE_URL_FILE, and the bot would not start."""
    assert "DATABASE_URL" not in " ".join(of("ENV"))


# --- what it installs -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Installed:
    """A virtual environment with the wheel in it, and what it needs from where the tests have it."""

    wheel: Path
    bin: Path
    place: Path

    def environment(self, **more: str) -> Mapping[str, str]:
        """All there is: none of this process's own variables."""
        return {"PATH": f"{self.bin}:/usr/bin:/bin", "HOME": str(self.place), "PYTHONDONTWRITEBYTECODE": "1", **more}

    def run(self, *arguments: str, **more: str) -> str:
        done = subprocess.run(
            [str(self.bin / "platform-bot"), *arguments],
            cwd=self.place,
            env=self.environment(**more),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def pip(*arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments],
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def installed(tmp_path: Path) -> Installed:
    """As the Dockerfile does it, but for the requirements, which are those of the tests. Made once for all workers."""
    shared = Path(os.environ["PLATFORM_TEST_POSTGRES_DIRECTORY"])  # of this run, and taken away with it
    folder = shared / "image"
    with (shared / "image.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            shutil.rmtree(folder, ignore_errors=True)
            install(folder)
            (folder / "done").touch()
    [wheel] = (folder / "wheels").glob("*.whl")
    return Installed(wheel, folder / "venv" / "bin", tmp_path)


def install(folder: Path) -> None:
    source, wheels = folder / "src", folder / "wheels"
    source.mkdir(parents=True)
    for name in copied():
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, source / name)
    pip("wheel", "--quiet", "--no-deps", "--no-index", "--no-build-isolation", f"--wheel-dir={wheels}", str(source))
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / "venv")], check=True, timeout=600)
    [wheel] = wheels.glob("*.whl")
    pip("--python", f"{folder}/venv/bin/python", "install", "--quiet", "--no-deps", "--no-index", str(wheel))
    # A path in a .pth file is searched, but its own .pth files (this folder, installed to be edited) are not read.
    [packages] = (folder / "venv" / "lib").glob("python*/site-packages")
    (packages / "requirements.pth").write_text(sysconfig.get_path("purelib") + "\n")


@pytest.mark.slow
def test_the_wheel_holds_every_file_of_the_packages(installed: Installed) -> None:
    inside = set(zipfile.ZipFile(installed.wheel).namelist())
    here = {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert here - inside == set()
    assert not [name for name in inside if name.split("/")[0] not in {*PACKAGES} and ".dist-info/" not in name]


@pytest.mark.slow
def test_it_is_the_wheel_that_runs_and_not_this_folder(installed: Installed) -> None:
    done = subprocess.run(
        [str(installed.bin / "python"), "-c", "import bot, storage; print(bot.__file__, storage.__file__)"],
        cwd=installed.place,
        env=installed.environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert str(ROOT / "bot") not in done.stdout
    assert done.stdout.count("site-packages") == 2


@pytest.mark.slow
def test_it_prints_its_reference_and_makes_its_database_from_anywhere(installed: Installed) -> None:
    assert installed.run("commands") == (ROOT / "docs" / "commands.md").read_text()
    assert "The database is at revision" in installed.run("migrate")
    assert (installed.place / "platform-bot.db").exists()


@asynccontextmanager
async def process(installed: Installed, *arguments: str, **more: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Ends with SIGTERM, which must be a clean end."""
    running = await asyncio.create_subprocess_exec(
        str(installed.bin / "platform-bot"),
        *arguments,
        cwd=installed.place,
        env=installed.environment(**more),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield running
        running.send_signal(signal.SIGTERM)
        _out, errors = await asyncio.wait_for(running.communicate(), PATIENCE)
        assert running.returncode == 0, errors.decode()
    finally:
        if running.returncode is None:
            running.kill()
            await running.communicate()


def fetch(url: str) -> str:
    with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
        return str(answer.read().decode())


@pytest.mark.slow
async def test_it_starts_and_stops_with_nothing_but_a_token_and_a_secret(installed: Installed, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("xoxb-1-of-the-image\n")
    environment = {
        "SLACK_BOT_TOKEN_FILE": str(tmp_path / "token"),
        "SLACK_SIGNING_SECRET": "0" * 32,
        "SLACK_API_URL": "http://127.0.0.1:9/",  # nobody listens there: an outage of Slack stops nothing
        "DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/bot.db",
        "KUBECONFIG": str(tmp_path / "none"),
        "PLATFORM_HTTP_PORT": "0",
    }
    async with process(installed, "run", **environment) as running:
        assert running.stderr is not None
        said: list[str] = []
        async with asyncio.timeout(PATIENCE):
            while '"event": "started"' not in "".join(said[-1:]):
                said.append((await running.stderr.readline()).decode())
                assert said[-1], "it ended:\n" + "".join(said)
        port = json.loads(said[-1])["port"]
        ready = json.loads(await asyncio.to_thread(fetch, f"http://127.0.0.1:{port}/readyz"))
        assert ready["status"] == "ready"
        page = await asyncio.to_thread(fetch, f"http://127.0.0.1:{port}/api/docs")
        assert "<html" in page


@pytest.mark.slow
async def test_the_demo_is_in_it_too(installed: Installed) -> None:
    async with process(installed, "demo", "--port", "0", "--no-browser") as running:
        assert running.stdout is not None
        line = (await asyncio.wait_for(running.stdout.readline(), PATIENCE)).decode()
        found = re.search(r"http://127\.0\.0\.1:\d+/", line)
        assert found is not None, line
        page = await asyncio.to_thread(fetch, found[0])
        for reference in re.findall(r'(?:href|src)="(/?[\w./-]+\.(?:css|js|svg))"', page):
            assert await asyncio.to_thread(fetch, found[0] + reference.lstrip("/"))
