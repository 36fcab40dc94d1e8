"""An imitation of Slack in one process: what an app sees of it and what people do in it. Knows nothing of platform-bot.

How to use it:

    double = SlackDouble(manifest=manifest_dict, workspace=acme())      # or Workspace("T…") and add users and channels
    await double.start(port=0)                                          # 127.0.0.1 only
    double.api_url, double.bot_token, double.app_token, double.signing_secret
    double.request_url = "http://127.0.0.1:…/slack/events"              # HTTP mode only

    ada = double.person("ada")                                          # user id or name
    outcome = await ada.slash("#platform", "/platform", "sandbox create")
    modal = ada.view                                                    # the topmost open modal
    result = await ada.submit(modal, {"Name": "demo"})                  # by block_id, action_id or label
    await double.wait_for(lambda: any("ready" in m.text for m in ada.sees("#platform")))
    await double.stop()

State is plain values (model.py) held by `double.workspace` (state.py): read it freely, change it through people.
`async with double.subscribe() as changes: async for change in changes: …` follows every `Change` (model.py), for a web page.
`double.calls` is the traffic: every Web API call, every delivery to the app and every response_url use, in order.
`double.faults.inject(...)` makes it misbehave (faults.py). Where Slack says no, so does this: limits.py holds every limit.
"""

from playground.slack.model import Change, Channel, File, Message, Ping, Team, User, UserGroup, View
from playground.slack.outcomes import ModalOutcome, Outcome, Refused
from playground.slack.people import Person
from playground.slack.seed import acme
from playground.slack.server import SlackDouble
from playground.slack.state import Workspace

__all__ = [
    "Change",
    "Channel",
    "File",
    "Message",
    "ModalOutcome",
    "Outcome",
    "Person",
    "Ping",
    "Refused",
    "SlackDouble",
    "Team",
    "User",
    "UserGroup",
    "View",
    "Workspace",
    "acme",
]
