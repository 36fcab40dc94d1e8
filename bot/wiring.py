"""Edges -> services -> groups: builds everything from settings, and starts nothing. Adding a group is one line here."""

import inspect
import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import aiohttp
from pydantic import BaseModel
from slack_bolt.async_app import AsyncApp

from bot import housekeeping, leavers
from bot.audit import Sealing, keyring
from bot.calls.answer import Answers
from bot.calls.audit import MOST_REFUSALS, CallAudit
from bot.calls.desk import Desk
from bot.calls.identify import MOST_ASKED, Identity
from bot.calls.judge import Judge
from bot.calls.policy import Policy
from bot.calls.rate import Rates
from bot.calls.record import Journal
from bot.calls.run import Runner
from bot.census import Census
from bot.config import AuditSettings, CallSettings, ConfigError, PrometheusSettings, Settings
from bot.housekeeping import Housekeeping
from bot.jobs import Jobs
from bot.kit.access import AccessSettings
from bot.kit.approvals import ApprovalSettings
from bot.kit.clock import Clock, SteadyClock, SystemClock
from bot.kit.declare import Command, Group
from bot.kit.ids import new_id
from bot.kit.release import release
from bot.kit.roles import Rules
from bot.leavers import Leavers, Owners
from bot.metrics import Metrics
from bot.outbox import MOST_IN_FLIGHT, Outbox
from bot.pacing import UNPACED, Pacing
from bot.rendering import Cards
from bot.sealing import Sealer
from bot.slack.aside import MOST_ASIDE
from bot.slack.bolt import build_bolt
from bot.slack.botuser import BotUser
from bot.slack.dialogs import Dialogs
from bot.slack.directory import DirectoryEvents, GroupDirectory, directory
from bot.slack.events import Events
from bot.slack.home import HomePage
from bot.slack.lookups import Lookups
from bot.slack.routing import Router
from bot.slack.socket import MOST_IN_HAND, SocketMode
from bot.subscriptions import Subscriptions, heard_by, subscription_problems
from bot.timekeeping import Timekeeper
from commands.access import ports as access_ports
from commands.access.handlers import GROUP as ACCESS
from commands.sandbox import ports as sandbox_ports
from commands.sandbox.handlers import GROUP as SANDBOX
from integrations.kubernetes import Cluster
from integrations.prometheus import Prometheus
from integrations.slack import SlackClient
from integrations.usage import Usage
from storage.audit import AuditStore
from storage.calls import CallRow
from storage.db import Database
from storage.events import EventStore
from storage.messages import MessageStore
from storage.writer import GroupedWriter

GROUPS: Sequence[Group[Any]] = [
    SANDBOX,
    ACCESS,
]


@dataclass
class Me:
    """Who the bot is in Slack; None until Slack has said so."""

    user: BotUser | None = field(default=None)


@dataclass(frozen=True)
class Parts:
    """Everything that bot/app.py starts and stops."""

    settings: Settings
    clock: Clock
    timekeeper: Timekeeper
    db: Database
    session: aiohttp.ClientSession
    slack: SlackClient
    cluster: Cluster
    metrics: Metrics
    writer: GroupedWriter
    identity: Identity
    runner: Runner
    desk: Desk
    rates: Rates
    router: Router
    bolt: AsyncApp
    sockets: SocketMode | None
    outbox: Outbox
    sealing: Sealing
    call_audit: CallAudit
    census: Census
    jobs: Jobs
    subscriptions: Subscriptions
    me: Me
    groups: Mapping[str, Group[Any]]
    services: Mapping[str, object]


def group_sections() -> dict[str, type[BaseModel]]:
    """The sections of platform.yaml that groups bring."""
    return {group.name: group.settings for group in GROUPS if group.settings is not None}


def permissions() -> frozenset[str]:
    """Those that commands need."""
    return frozenset(command.permission for group in GROUPS for command in group.commands.values())


async def build(settings: Settings, system: Clock | None = None, groups: Sequence[Group[Any]] = GROUPS) -> Parts:
    """Raises ConfigError when a secret is missing or a group's need is unmet, UserError or Unavailable when the database
    cannot be opened. Opens the database and nothing else; must be called in the event loop it will run in. `system` is the
    machine's clock."""
    bot_token, signing_secret = _secrets(settings)
    keys = keyring(settings.secrets)
    audit = AuditStore(keys)
    _check_declarations(groups)
    metrics, me = Metrics(), Me()
    holder = f"{socket.gethostname()}:{os.getpid()}:{new_id(6)}"
    calls = settings.section("calls", CallSettings)
    db = await Database.open(settings.database_url, observe=metrics.observed_write())
    system = system or SystemClock()
    clock = SteadyClock(system.now())
    timekeeper = Timekeeper(db, system, clock)
    await timekeeper.look()
    session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=200))
    slack = SlackClient(session, bot_token, settings.slack_api_url, observe=metrics.slack_request)
    cluster = Cluster(kubeconfig=settings.kubeconfig)
    messages = MessageStore(clock)
    subscribers = [leavers.SUBSCRIBER, *(each for group in groups for each in group.subscribers)]
    domain_events = EventStore(heard_by(subscribers))
    access = settings.section("access", AccessSettings)
    identity = _identity(db, slack, access, clock, me, domain_events)
    services = build_services(
        groups,
        {
            Database: db,
            Clock: clock,
            MessageStore: messages,
            EventStore: domain_events,
            Rules: identity.rules,
            access_ports.People: identity,
            AuditStore: audit,
            sandbox_ports.Cluster: cluster,
            sandbox_ports.People: identity,
            sandbox_ports.Measures: Usage(_prometheus(settings, session)),
            **_typed(settings),
        },
    )
    by_name = {group.name: group for group in groups}
    commands = {command.name: command for group in groups for command in group.commands.values()}
    sealer = Sealer(bot_token)
    writer = GroupedWriter(db, CallRow.__table__, "key")  # type: ignore[attr-defined] # SQLModel hides it
    slash = settings.slack.command
    call_audit = CallAudit(db, audit, clock, metrics.audit_dropped.inc)
    dialogs = Dialogs(identity, slack, services, slash, clock, call_audit)
    answers = Answers(db, messages, dialogs.show_result)
    policy = Policy(settings.section("approvals", ApprovalSettings), commands.values())
    judge = Judge(db, policy, services, messages, audit, clock)
    runner = Runner(db, commands, services, identity, judge, answers, metrics, clock, calls, holder, call_audit)
    rates = Rates.of(calls, clock, metrics.refused["too_many"].inc)
    desk = Desk(identity, Journal(db, writer, sealer, holder, calls.lease), runner, services, clock, call_audit, rates)
    lookups = Lookups(identity, by_name, services)
    router = Router(desk, dialogs, lookups, by_name, slack, metrics, slash, rates)
    people = DirectoryEvents(identity, lambda: me.user)
    events = Events(desk, db, messages, by_name, slash, lambda: me.user, people, rates)
    bolt = build_bolt(router, events, bot_token, signing_secret, settings.slack_api_url, session, lambda: me.user)
    home = HomePage(identity, groups, services, slash)
    cards = Cards({card.view: card for group in groups for card in group.cards}, services, home)
    people_who_left = Leavers(db, clock, audit, identity, _owners(groups, services))
    own = {**services, "bot": Housekeeping(db), leavers.GROUP: people_who_left}
    jobs = Jobs(
        db,
        [housekeeping.JOB, leavers.JOB, *(job for group in groups for job in group.jobs)],
        own,
        settings.sections,
        metrics,
        clock,
        holder,
    )
    outbox = Outbox(
        db,
        slack,
        cards,
        clock,
        metrics,
        holder=holder,
        decrypt=sealer.open,
        pacing=_pacing(settings),
    )
    sockets = _sockets(settings, bolt, session, metrics, router)
    sealing = Sealing(
        db, clock, keys, audit, messages, holder, settings.section("audit", AuditSettings), metrics.audit_sealed.inc
    )
    parts = Parts(
        settings=settings,
        clock=clock,
        timekeeper=timekeeper,
        db=db,
        session=session,
        slack=slack,
        cluster=cluster,
        metrics=metrics,
        writer=writer,
        identity=identity,
        runner=runner,
        desk=desk,
        rates=rates,
        router=router,
        bolt=bolt,
        sockets=sockets,
        outbox=outbox,
        sealing=sealing,
        call_audit=call_audit,
        census=Census(db, groups, services, jobs, metrics, clock),
        jobs=jobs,
        subscriptions=Subscriptions(db, domain_events, subscribers, own, metrics, clock, holder),
        me=me,
        groups=by_name,
        services=services,
    )
    _observe(parts, commands, calls)
    return parts


def _observe(parts: Parts, commands: Mapping[str, Command], calls: CallSettings) -> None:
    """What the metrics read from whoever knows it, at each scrape."""
    metrics, sockets = parts.metrics, parts.sockets
    metrics.built(release(), "http" if sockets is None else "socket", parts.db.dialect)
    metrics.expect(commands, parts.jobs.ids)
    metrics.leading.labels("outbox").set_function(lambda: parts.outbox.leading)
    metrics.leading.labels("audit").set_function(lambda: parts.sealing.leading)
    metrics.queue("refusals", lambda: parts.call_audit.waiting, MOST_REFUSALS)
    metrics.queue("calls", lambda: parts.runner.waiting, calls.waiting)
    metrics.queue("journal", lambda: parts.writer.waiting, parts.writer.most_waiting)
    metrics.queue("people", lambda: parts.identity.asking, MOST_ASKED)
    metrics.queue("aside", lambda: parts.router.aside, MOST_ASIDE)
    if sockets is not None:
        metrics.queue("deliveries", lambda: sockets.in_hand, MOST_IN_HAND)
    metrics.queue("outbox", lambda: parts.outbox.in_flight, MOST_IN_FLIGHT)


def _check_declarations(groups: Sequence[Group[Any]]) -> None:
    emitted = dict(leavers.EVENTS)
    for group in groups:
        emitted.update(group.events)
    problems = [problem for group in groups for problem in group.problems()]
    problems += subscription_problems([each for group in groups for each in group.subscribers], emitted)
    if problems:
        raise ConfigError("\n".join(problems))


def _identity(
    db: Database, slack: SlackClient, access: AccessSettings, clock: Clock, me: Me, events: EventStore
) -> Identity:
    domains = Rules(access).asks_for_domains
    groups = GroupDirectory(slack, lambda: me.user)
    return Identity(db, directory(slack, lambda: me.user, domains=domains), access, clock, groups.look_up, events)


def _owners(groups: Sequence[Group[Any]], services: Mapping[str, object]) -> Sequence[Owners]:
    return [partial(group.owned, services[group.name]) for group in groups if group.owned is not None]


def build_services(groups: Sequence[Group[Any]], edges: Mapping[type, object]) -> dict[str, object]:
    """Calls each group's service with what it needs, in an order in which every need is met. Raises ConfigError naming the
    group and the need that nothing provides."""
    available = dict(edges)
    waiting = list(groups)
    services: dict[str, object] = {}
    while waiting:
        ready = [group for group in waiting if all(need in available for need in group.needs.values())]
        if not ready:
            raise ConfigError("\n".join(_unmet(group, available) for group in waiting))
        for group in ready:
            waiting.remove(group)
            needs = {name: available[need] for name, need in group.needs.items()}
            service = services[group.name] = group.service(**needs)
            available.update(dict.fromkeys(group.provides, service))
    return services


def _unmet(group: Group[Any], available: Mapping[type, object]) -> str:
    missing = [need for need in group.needs.values() if need not in available]
    names = ", ".join(f"{need.__module__}.{need.__name__}" for need in missing)
    return f"group {group.name} needs {names}, and nothing provides it ({inspect.getsourcefile(missing[0])})"


def _typed(settings: Settings) -> dict[type, object]:
    return {type(section): section for section in settings.sections.values()}


def _secrets(settings: Settings) -> tuple[str, str]:
    """Bot token and signing secret. In Socket Mode nothing is signed: a random secret keeps the HTTP endpoint closed."""
    secrets, problems = settings.secrets, []
    if secrets.bot_token is None:
        problems.append(
            "SLACK_BOT_TOKEN: is needed; it begins with xoxb- and stands under “OAuth & Permissions” of your app"
        )
    if secrets.app_token is None and secrets.signing_secret is None:
        problems.append(
            "SLACK_APP_TOKEN: is needed for Socket Mode (begins with xapp-, under “Basic Information” of your app), "
            "or SLACK_SIGNING_SECRET for HTTP mode"
        )
    if problems or secrets.bot_token is None:
        raise ConfigError("\n".join(problems))
    signing = secrets.signing_secret.get_secret_value() if secrets.signing_secret else new_id(40)
    return secrets.bot_token.get_secret_value(), signing


def _prometheus(settings: Settings, session: aiohttp.ClientSession) -> Prometheus | None:
    known, token = settings.section("prometheus", PrometheusSettings), settings.secrets.prometheus_token
    if known.url is None:
        return None
    secret = token.get_secret_value() if token else None
    return Prometheus(session, known.url, token=secret, timeout=known.timeout.total_seconds())


def _pacing(settings: Settings) -> Pacing:
    posts_per_second = settings.slack.posts_per_second
    return UNPACED if posts_per_second is None else Pacing(posts_per_second=posts_per_second)


def _sockets(
    settings: Settings, bolt: AsyncApp, session: aiohttp.ClientSession, metrics: Metrics, router: Router
) -> SocketMode | None:
    if settings.secrets.app_token is None:
        return None
    token = settings.secrets.app_token.get_secret_value()
    client = SlackClient(session, token, settings.slack_api_url, observe=metrics.slack_request)
    silence = settings.slack.silence.total_seconds()
    connections = settings.slack.connections
    return SocketMode(bolt, client, session, metrics, connections, silence, router.turned_away)
