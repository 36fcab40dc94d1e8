"""docs/templates.md: its examples are a template that the bot takes; what it lists is what there is."""

import re
from pathlib import Path
from typing import get_args

import pytest
import yaml

from bot.config import ConfigError
from commands.sandbox.settings import SandboxSettings
from commands.sandbox.templates.catalogue import Catalogue
from commands.sandbox.templates.checks import CREATABLE
from commands.sandbox.templates.loading import load_templates
from commands.sandbox.templates.parameters import Parameter
from integrations.kubernetes.schema import Schemas

ROOT = Path(__file__).parents[3]
GUIDE = (ROOT / "docs" / "templates.md").read_text(encoding="utf-8")
EXAMPLES = dict(re.findall(r"<!-- example: (\S+) -->\n```yaml\n(.*?)```", GUIDE, re.DOTALL))
TYPES = [each.model_fields["type"].annotation for each in get_args(get_args(Parameter)[0])]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in EXAMPLES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    return tmp_path


def test_its_examples_are_a_template_that_is_taken_and_rendered(folder: Path) -> None:
    catalogue = Catalogue(load_templates(folder), "example.com")
    given = {"team_queue": "orders", "management": "yes"}
    objects = catalogue.objects("queue", given, "shop", "sbx-payments-shop-ab12", "payments")
    assert [each["kind"] for each in objects] == ["Secret", "Service", "StatefulSet"]
    assert [port["name"] for port in objects[1]["spec"]["ports"]] == ["amqp", "web"]
    assert objects[2]["spec"]["template"]["spec"]["containers"][0]["image"] == "rabbitmq:4-management"
    schemas = Schemas()
    assert [problem for each in objects for problem in schemas.misfits(each)] == []


def test_what_it_says_not_to_write_is_refused(folder: Path) -> None:
    file = folder / "queue" / "service.yaml.j2"
    file.write_text(file.read_text().replace("name: broker\n", "name: {{ sandbox.name }}-db\n", 1))
    with pytest.raises(ConfigError, match="must be the whole value"):
        load_templates(folder)


def test_its_example_shows_every_type_and_its_table_lists_them() -> None:
    names = {str(get_args(each)[0]) for each in TYPES}
    shown = yaml.safe_load(EXAMPLES["queue/template.yaml"])["parameters"]
    assert {each["type"] for each in shown.values()} == names
    assert set(re.findall(r"^\| `([a-z ]+)` \|", GUIDE, re.MULTILINE)) == names


def test_it_names_every_kind_that_may_be_made() -> None:
    words = GUIDE[GUIDE.index("Kinds are those") :].split("\n-")[0].lower()
    said = {
        "ConfigMap": "config maps",
        "PersistentVolumeClaim": "volume claims",
        "Pod": "pods",
        "Secret": "secrets",
        "Service": "services",
        "Deployment": "deployments",
        "StatefulSet": "stateful",
        "DaemonSet": "daemon",
        "ReplicaSet": "replica sets",
        "Job": "jobs",
        "CronJob": "cron jobs",
        "HorizontalPodAutoscaler": "autoscalers",
        "PodDisruptionBudget": "disruption budgets",
        "Ingress": "ingresses",
    }
    assert set(said) == {kind for _version, kind in CREATABLE}
    assert [kind for kind, word in said.items() if word not in words] == []


def test_its_settings_are_settings() -> None:
    [block] = re.findall(r"```yaml\n(sandbox:.*?)```", GUIDE, re.DOTALL)
    settings = SandboxSettings.model_validate(yaml.safe_load(block)["sandbox"])
    assert settings.domain == "sandbox.example.com"


def test_the_readme_points_to_it_and_the_ones_that_the_bot_brings_are_named() -> None:
    assert "docs/templates.md" in (ROOT / "README.md").read_text(encoding="utf-8")
    for name in load_templates(None):
        assert f"`{name}`" in GUIDE
