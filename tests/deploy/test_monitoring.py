"""The dashboard and the alerting rules: every figure they name exists with those labels, every expression parses, and on a bot
that is well nothing fires."""

import asyncio
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

from bot.metrics import Metrics
from tests.world import world_around

ROOT = Path(__file__).parent.parent.parent
MONITORING = ROOT / "deploy" / "monitoring"
OPERATIONS = ROOT / "docs" / "operations.md"
DASHBOARD = json.loads((MONITORING / "dashboard.json").read_text(encoding="utf-8"))
RULES = [
    rule
    for group in yaml.safe_load((MONITORING / "rules.yaml").read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
]
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]

# What is not ours: of Prometheus itself, of prometheus_client, of kube-state-metrics.
_FOREIGN = {
    "up": {"job"},
    "process_start_time_seconds": {"job"},
    "process_resident_memory_bytes": set(),
    "process_cpu_seconds_total": set(),
    "process_open_fds": {"job"},
    "process_max_fds": {"job"},
    "kube_deployment_status_replicas_ready": {"deployment"},
    "kube_deployment_spec_replicas": {"deployment"},
}
_OF_THE_TARGET = {"namespace", "instance"}
_METRIC = re.compile(r"\b(platform_bot_\w+|process_\w+|kube_\w+|up)\b(?:\{([^}]*)\})?")
_SELECTED = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"")
_GROUPED = re.compile(r"\b(?:by|on|without|ignoring)\s*\(([^)]*)\)")

required = "prometheus" in os.environ.get("PLATFORM_TEST_REQUIRE", "").split(",")
needs_prometheus = pytest.mark.skipif(
    shutil.which("promtool") is None and not required, reason="prometheus is not installed"
)


def _expressions() -> Iterator[tuple[str, str]]:
    for panel in PANELS:
        for target in panel["targets"]:
            yield f"panel {panel['title']}", target["expr"]
    for rule in RULES:
        yield f"alert {rule['alert']}", rule["expr"]
    for annotation in DASHBOARD["annotations"]["list"]:
        yield f"annotation {annotation['name']}", annotation["expr"]


EXPRESSIONS = list(_expressions())


def _known() -> Mapping[str, set[str]]:
    """Every series that can be scraped, with its labels."""
    found: dict[str, set[str]] = {name: set(labels) for name, labels in _FOREIGN.items()}
    for name, family in Metrics().families().items():
        labels = set(family.labels)
        if family.type == "histogram":
            found |= {f"{name}_bucket": labels | {"le"}, f"{name}_sum": labels, f"{name}_count": labels}
        else:
            found[name] = labels
    return found


@pytest.mark.parametrize(("where", "expression"), EXPRESSIONS, ids=[where for where, _ in EXPRESSIONS])
def test_every_figure_that_is_named_exists_with_those_labels(where: str, expression: str) -> None:
    known = _known()
    named = _METRIC.findall(expression)
    assert named, expression
    labels = set(_OF_THE_TARGET)
    for name, selectors in named:
        assert name in known, name
        assert set(_SELECTED.findall(selectors)) <= known[name] | _OF_THE_TARGET, name
        labels |= known[name]
    for grouped in _GROUPED.findall(expression):
        assert {label.strip() for label in grouped.split(",")} <= labels, grouped


def test_every_figure_of_ours_stands_on_the_dashboard() -> None:
    shown = " ".join(expression for where, expression in EXPRESSIONS if where.startswith("panel"))
    missing = [name for name in Metrics().families() if name not in shown]
    assert missing == [], "draw them in deploy/monitoring/dashboard.json"


def test_every_legend_names_labels_that_its_expression_keeps() -> None:
    for panel in PANELS:
        for target in panel["targets"]:
            kept = {"instance", "namespace", "lease"}
            for grouped in re.findall(r"\bby \(([^)]*)\)", target["expr"]):
                kept |= {label.strip() for label in grouped.split(",")}
            assert set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])) <= kept, panel["title"]


def test_no_label_of_ours_is_one_that_prometheus_gives_to_the_target() -> None:
    taken = {"job", "instance", "namespace", "pod", "container", "endpoint", "service", "node"}
    assert {name for name, family in Metrics().families().items() if taken & set(family.labels)} == set()


def test_every_panel_says_what_it_shows_in_which_unit_and_none_lie_on_one_another() -> None:
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
    places: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        covered = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not covered & places, panel["title"]
        assert place["x"] + place["w"] <= 24
        places |= covered
    for panel in PANELS:
        assert panel["description"], panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
        assert panel["fieldConfig"]["defaults"]["thresholds"]["steps"], panel["title"]
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}


def test_the_dashboard_can_be_narrowed_to_a_namespace_and_to_a_replica() -> None:
    assert [one["name"] for one in DASHBOARD["templating"]["list"]] == ["datasource", "namespace", "instance"]
    for where, expression in EXPRESSIONS:
        if where.startswith("panel"):
            assert expression.count('namespace=~"$namespace",instance=~"$instance"') == len(_METRIC.findall(expression))


def test_every_alert_says_how_bad_it_is_what_is_the_matter_and_what_to_do() -> None:
    for rule in RULES:
        name = rule["alert"]
        assert rule["labels"]["severity"] in ("critical", "warning"), name
        assert {"summary", "description", "runbook"} == set(rule["annotations"]), name
        assert rule["annotations"]["runbook"] == f"docs/operations.md#{name.lower()}"
    assert len({rule["alert"] for rule in RULES}) == len(RULES)


def test_every_alert_has_its_section_in_the_operations_guide() -> None:
    headings = re.findall(r"^#+ +(.+?) *$", OPERATIONS.read_text(encoding="utf-8"), re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert [rule["alert"] for rule in RULES if rule["alert"].lower() not in anchors] == []


# --- with a real Prometheus -----------------------------------------------------------------------------------------


def _promtool(*words: str | Path) -> str:
    done = subprocess.run(["promtool", *map(str, words)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@needs_prometheus
def test_the_rules_are_what_prometheus_takes() -> None:
    assert f"{len(RULES)} rules found" in _promtool("check", "rules", MONITORING / "rules.yaml")


@needs_prometheus
def test_the_rules_fire_when_they_should_and_only_then() -> None:
    _promtool("test", "rules", MONITORING / "rules.test.yaml")


@needs_prometheus
def test_every_expression_of_the_dashboard_parses(tmp_path: Path) -> None:
    rules = [
        {"record": f"panel:{number}", "expr": expression.replace("$__rate_interval", "5m")}
        for number, (_, expression) in enumerate(EXPRESSIONS)
    ]
    path = tmp_path / "rules.yaml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    assert f"{len(rules)} rules found" in _promtool("check", "rules", path)


@needs_prometheus
@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_prometheus_that_scrapes_a_bot_that_is_well_finds_it_up_and_no_alert_fires(
    database_url: str, tmp_path: Path
) -> None:
    async with world_around(database_url, "http", tmp_path) as world, aiohttp.ClientSession() as session:
        app = await world.start_bot()
        for _ in range(3):
            await world.ada.slash("#platform", "/platform", "sandbox list")
            await world.ada.slash("#platform", "/platform", "sandbox crate")
        async with _Prometheus(session, tmp_path, f"127.0.0.1:{app.port}") as prometheus:
            for expression in (
                'up{job="platform-bot"} == 1',
                "platform_bot_ready == 1",
                'platform_bot_leading{lease="outbox"} == 1',
                'platform_bot_build{mode="http", database="sqlite"} == 1',
                'sum(platform_bot_calls_total{command="sandbox.list", outcome="done"}) == 3',
                'platform_bot_deliveries_refused_total{reason="mistake"} == 3',
                "process_resident_memory_bytes > 1e7",
            ):
                await prometheus.eventually(expression)
            rules = await prometheus.rules()
            assert {rule["name"] for rule in rules} == {rule["alert"] for rule in RULES}
            assert [rule for rule in rules if rule["health"] == "err"] == []
            assert [rule["name"] for rule in rules if rule["state"] == "firing"] == []


class _Prometheus:
    """A real one, on a free port, that scrapes `target` every second and has our rules."""

    def __init__(self, session: aiohttp.ClientSession, folder: Path, target: str) -> None:
        self._session = session
        self._folder = folder
        self._target = target
        self._url = ""
        self._process: asyncio.subprocess.Process | None = None
        self._log: list[str] = []
        self._reading: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "_Prometheus":
        config = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(MONITORING / "rules.yaml")],
            "scrape_configs": [{"job_name": "platform-bot", "static_configs": [{"targets": [self._target]}]}],
        }
        path = self._folder / "prometheus.yaml"
        path.write_text(yaml.safe_dump(config))
        _promtool("check", "config", path)
        self._process = await asyncio.create_subprocess_exec(
            "prometheus",
            f"--config.file={path}",
            f"--storage.tsdb.path={self._folder / 'series'}",
            "--web.listen-address=127.0.0.1:0",
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        listening = asyncio.get_running_loop().create_future()
        self._reading = asyncio.create_task(self._read(listening))
        self._url = f"http://{await asyncio.wait_for(listening, 60)}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._process is not None
        assert self._reading is not None
        if self._process.returncode is None:
            self._process.terminate()
        await self._process.wait()
        await self._reading

    async def _read(self, listening: "asyncio.Future[str]") -> None:
        assert self._process is not None
        assert self._process.stderr is not None
        async for line in self._process.stderr:
            text = line.decode(errors="replace")
            self._log.append(text)
            if (found := re.search(r'"Listening on".* address=(\S+)', text)) and not listening.done():
                listening.set_result(found[1])
        if not listening.done():
            listening.set_exception(AssertionError("prometheus did not start:\n" + "".join(self._log)))

    async def eventually(self, expression: str) -> None:
        """Until the expression has a value."""
        for _ in range(600):
            if await self._get("query", query=expression):
                return
            await asyncio.sleep(0.1)
        pytest.fail(f"it did not come to be that {expression}")

    async def rules(self) -> Sequence[Mapping[str, Any]]:
        """All of them, once each has been evaluated."""
        for _ in range(600):
            found = [rule for group in await self._get("rules") for rule in group["rules"]]
            if found and all(rule["health"] != "unknown" for rule in found):
                return found
            await asyncio.sleep(0.1)
        pytest.fail("the rules were never evaluated")

    async def _get(self, what: str, **query: str) -> Sequence[Any]:
        async with self._session.get(f"{self._url}/api/v1/{what}", params=query) as answer:
            if answer.status == 503:  # it is starting
                return []
            body = await answer.json()
        found: Sequence[Any] = body.get("data", {}).get("groups" if what == "rules" else "result", [])
        return found
