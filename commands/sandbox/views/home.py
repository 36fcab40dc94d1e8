"""A person's part of App Home: their sandboxes with their buttons. Pure."""

from typing import Final

from slack_sdk.models.blocks import Block, ButtonElement

from bot.kit.blocks import actions, command_button, context, header, section
from bot.kit.text import code, escape, when
from commands.sandbox.rules.prices import money
from commands.sandbox.values.basics import SandboxDetails, SandboxList
from commands.sandbox.views.basics import LEAVING, delete_button, headline, life_buttons
from storage.sandboxes import SandboxState

_SHOWN: Final = 9  # of two blocks each, of the 20 that a group may have


def home(result: SandboxList) -> list[Block]:
    blocks: list[Block] = [header("Your sandboxes")]
    if not result.sandboxes:
        new = command_button("Create one", "sandbox.create", {}, style="primary")
        return [*blocks, section("You have none at the moment.", accessory=new)]
    for sandbox in result.sandboxes[:_SHOWN]:
        blocks.append(section(f"{headline(sandbox)}\n{_line(sandbox)}"))
        if sandbox.state not in LEAVING:
            blocks.append(actions(*_buttons(sandbox)))
    if (left := len(result.sandboxes) - _SHOWN) > 0:
        blocks.append(context(f"… and {left} more: {code('sandbox list')}"))
    return blocks


def _line(sandbox: SandboxDetails) -> str:
    known = [str(sandbox.size)]
    if sandbox.state not in LEAVING:
        known.append(f"until {when(sandbox.expires_at)}")
    known.append(code(sandbox.namespace))
    if sandbox.cost_per_day is not None and sandbox.asleep_per_day is not None and sandbox.currency is not None:
        asleep = sandbox.state in (SandboxState.SLEEPING, SandboxState.EXPIRING)
        per_day = sandbox.asleep_per_day if asleep else sandbox.cost_per_day
        known.append(f"{escape(money(per_day, sandbox.currency))} a day")
    return " · ".join(known)


def _buttons(sandbox: SandboxDetails) -> list[ButtonElement]:
    return [*life_buttons(sandbox), delete_button(sandbox)]
