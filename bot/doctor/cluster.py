"""The cluster: whether it answers, has the roles of deploy/base, and lets the bot do its work. Only asks."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.doctor.examine import Check
from bot.doctor.report import Finding, failed, ok, warning
from bot.kit.errors import Unavailable
from commands.sandbox.objects import ACCESS_SECRET, GUARD_NAME, USER_ACCOUNT, USER_ROLE
from integrations.kubernetes import Cluster, ClusterError, ForbiddenInCluster, reference_of

BOT_ROLE = "platform-bot"  # in deploy/base/bot-role.yaml
APPLY = "kubectl apply -f deploy/base/sandbox-role.yaml -f deploy/base/bot-role.yaml"  # as the README has it
_ROLE = reference_of("rbac.authorization.k8s.io/v1", "ClusterRole")
_READS = ("KUBECONFIG",)
_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Need:
    """One thing the bot must be allowed, in every namespace; `name` narrows it to objects of that name."""

    verb: str
    resource: str
    group: str = ""
    name: str | None = None

    def __str__(self) -> str:
        resource = f"{self.resource}.{self.group}" if self.group else self.resource
        return f"{self.verb} {resource}" + (f" {self.name}" if self.name else "")


def _needs(resource: str, *verbs: str, group: str = "", name: str | None = None) -> tuple[Need, ...]:
    return tuple(Need(verb, resource, group, name) for verb in verbs)


# What the sandboxes' reconciler asks of the cluster. Server-side apply is a patch, and a create the first time.
NEEDS = (
    *_needs("namespaces", "get", "list", "create", "patch", "delete"),
    *_needs("resourcequotas", "get", "list", "create", "patch"),
    *_needs("limitranges", "list", "create", "patch"),
    *_needs("networkpolicies", "list", "create", "patch", "delete", group="networking.k8s.io"),
    *_needs("rolebindings", "list", "create", "patch", group="rbac.authorization.k8s.io"),
    *_needs("rolebindings", "delete", group="rbac.authorization.k8s.io", name=GUARD_NAME),
    *_needs("serviceaccounts", "list", "create"),
    *_needs("serviceaccounts", "patch", name="default"),
    *_needs("serviceaccounts", "patch", name="sandbox-user"),
    # Looking into a sandbox, and giving access to it, by tokens of its user; they end with that secret.
    *_needs("serviceaccounts/token", "create", name=USER_ACCOUNT),
    *_needs("secrets", "create"),
    *_needs("secrets", "get", "delete", name=ACCESS_SECRET),
)
_EVERYTHING = Need("*", "*", "*")
# Without it the cluster refuses every sandbox's role binding.
BIND = Need("bind", "clusterroles", "rbac.authorization.k8s.io", USER_ROLE)


@dataclass(frozen=True)
class ClusterChecks:
    cluster: Cluster

    def checks(self) -> list[Check]:
        return [
            Check("cluster", _explained(self._version), reads=_READS),
            Check("cluster roles", _explained(self._roles), reads=_READS, after="cluster"),
            Check("cluster rights", _explained(self._rights), reads=_READS, after="cluster"),
            Check("sandbox role binding", _explained(self._bind), reads=_READS, after="cluster"),
        ]

    async def _version(self) -> Finding:
        return ok(f"Kubernetes {await self.cluster.version() or 'of unknown version'}")

    async def _roles(self) -> Finding:
        """The bot's own role does not let it read that role: then what it may do (the next check) has to answer for it."""
        absent = []
        unseen = []
        for name in (USER_ROLE, BOT_ROLE):
            try:
                if await self.cluster.get(_ROLE, name) is None:
                    absent.append(name)
            except ForbiddenInCluster:
                unseen.append(name)
        if USER_ROLE in absent:
            return failed(f"missing: {', '.join(absent)}", f"{APPLY}: without it no sandbox can be given to anybody")
        if USER_ROLE in unseen:
            return failed(f"the bot may not read {USER_ROLE}", f"{APPLY}: the bot's role allows it")
        if absent:
            return warning(f"missing: {BOT_ROLE}; the bot has its rights from elsewhere", APPLY)
        if unseen:
            return ok(f"{USER_ROLE}; {BOT_ROLE} is not for the bot to read, its rights are checked below")
        return ok(f"{USER_ROLE}, {BOT_ROLE}")

    async def _rights(self) -> Finding:
        gate = asyncio.Semaphore(_AT_ONCE)

        async def allowed(need: Need) -> bool:
            async with gate:
                return await self._may(need)

        asked: dict[Need, asyncio.Task[bool]] = {}
        problem: BaseException | None = None
        try:
            async with asyncio.TaskGroup() as group:
                asked = {need: group.create_task(allowed(need)) for need in (*NEEDS, _EVERYTHING)}
        except* (Unavailable, ClusterError) as errors:
            problem = errors.exceptions[0]
        if problem is not None:
            raise problem
        everything = asked.pop(_EVERYTHING).result()
        if missing := [str(need) for need, task in asked.items() if not task.result()]:
            return failed(f"the bot may not: {', '.join(missing)}", f"{APPLY}: the role {BOT_ROLE} allows it all")
        found = f"all {len(NEEDS)} that sandboxes need"
        if everything:
            return warning(f"{found}, and everything else", f"give the bot the role {BOT_ROLE} only: {APPLY}")
        return ok(found)

    async def _bind(self) -> Finding:
        if await self._may(BIND):
            return ok(f"the bot may bind {USER_ROLE}")
        return failed(f"the bot may not bind {USER_ROLE}", f"{APPLY}: without it no sandbox can be given to anybody")

    async def _may(self, need: Need) -> bool:
        resource, _, part = need.resource.partition("/")
        return await self.cluster.may(need.verb, resource, group=need.group, subresource=part or None, name=need.name)


def _explained(ask: Callable[[], Awaitable[Finding]]) -> Callable[[], Awaitable[Finding]]:
    """The cluster's refusals and silences, in words that say what to do."""

    async def asked() -> Finding:
        try:
            return await ask()
        except Unavailable as error:
            return failed(
                str(error), "see whether KUBECONFIG names the right cluster; without it, the bot must run inside one"
            )
        except ClusterError as error:
            return failed(f"the cluster refuses it: {error}", APPLY)

    return asked
