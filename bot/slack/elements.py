"""One argument as an element of a form, and what the element hands back as it would be typed. One table, both ways.

Slack's limits are kept here: a list too long for a select is searched, a value that an element would refuse stays out.
"""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal

from slack_sdk.models.blocks import (
    ChannelSelectElement,
    CheckboxesElement,
    DatePickerElement,
    DateTimePickerElement,
    ExternalDataMultiSelectElement,
    ExternalDataSelectElement,
    InputInteractiveElement,
    NumberInputElement,
    Option,
    PlainTextInputElement,
    PlainTextObject,
    RadioButtonsElement,
    StaticMultiSelectElement,
    StaticSelectElement,
    UserMultiSelectElement,
    UserSelectElement,
)

from bot.kit.arguments import Argument, Kind
from bot.kit.text import shorten

ACTION = "value"
_OPTION, _PLACEHOLDER = 75, 150  # characters, docs.slack.dev
_TEXT_MAXIMUM = 3000
_SELECT_MAXIMUM = 100  # options of a select; more are searched
_RADIO_MAXIMUM = 4  # as many choices are seen at a glance
_WHOLE, _DECIMAL = re.compile(r"-?[0-9]{1,18}"), re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")
# A mention, or a bare id; a word in capitals is none, and Slack refuses the whole view for somebody who does not exist.
_USER = re.compile(r"<@([UW][A-Z0-9]{1,30})(?:\|[^>]*)?>|(?<![\w<@#|])([UW](?=[A-Z]*[0-9])[A-Z0-9]{5,30})(?![\w>|])")
_CHANNEL = re.compile(r"<#([CG][A-Z0-9]{1,30})(?:\|[^>]*)?>|(?<![\w<@#|])([CG](?=[A-Z]*[0-9])[A-Z0-9]{5,30})(?![\w>|])")
_EPOCH = re.compile(r"[0-9]{1,11}")
_YES = Option(value="yes", label="Yes")


def element_of(argument: Argument, value: str | None, scope: str = "") -> InputInteractiveElement:
    """The element that asks for the argument, filled in with `value` (as typed) where it fits. Slack keeps what somebody filled
    in for as long as an element of the same name stands there; those of another `scope` have other names."""
    element = _ELEMENTS[argument.kind](argument, value)
    if scope:
        element.action_id = f"{ACTION}:{scope}"
    return element


def scope_of(action_id: str) -> str:
    """The scope that an element was made for."""
    return action_id.removeprefix(ACTION).removeprefix(":")


def is_searched(argument: Argument) -> bool:
    """Whether its values are looked up while typing."""
    return argument.kind is Kind.LOOKUP or len(argument.choices) > _SELECT_MAXIMUM


def value_of(element: object) -> str | None:
    """What one element of a submitted state holds; None for nothing, and for what is no element at all."""
    match element:
        case {
            "type": "static_select" | "radio_buttons" | "external_select",
            "selected_option": {"value": str(value)},
        }:
            return value
        case {"type": "multi_static_select" | "multi_external_select", "selected_options": [*options]}:
            return ", ".join(str(each.get("value")) for each in options if isinstance(each, Mapping)) or None
        case {"type": "checkboxes", **rest}:
            return "yes" if rest.get("selected_options") else "no"
        case {"type": "users_select", "selected_user": str(value)}:
            return f"<@{value}>"
        case {"type": "channels_select", "selected_channel": str(value)}:
            return f"<#{value}>"
        case {"type": "multi_users_select", "selected_users": [*people]}:
            return " ".join(f"<@{each}>" for each in people) or None
        case {"type": "datepicker", "selected_date": str(value)}:
            return value
        case {"type": "datetimepicker", "selected_date_time": int(value)}:
            return str(value)
        case {"type": "plain_text_input" | "number_input", "value": str(value)}:
            return value or None
        case _:
            return None


def _text(argument: Argument, value: str | None) -> InputInteractiveElement:
    bound = int(argument.maximum) if argument.kind is Kind.TEXT and argument.maximum else _TEXT_MAXIMUM
    longest = min(bound, _TEXT_MAXIMUM)
    return PlainTextInputElement(
        action_id=ACTION,
        multiline=argument.multiline,
        max_length=longest,
        initial_value=value[:longest] if value else None,
        placeholder=_placeholder(argument),
    )


def _entries(argument: Argument, value: str | None) -> InputInteractiveElement:
    """All of them in one field: for a form that does not know which there are."""
    return PlainTextInputElement(
        action_id=ACTION,
        multiline=True,
        max_length=_TEXT_MAXIMUM,
        initial_value=value,
        placeholder=_placeholder(argument),
    )


def _number(argument: Argument, value: str | None) -> InputInteractiveElement:
    return NumberInputElement(
        action_id=ACTION,
        is_decimal_allowed=argument.kind is Kind.DECIMAL,
        min_value=argument.minimum,
        max_value=argument.maximum,
        initial_value=value if value and _fits(argument, value) else None,
        placeholder=_placeholder(argument),
    )


def _choice(argument: Argument, value: str | None) -> InputInteractiveElement:
    options = [_option(choice) for choice in argument.choices]
    chosen = next((option for option in options if (option.value or "").lower() == (value or "").lower()), None)
    if is_searched(argument):
        return ExternalDataSelectElement(action_id=ACTION, initial_option=chosen, min_query_length=0)
    if len(options) <= _RADIO_MAXIMUM and (argument.required or argument.default):  # a radio cannot be emptied again
        return RadioButtonsElement(action_id=ACTION, options=options, initial_option=chosen)
    return StaticSelectElement(action_id=ACTION, options=options, initial_option=chosen)


def _choices(argument: Argument, value: str | None) -> InputInteractiveElement:
    options = [_option(choice) for choice in argument.choices]
    known = {(option.value or "").lower(): option for option in options}
    chosen = [known[word] for word in dict.fromkeys(_words((value or "").lower())) if word in known]
    if is_searched(argument):
        most = chosen[:_SELECT_MAXIMUM] or None
        return ExternalDataMultiSelectElement(action_id=ACTION, initial_options=most, min_query_length=0)
    return StaticMultiSelectElement(action_id=ACTION, options=options, initial_options=chosen or None)


def _looked_up(argument: Argument, value: str | None) -> InputInteractiveElement:
    chosen = _option(value) if value and len(value) <= _OPTION else None
    return ExternalDataSelectElement(action_id=ACTION, initial_option=chosen, min_query_length=0)


def _user(argument: Argument, value: str | None) -> InputInteractiveElement:
    return UserSelectElement(action_id=ACTION, initial_user=next(iter(_ids(_USER, value)), None))


def _users(argument: Argument, value: str | None) -> InputInteractiveElement:
    return UserMultiSelectElement(action_id=ACTION, initial_users=_ids(_USER, value) or None)


def _channel(argument: Argument, value: str | None) -> InputInteractiveElement:
    return ChannelSelectElement(action_id=ACTION, initial_channel=next(iter(_ids(_CHANNEL, value)), None))


def _date(argument: Argument, value: str | None) -> InputInteractiveElement:
    try:
        chosen = date.fromisoformat(value or "").isoformat()
    except ValueError:
        chosen = None
    return DatePickerElement(action_id=ACTION, initial_date=chosen)


def _moment(argument: Argument, value: str | None) -> InputInteractiveElement:
    chosen: int | None = None
    if value and _EPOCH.fullmatch(value):  # as the element itself hands it back
        chosen = int(value)
    elif value:
        with suppress(ValueError, OverflowError):
            moment = datetime.fromisoformat(value)
            chosen = int(moment.timestamp()) if moment.tzinfo else None  # dialogs.py says in which zone it was meant
    fits = chosen is not None and 10**9 <= chosen < 10**10  # Slack takes ten digits
    return DateTimePickerElement(action_id=ACTION, initial_date_time=chosen if fits else None)


def _yes_no(argument: Argument, value: str | None) -> InputInteractiveElement:
    ticked = (value or "").lower() in {"yes", "true", "on", "1"}
    return CheckboxesElement(action_id=ACTION, options=[_YES], initial_options=[_YES] if ticked else None)


_ELEMENTS: Mapping[Kind, Callable[[Argument, str | None], InputInteractiveElement]] = {
    Kind.TEXT: _text,
    Kind.DURATION: _text,
    Kind.INTEGER: _number,
    Kind.DECIMAL: _number,
    Kind.CHOICE: _choice,
    Kind.BOOLEAN: _yes_no,
    Kind.SIZE: _text,
    Kind.DATE: _date,
    Kind.MOMENT: _moment,
    Kind.USER: _user,
    Kind.USERS: _users,
    Kind.CHANNEL: _channel,
    Kind.CHOICES: _choices,
    Kind.LOOKUP: _looked_up,
    Kind.ENTRIES: _entries,
}


def _option(choice: str) -> Option:
    return Option(value=choice, label=shorten(choice, _OPTION))


def _words(value: str | None) -> list[str]:
    return re.split(r"[\s,]+", value or "")


def _ids(pattern: re.Pattern[str], value: str | None) -> list[str]:
    """The ids in `<@U1|ada> U0ABC1234`, as typed, each once."""
    return list(dict.fromkeys(mentioned or bare for mentioned, bare in pattern.findall(value or "")))


def _placeholder(argument: Argument) -> PlainTextObject | None:
    return PlainTextObject(text=shorten(f"e.g. {argument.example}", _PLACEHOLDER)) if argument.example else None


def _fits(argument: Argument, text: str) -> bool:
    """Whether Slack takes it as a number input's value; it refuses the whole view for one that is not."""
    if not (_DECIMAL if argument.kind is Kind.DECIMAL else _WHOLE).fullmatch(text):
        return False
    number = Decimal(text)
    return not (
        (argument.minimum is not None and number < Decimal(argument.minimum))
        or (argument.maximum is not None and number > Decimal(argument.maximum))
    )
