"""What the form for a sandbox says above its fields: what it costs, and whether there is room. Pure."""

from slack_sdk.models.blocks import Block

from bot.kit.blocks import context, section
from bot.kit.declare import EntryFields, Form
from bot.kit.text import escape
from bot.kit.units import format_bytes, format_duration
from commands.sandbox.rules.prices import money
from commands.sandbox.values.creating import Offer

_WATCHED = frozenset({"size", "template", "team", "cpu", "memory", "storage", "lifetime"})


def create_form(offer: Offer, asked: EntryFields) -> Form:
    lead: list[Block] = []
    if offer.resources is not None:
        wanted = offer.resources
        size = f"{wanted.cpu} CPU, {format_bytes(wanted.memory)} memory, {format_bytes(wanted.storage)} storage"
        lead.append(section(f"*{size}*\n{_cost(offer)}"))
    if offer.problem is not None:
        lead.append(section(f":warning: {escape(offer.problem)}"))
    lead.append(context("What is left of your team's budget: unknown, for there is none yet."))
    return Form(lead=lead, watch=_WATCHED, entries={"parameters": asked})


def _cost(offer: Offer) -> str:
    if offer.per_day is None or offer.until_the_end is None or offer.currency is None or offer.lifetime is None:
        return "What it costs is unknown: your platform team has set no prices."
    per_day, whole = (escape(money(each, offer.currency)) for each in (offer.per_day, offer.until_the_end))
    return f"{per_day} a day, {whole} until it ends after {format_duration(offer.lifetime)}. Asleep it costs its storage only."
