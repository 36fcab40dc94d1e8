"""The whole check-up: reads the configuration, builds clients of its own, runs every check. Prints nothing."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

import aiohttp
from pydantic import BaseModel, SecretStr
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.config import Settings
from bot.doctor.approvals import ApprovalChecks
from bot.doctor.audit import AuditChecks
from bot.doctor.cluster import ClusterChecks
from bot.doctor.configuration import read
from bot.doctor.examine import Check, UnjoinedThreads, examine
from bot.doctor.port import PortChecks
from bot.doctor.postgresql import PostgreSQLChecks
from bot.doctor.report import Finding, Report
from bot.doctor.slack import SlackChecks
from bot.doctor.sqlite import SQLiteChecks
from bot.doctor.webhooks import WebhookChecks
from bot.kit.clock import Clock
from bot.kit.declare import Command
from integrations.kubernetes import Cluster
from integrations.slack import SlackClient

# Shorter ones would take ordinary words out of the report; no library quotes them on purpose.
_SHORTEST_SECRET = 8


async def check_up(
    environment: Mapping[str, str],
    group_sections: Mapping[str, type[BaseModel]],
    commands: Sequence[Command],
    scopes: frozenset[str],
    clock: Clock,
    *,
    replicas: int = 1,
) -> Report:
    """`commands` are all that there are; `scopes` are the manifest's; `replicas`, how many processes are meant to run."""
    asyncio.get_running_loop().set_default_executor(UnjoinedThreads())
    reading = read(environment, group_sections, {command.permission for command in commands})
    settings = reading.settings

    async def configuration() -> Finding:
        return reading.finding

    async with aiohttp.ClientSession() as session, Cluster(kubeconfig=settings.kubeconfig, timeout=8) as cluster:
        secrets = settings.secrets
        client = SlackClient(session, _text(secrets.bot_token), settings.slack_api_url)
        slack = SlackChecks(
            settings,
            client,
            SlackClient(session, _text(secrets.app_token), settings.slack_api_url),
            scopes,
            replicas,
            clock,
        )
        database = _database(settings, replicas)
        checks = [
            Check("configuration", configuration),
            *slack.checks(),
            *database.checks(),
            *AuditChecks(settings, client, database.newest_audit_key).checks(),
            *ApprovalChecks(settings, commands, client, clock).checks(),
            *ClusterChecks(cluster).checks(),
            *PortChecks(session, settings.http_host, settings.http_port).checks(),
            *WebhookChecks().checks(),
        ]
        report = await examine(checks, reading.unusable)
    return report.hiding(_secrets(settings))


def _database(settings: Settings, replicas: int) -> SQLiteChecks | PostgreSQLChecks:
    url = _url(settings)
    if url is not None and url.get_backend_name() == "sqlite":
        return SQLiteChecks(Path(url.database or ""), replicas)
    # Also of an address that is none: what opens the database says what is wrong with it.
    return PostgreSQLChecks(settings.database_url, replicas)


def _secrets(settings: Settings) -> list[str]:
    url = _url(settings)
    return [
        each
        for each in (*settings.secrets.texts(), str(url.password or "") if url else "")
        if len(each) >= _SHORTEST_SECRET
    ]


def _url(settings: Settings) -> URL | None:
    try:
        return make_url(settings.database_url)
    except ArgumentError:
        return None


def _text(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""
