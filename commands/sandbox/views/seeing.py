"""A sandbox in full: its card, and what is inside; the last lines of a log. Pure; what the cluster says is escaped here."""

from collections.abc import Sequence
from typing import Final

from slack_sdk.models.blocks import Block

from bot.kit.blocks import command_button, context, divider, facts, page, section
from bot.kit.replies import Reply
from bot.kit.text import code, escape, few, listed, literal, shorten, when
from commands.sandbox.rules.access import pieces
from commands.sandbox.rules.prices import money
from commands.sandbox.values.seeing import Insight, PodSeen, SandboxLogs, SandboxSeen, Used, Warned
from commands.sandbox.views.basics import card
from storage.sandboxes import SandboxState

_PODS: Final = 12
_PIECE: Final = 2_800  # characters of the 3,000 that a block may have
# What people run into, the rest of a quota being walls.
_QUOTAS: Final = {
    "requests.cpu": "CPU",
    "requests.memory": "Memory",
    "requests.storage": "Storage",
    "pods": "Pods",
    "persistentvolumeclaims": "Volumes",
}


def shown(sandbox: SandboxSeen) -> Reply:
    """The card's own blocks, and below them what nobody else keeps up to date."""
    reply = card(sandbox)
    more: list[Block] = []
    if sandbox.unseen:
        more.append(context(f":warning: {literal(sandbox.unseen)}"))
    if sandbox.inside is not None:
        more += _inside(sandbox.inside, sandbox)
    if known := _known(sandbox):
        more.append(facts(known))
    return Reply(text=reply.text, blocks=page([*reply.blocks, *([divider()] if more else []), *more]))


def _inside(inside: Insight, sandbox: SandboxSeen) -> list[Block]:
    blocks: list[Block] = []
    if inside.pods:
        lines = [_pod(pod) for pod in inside.pods[:_PODS]]
        if len(inside.pods) > _PODS:
            lines.append(f"… and {len(inside.pods) - _PODS} more")
        first = inside.pods[0]
        logs = command_button("Logs", "sandbox.logs", {"sandbox": sandbox.id, "pod": first.name})
        first_piece, *others = pieces("\n".join(lines) + "\n", _PIECE)
        blocks.append(section(f"*Pods*\n{first_piece}", accessory=logs))
        blocks += map(section, others)
    elif sandbox.state is SandboxState.READY:
        blocks.append(section("*Pods*\nNothing runs in it."))
    if inside.quota and (used := _quota(inside.quota)):
        blocks.append(section(f"*Used*\n{used}"))
    if inside.warnings:
        blocks.append(section("*Last warnings*\n" + "\n".join(_warned(each) for each in inside.warnings)))
    return blocks


def _pod(pod: PodSeen) -> str:
    look = ":red_circle:" if pod.trouble else ":large_green_circle:" if pod.phase == "Running" else ":white_circle:"
    restarts = f", restarted {pod.restarts} times" if pod.restarts > 1 else ", restarted once" if pod.restarts else ""
    line = f"{look} {code(pod.name)} {literal(pod.phase)}, {pod.ready} of {pod.containers} ready{restarts}"
    return shorten("\n".join([line, *(f"      {literal(shorten(each, 160))}" for each in few(pod.trouble, 3))]), 700)


def _quota(quota: Sequence[Used]) -> str:
    known = {each.resource: each for each in quota}
    return " · ".join(
        f"{label} {escape(known[name].used)} of {escape(known[name].hard)}"
        for name, label in _QUOTAS.items()
        if name in known
    )


def _warned(warned: Warned) -> str:
    times = f" ({warned.count} times)" if warned.count > 1 else ""
    at = f" · {when(warned.at)}" if warned.at else ""
    return f"• {code(warned.about)} *{literal(warned.reason)}*{times}: {literal(shorten(warned.message, 240))}{at}"


def _known(sandbox: SandboxSeen) -> dict[str, str]:
    known = {}
    if sandbox.spent is not None and sandbox.currency is not None:
        slept = f", saved {money(sandbox.saved, sandbox.currency)} by sleeping" if sandbox.saved else ""
        known["Cost so far"] = escape(f"{money(sandbox.spent, sandbox.currency)}{slept}")
    if sandbox.active_at is not None:
        known["Last used"] = when(sandbox.active_at)
    if sandbox.shared_with:
        known["Shared with"] = listed([literal(name) for name in few(sandbox.shared_with)], "and")
    if sandbox.access:
        given = [f"{literal(each.to)} until {when(each.until)}" for each in sandbox.access]
        known["Access"] = "\n".join(few(given, 5))
    return known


def logs(result: SandboxLogs) -> Reply:
    title = f"{code(result.pod)} ({literal(result.container)}) in *{escape(result.sandbox)}*"
    if not result.text.strip():
        text = f"{title} has written nothing."
        return Reply(text=text, blocks=[section(f":scroll: {text}")])
    blocks: list[Block] = [section(f":scroll: The last lines of {title}")]
    blocks += [section(f"```\n{part.rstrip()}\n```") for part in pieces(_harmless(result.text), _PIECE)]
    if result.cut:
        blocks.append(context("Earlier lines did not fit."))
    return Reply(text=f"The last lines of {escape(result.pod)}", blocks=page(blocks))


def _harmless(text: str) -> str:
    """Nothing in it ends the block it is shown in; a line longer than one is cut."""
    lines = (shorten(escape(line).replace("`", "ˋ"), _PIECE - 1) for line in text.splitlines())
    return "\n".join(lines) + "\n"
