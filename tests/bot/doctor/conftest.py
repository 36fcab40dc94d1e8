"""A whole set-up that the doctor finds nothing wrong with, and what a test does to it."""

import shutil
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.doctor.checkup import check_up
from bot.doctor.report import Finding, Report
from bot.kit.clock import Clock, SystemClock
from bot.slack.manifest import manifest
from bot.wiring import GROUPS, group_sections
from integrations.kubernetes import Cluster
from playground.cluster import ClusterDouble
from playground.slack import SlackDouble, acme
from tests.storage.audit_trail import SECRET

DEPLOY = Path(__file__).parents[3] / "deploy" / "base"
COMMANDS = [command for group in GROUPS for command in group.commands.values()]
SCOPES: frozenset[str] = frozenset(manifest("/platform", GROUPS)["oauth_config"]["scopes"]["bot"])


def deployed_roles() -> list[dict[str, Any]]:
    files = ("sandbox-role.yaml", "bot-role.yaml")
    return [role for name in files for role in yaml.safe_load_all((DEPLOY / name).read_text(encoding="utf-8"))]


class LateClock:
    """The system's clock, off by so much."""

    def __init__(self, by: timedelta) -> None:
        self._by = by

    def now(self) -> datetime:
        return datetime.now(UTC) + self._by


@dataclass
class SetUp:
    """What the doctor looks at; a test changes `environment` or the doubles before it calls."""

    environment: dict[str, str]
    slack: SlackDouble
    cluster: ClusterDouble
    folder: Path
    scopes: frozenset[str] = SCOPES
    clock: Clock = field(default_factory=SystemClock)

    async def report(self, **options: int) -> Report:
        return await check_up(self.environment, group_sections(), COMMANDS, self.scopes, self.clock, **options)

    async def findings(self, **options: int) -> Mapping[str, Finding]:
        return {row.check: row.finding for row in (await self.report(**options)).rows}

    async def act_with(self, role: str) -> None:
        """The bot is an account with this ClusterRole from now on."""
        name = f"bot-with-{role}"
        self.cluster.put(
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": "default"}}
        )
        group = "rbac.authorization.k8s.io"
        self.cluster.put(
            {
                "apiVersion": f"{group}/v1",
                "kind": "ClusterRoleBinding",
                "metadata": {"name": name},
                "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": role},
                "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": "default"}],
            }
        )
        admin = self.cluster.write_kubeconfig(self.folder / "admin")
        async with Cluster(kubeconfig=str(admin)) as client:
            minted = await client.mint_token("default", name, seconds=3600)
        self.cluster.write_kubeconfig(Path(self.environment["KUBECONFIG"]), token=minted.token)

    def configure(self, text: str) -> None:
        (self.folder / "platform.yaml").write_text(text, encoding="utf-8")


@pytest.fixture
async def bare(tmp_path: Path, migrated_sqlite: Path) -> AsyncIterator[SetUp]:
    """Everything is there and right, but the cluster has no roles and the bot is its administrator."""
    database = tmp_path / "bot.db"
    shutil.copyfile(migrated_sqlite, database)
    (tmp_path / "platform.yaml").touch()
    async with SlackDouble(manifest("/platform", GROUPS), acme()) as slack, ClusterDouble() as cluster:
        environment = {
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_APP_TOKEN": slack.app_token,
            "SLACK_API_URL": slack.api_url,
            "DATABASE_URL": f"sqlite+aiosqlite:///{database}",
            "KUBECONFIG": str(cluster.write_kubeconfig(tmp_path / "kubeconfig")),
            "PLATFORM_CONFIG": str(tmp_path / "platform.yaml"),
            "PLATFORM_HTTP_PORT": "0",
            "PLATFORM_AUDIT_KEY": SECRET,
        }
        yield SetUp(environment, slack, cluster, tmp_path)


@pytest.fixture
async def setup(bare: SetUp) -> SetUp:
    """As the README says to set it up."""
    for role in deployed_roles():
        bare.cluster.put(role)
    await bare.act_with("platform-bot")
    return bare
