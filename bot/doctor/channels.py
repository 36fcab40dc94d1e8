"""Channels that the settings name: whether they are there and the bot is in them. Posts nothing."""

from collections.abc import Collection

from bot.doctor.report import Finding, failed, ok, skipped, warning
from integrations.slack import SlackClient, SlackError, SlackRateLimited, SlackRefused

_CALL_SECONDS = 4.0
_MOST = 20  # in one check
_ABSENT = {"channel_not_found", "invalid_arguments", "missing_argument"}


async def channels_finding(slack: SlackClient, channels: Collection[str], setting: str) -> Finding:
    """`setting` is where they are named. Asks for one message of each, with the scopes there are anyway: Slack tells who is not
    in a channel, and does not tell a private one without the bot from none."""
    absent, outside, unknown = [], [], []
    for channel in sorted(channels)[:_MOST]:
        try:
            await slack.call("conversations.history", channel=channel, limit=1, timeout=_CALL_SECONDS)
        except SlackRefused as error:
            if error.code == "not_in_channel":
                outside.append(channel)
            elif error.code in _ABSENT:
                absent.append(channel)
            else:
                unknown.append(f"{channel}: {error.code}")
        except SlackRateLimited:
            return skipped("Slack limits how often it may be asked", "try again in a minute")
        except SlackError as error:
            return skipped(f"Slack is not reachable: {error}")
    if absent:
        return failed(
            f"{setting}: there is no {_named(absent)}, or it is private and the bot is not in it",
            "correct it (the id stands in the channel's details, at the bottom), or invite the bot there",
        )
    if outside:
        return warning(
            f"{setting}: the bot is not in {_named(outside)}: a message whose fate is unknown may stand there twice",
            "invite it there: /invite @…",
        )
    if unknown:
        return warning(f"{setting}: {', '.join(unknown)}", "look the code up at docs.slack.dev")
    return ok(f"{_named(channels)}: the bot is in it" if len(channels) == 1 else f"the bot is in all {len(channels)}")


def _named(channels: Collection[str]) -> str:
    return f"channel {', '.join(sorted(channels))}" if len(channels) == 1 else f"channels {', '.join(sorted(channels))}"
