"""A workspace to begin with: the people and channels of Acme. Only the demo uses it; tests build their own."""

from bot.kit.clock import Clock
from playground.slack.state import Workspace


def acme(*, clock: Clock | None = None) -> Workspace:
    """Ada develops (Berlin), Grace is on call (New York), Linus manages (Helsinki), Margaret is a guest in #platform only.

    The bot is in every channel but #general.
    """
    workspace = Workspace("Acme", domain="acme", bot_name="platform", clock=clock)
    workspace.add_user("ada", "Ada Lovelace", tz="Europe/Berlin", title="Developer")
    workspace.add_user("grace", "Grace Hopper", tz="America/New_York", title="On-call engineer")
    workspace.add_user("linus", "Linus Pauling", tz="Europe/Helsinki", title="Engineering manager", is_admin=True)
    workspace.add_user("margaret", "Margaret Guest", tz="Europe/London", title="Contractor", is_restricted=True)
    staff = ("ada", "grace", "linus")
    workspace.add_channel("general", staff, is_general=True, topic="Company-wide announcements")
    workspace.add_channel("platform", (*staff, "margaret", "platform"), topic="Ask the platform: /platform help")
    workspace.add_channel("alerts", (*staff, "platform"), topic="What the monitoring says")
    workspace.add_channel("incidents", (*staff, "platform"), topic="One thread per incident")
    workspace.add_channel("costs", ("linus", "ada", "platform"), topic="Weekly cost digest")
    return workspace
