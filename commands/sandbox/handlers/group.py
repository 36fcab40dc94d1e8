"""The sandbox group itself; what it consists of stands in the files beside this one."""

from bot.kit.declare import Group
from commands.sandbox.service import SandboxService
from commands.sandbox.settings import SandboxSettings

GROUP = Group(
    "sandbox",
    summary="Kubernetes namespaces of your own, for a while",
    service=SandboxService,
    settings=SandboxSettings,
)
