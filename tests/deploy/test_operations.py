"""docs/operations.md against what it speaks of: its examples work, and what it names exists."""

import re
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest
import yaml

from bot.__main__ import _parser
from bot.config import SECTIONS
from bot.metrics import Metrics
from bot.wiring import group_sections
from integrations.kubernetes import Cluster
from playground.cluster import ClusterDouble
from tests.deploy.conftest import rendered
from tests.deploy.kustomization import Manifest, render
from tests.deploy.test_manifests import SECRET_KEYS, of
from tests.deploy.test_rendering import kubectl_is_new_enough
from tests.deploy.variants import DEPLOY

DOCS = DEPLOY.parent / "docs"
PAGE = (DOCS / "operations.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def section(name: str) -> str:
    found = re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1]


def test_every_link_leads_somewhere() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", PAGE):
        if target.startswith("http"):
            continue
        path, _, anchor = target.partition("#")
        text = (DOCS / path).read_text(encoding="utf-8") if path else PAGE
        assert not anchor or anchor in anchors(text), target


def example(tmp_path: Path) -> Path:
    """The kustomization that the page tells people to keep, with what it tells them to lay beside it."""
    [text] = [block for block in blocks("yaml") if block.startswith("# kustomization.yaml")]
    shutil.copytree(DEPLOY, tmp_path / "platform-bot" / "deploy")
    (tmp_path / "kustomization.yaml").write_text(text)
    (tmp_path / "platform.yaml").write_text("slack:\n  command: /ours\n")
    return tmp_path


def test_the_example_gives_what_it_says(tmp_path: Path) -> None:
    objects = render(example(tmp_path))
    container = of(objects, "Deployment")["spec"]["template"]["spec"]["containers"][0]
    version = container["image"].rpartition(":")[2]
    assert container["image"] == f"registry.example.com/platform-bot:{version}"
    shipped = of(rendered(("postgres", ())), "Deployment")["spec"]["template"]["spec"]["containers"][0]["image"]
    assert shipped == f"platform-bot:{version}"
    assert of(objects, "ConfigMap", "platform-bot-config")["data"] == {"platform.yaml": "slack:\n  command: /ours\n"}
    ingress = of(objects, "Ingress")["spec"]
    assert ingress["rules"][0]["host"] == ingress["tls"][0]["hosts"][0] == "bot.example.com"


@pytest.mark.skipif(not kubectl_is_new_enough(), reason="kubectl is not installed, or does not know components")
def test_kubectl_takes_the_example(tmp_path: Path) -> None:
    done = subprocess.run(["kubectl", "kustomize", str(example(tmp_path))], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    objects: list[Manifest] = list(yaml.safe_load_all(done.stdout))
    [config] = [each for each in objects if each["kind"] == "ConfigMap"]
    assert config["data"] == {"platform.yaml": "slack:\n  command: /ours\n"}
    assert len(objects) == len(render(tmp_path))


async def test_the_pod_that_restores_is_taken_where_the_bot_runs(tmp_path: Path) -> None:
    [pod] = [yaml.safe_load(block) for block in blocks("yaml") if block.startswith("# restore.yaml")]
    objects = rendered(("sqlite", ()))
    async with (
        ClusterDouble() as double,
        Cluster(kubeconfig=str(double.write_kubeconfig(tmp_path / "config"))) as cluster,
    ):
        for manifest in [*objects, pod]:
            await cluster.apply(manifest)
    deployed = of(objects, "Deployment")["spec"]["template"]["spec"]
    assert pod["spec"]["containers"][0]["image"] == deployed["containers"][0]["image"]
    assert pod["spec"]["volumes"][0] in deployed["volumes"]
    assert pod["spec"]["securityContext"].items() <= deployed["securityContext"].items()


def test_the_secret_is_made_of_the_keys_that_are_mounted() -> None:
    [making] = [block for block in blocks("sh") if "create secret generic" in block]
    assert set(re.findall(r"--from-literal=([a-z-]+)=", making)) == SECRET_KEYS - {"slack-signing-secret"}
    told = re.findall(r"^\| `([a-z-]+)` \|", section("Install"), re.MULTILINE)
    assert set(told) >= SECRET_KEYS
    rotated = re.findall(r"^\| `([a-z-]+)` \|", section("Rotate secrets"), re.MULTILINE)
    assert set(rotated) | {"database-url", "platform-audit-key-previous", "prometheus-token"} == SECRET_KEYS


def test_every_component_is_told_of() -> None:
    for path in (DEPLOY / "components").iterdir():
        assert f"| `{path.name}` |" in section("Install")


def test_every_metric_that_is_named_exists() -> None:
    known = {
        f"{family.name}{suffix}" for family in Metrics().registry.collect() for suffix in ("", "_total", "_bucket")
    }
    named = set(re.findall(r"`(platform_bot_\w+)", PAGE))
    assert named
    assert named <= known


def test_every_setting_that_is_named_exists() -> None:
    models = {**SECTIONS, **group_sections()}
    named = set(re.findall(rf"`((?:{'|'.join(models)})\.[a-z_]+)[`:]", PAGE))
    assert named
    for name in named:
        group, _, key = name.partition(".")
        assert key in models[group].model_fields, name


def test_every_command_that_is_named_exists() -> None:
    known = _parser().format_help()
    for name in re.findall(
        r"(?<=[`\s])(?<!-n )platform-bot ([a-z]+)\b", "\n".join(re.findall(r"`[^`\n]+`", PAGE) + blocks("sh"))
    ):
        assert re.search(rf"^    {name}\b", known, re.MULTILINE), name


def test_every_table_has_its_retention(migrated_sqlite: Path) -> None:
    connection = sqlite3.connect(migrated_sqlite)
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    connection.close()
    told = {
        name
        for row in re.findall(r"^\| (`[^|]+) \|", section("What is kept how long"), re.MULTILINE)
        for name in re.findall(r"`(\w+)`", row)
    }
    assert {name for name in tables if not name.startswith("sqlite_")} == told
