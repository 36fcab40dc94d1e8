"""What runs for the platform's admins, and what they are told: call in -> service -> result out. Decides nothing."""

from datetime import datetime, timedelta

from bot.kit.declare import Every
from commands.sandbox.handlers.group import GROUP
from commands.sandbox.service import SandboxService
from commands.sandbox.settings import SandboxSettings


def _resync(settings: SandboxSettings) -> Every:
    return Every(settings.resync)


@GROUP.job("sweep", _resync, late=timedelta(minutes=1))
async def sweep(service: SandboxService, due: datetime) -> None:
    await service.sweep.run()
