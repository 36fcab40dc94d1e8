"""The weekly note to an owner. Pure."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from slack_sdk.models.blocks import Block

from bot.kit.blocks import context, section
from bot.kit.replies import Reply
from bot.kit.text import code, escape, listed
from commands.sandbox.rules.prices import money
from commands.sandbox.values.seeing import Week

_SHOWN = 20


def weekly(weeks: Sequence[Week]) -> Reply:
    """What a week cost, the dearest sandbox first; each currency for itself."""
    cost: defaultdict[str, Decimal] = defaultdict(Decimal)
    slept: defaultdict[str, Decimal] = defaultdict(Decimal)
    for week in weeks:
        cost[week.currency] += week.spent
        slept[week.currency] += week.saved
    text = (
        f"Your sandboxes cost {listed([escape(money(amount, each)) for each, amount in cost.items()], 'and')} this week"
    )
    sums = [escape(money(amount, each)) for each, amount in slept.items() if amount]
    text += f", and saved {listed(sums, 'and')} by sleeping." if sums else "."
    blocks: list[Block] = [section(f":money_with_wings: {text}")]
    dearest = sorted(weeks, key=lambda week: (-week.spent, week.name))
    lines = [_line(week) for week in dearest[:_SHOWN]]
    if len(dearest) > _SHOWN:
        lines.append(f"… and {len(dearest) - _SHOWN} more")
    blocks.append(section("\n".join(lines)))
    if not sums:
        hint = f"Nothing runs at night? {code('sandbox hours <name> mon-fri 08:00-19:00')} puts one to sleep when nobody works."
        blocks.append(context(hint))
    return Reply(text=text, blocks=blocks)


def _line(week: Week) -> str:
    slept = f", saved {money(week.saved, week.currency)}" if week.saved else ""
    return f"• *{escape(week.name)}*: {escape(f'{money(week.spent, week.currency)}{slept}')}"
