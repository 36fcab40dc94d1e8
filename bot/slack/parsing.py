"""Text after the slash command -> which command with which arguments. Pure; checks no value and no permission.

    sandbox create checkout small lifetime=36h --purpose "load test"

Positional in the order of the model, a last text argument takes the rest; `key=value` and `--key value` for known arguments
only, `key.entry=value` for one of several entries. Smart quotes and dashes, which Slack's clients put in, mean what was typed; a
lone apostrophe is text.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from bot.kit.arguments import Argument, Kind
from bot.kit.declare import Command, Group
from bot.kit.errors import FieldErrors, UserError
from bot.kit.text import listed, nearest, shorten

Groups = Mapping[str, Group[object]]

_QUOTES = {'"': '"', "'": "'", "“": "”", "”": "”", "„": "“”", "‘": "’", "’": "’", "‚": "‘’", "«": "»"}
_CLOSING = {opening: re.compile(rf"[{closing}](?=\s|$)") for opening, closing in _QUOTES.items()}
_WORD = re.compile(
    r"(?:[^\s<]+|<[@#!][^<>]*>|<(?:https?|mailto)[^<>]*>|<)*"
)  # white space within what Slack escaped is no end
_SPACE = re.compile(r"\s*")
_NAME = r"[A-Za-z][\w-]*(?:\.[A-Za-z][\w-]*)?"  # with a dot: one entry of an argument that has several
_NAMED = re.compile(rf"(?:--|—|–)?({_NAME})=")
_OPTION = re.compile(rf"(?:--|—|–)({_NAME})")
_PLAIN = re.compile(r"(?!help$)\w[\w.:/@+-]*")
_MARKED = re.compile(f"[<{''.join(_QUOTES)}]")
_UNMARKED = re.compile(rf"(?=\S)(?:{_NAMED.pattern})?(\S*)")
_HELP = {"--help", "—help", "–help"}
_YES_NO = {"yes", "no", "true", "false", "on", "off", "1", "0"}
_LONGEST = 8_000  # characters; no argument takes half as many, and a hundred thousand words stall the loop for minutes


@dataclass(frozen=True)
class Invocation:
    """A command with its arguments as typed. `missing` are required arguments that were not given."""

    command: Command
    raw: Mapping[str, str]
    missing: tuple[Argument, ...] = ()


@dataclass(frozen=True)
class HelpWanted:
    """`group` and `command` say about what; both None: about everything."""

    group: Group[object] | None = None
    command: Command | None = None


class _Token(NamedTuple):  # there are several in every command, and a frozen dataclass takes four times as long to make
    """`value` without its quotes; it stands in the text from `start` to `end`."""

    value: str
    start: int
    end: int
    name: str | None = None
    quoted: bool = False


@dataclass
class _Given:
    raw: dict[str, str] = field(default_factory=dict)
    positional: list[_Token] = field(default_factory=list)


def parse(text: str, groups: Groups) -> Invocation | HelpWanted:
    """Raises UserError that says what is wrong, the nearest known word and an example."""
    if len(text) > _LONGEST:
        raise UserError(
            f"That is too long: I read at most {_LONGEST:,} characters. Leave the long text out, and a form asks for it."
        )
    text = _unescaped(text)
    tokens = _tokens(text)
    if tokens and not tokens[0].quoted and tokens[0].value.lower() in ("help", "?"):
        tokens, wants_help = tokens[1:], True
    else:
        said = [token for token in tokens if token.quoted or token.value.lower() not in _HELP]
        tokens, wants_help = said, len(said) < len(tokens)
    if not tokens:
        return HelpWanted()
    group = groups.get(tokens[0].value.lower())
    if group is None:
        raise UserError(_unknown(tokens[0].value, "a group of commands", groups, "help"))
    if len(tokens) == 1:
        return HelpWanted(group)
    verb = tokens[1].value.lower()
    if verb == "help":
        return HelpWanted(group, group.commands.get(tokens[2].value.lower()) if len(tokens) > 2 else None)
    command = group.commands.get(verb)
    if command is None:
        if wants_help:
            return HelpWanted(group)
        raise UserError(_unknown(tokens[1].value, f"a command of {group.name}", group.commands, f"{group.name} help"))
    rest = tokens[2:]
    if wants_help or (len(rest) == 1 and rest[0].value.lower() == "help" and not rest[0].quoted):
        return HelpWanted(group, command)
    raw = _assign(command, rest, text)
    return Invocation(command, raw, tuple(each for each in command.fields if each.required and each.name not in raw))


def example(command: Command) -> str:
    """A call of this command that parses and is valid: `sandbox create checkout`."""
    needed = [argument.example for argument in command.fields if argument.required and argument.example]
    return " ".join([command.typed, *(word if _PLAIN.fullmatch(word) else f'"{word}"' for word in needed)])


def with_example(error: FieldErrors, command: Command, before: str = "") -> UserError:
    """What is wrong with typed arguments, a line each, and a call that would be right; `before` stands before it."""
    lines = "\n".join(f"{name} {text}".strip() for name, text in error.errors.items())
    return UserError(f"{lines}\nFor example: {before}{example(command)}")


def _unknown(word: str, what: str, known: Mapping[str, object], instead: str) -> str:
    guess = nearest(word, known)
    hint = (
        f"Did you mean {guess}?"
        if guess
        else f"There {'are' if len(known) > 1 else 'is'} {listed(sorted(known), 'and')}."
    )
    return f"“{shorten(word, 40)}” is not {what}. {hint} Type {instead} to see what I can do."


def _tokens(text: str) -> list[_Token]:
    if not _MARKED.search(text):  # as most are: then one pattern sees a token whole, in half the time
        return [
            _Token(word[2], word.start(), word.end(), _field_name(word[1]) if word[1] else None)
            for word in _UNMARKED.finditer(text)
        ]
    found: list[_Token] = []
    lone: set[str] = set()
    at = _past(_SPACE, text, 0)
    while at < len(text):
        token = _token(text, at, lone)
        found.append(token)
        at = _past(_SPACE, text, token.end)
    return found


def _token(text: str, start: int, lone: set[str]) -> _Token:
    """The token that begins at `start`, which is not a space. `lone` are the marks known not to close any more."""
    name, at = None, start
    if named := _NAMED.match(text, start):
        name, at = _field_name(named[1]), named.end()
    if quoted := _quoted(text, at, lone):
        return _Token(text[at + 1 : quoted - 1], start, quoted, name, quoted=True)
    end = _past(_WORD, text, at)
    return _Token(text[at:end], start, end, name)


def _past(pattern: re.Pattern[str], text: str, at: int) -> int:
    """Where that which matches at `at` ends; the pattern matches nothing, too."""
    found = pattern.match(text, at)
    return found.end() if found else at


def _quoted(text: str, at: int, lone: set[str]) -> int | None:
    """Where the quotation that opens at `at` ends (after its closing mark); None when nothing opens or closes there.

    A mark is looked for once when it never closes: thousands of them in one text would stall the loop for a second."""
    mark = text[at : at + 1]
    if mark in lone or mark not in _CLOSING:
        return None
    if closed := _CLOSING[mark].search(text, at + 1):
        return closed.end()
    lone.add(mark)
    return None


def _assign(command: Command, tokens: Sequence[_Token], text: str) -> dict[str, str]:
    fields = {argument.name: argument for argument in command.fields}
    given = _named(command, fields, tokens, text)
    placed = [argument for argument in command.fields if not argument.named]
    free = [argument for argument in placed if argument.name not in given.raw]
    tail = free[-1] if free and free[-1] is placed[-1] and free[-1].kind is Kind.TEXT else None
    for argument in free:
        if not given.positional:
            break
        if argument is tail:
            given.raw[argument.name] = _joined(given.positional, text)
            given.positional = []
        else:
            given.raw[argument.name] = given.positional.pop(0).value
    if given.positional:
        extra = given.positional[0].value
        raise UserError(
            f"“{shorten(extra, 40)}” is one argument too many for {command.typed}. "
            f"It takes {listed([each.placeholder for each in placed], 'and') if placed else 'none'}; "
            f"for example: {example(command)}"
        )
    return given.raw


def _named(command: Command, fields: Mapping[str, Argument], tokens: Sequence[_Token], text: str) -> _Given:
    given = _Given()
    waiting = list(tokens)
    while waiting:
        token = waiting.pop(0)
        if token.name is not None and _argument(token.name, fields):
            _give(given, command, token.name, token.value)
        elif not token.quoted and (option := _OPTION.match(text, token.start)):
            name = _field_name(option[1])
            argument = _argument(name, fields)
            if argument is None:
                raise UserError(
                    f"{command.typed} has no argument “{shorten(name, 40)}”. {_did_you_mean(name, fields)}"
                    f"For example: {example(command)}"
                )
            _give(given, command, name, _value(argument, fields, waiting, text))
        elif token.name is not None:  # `key=value` of no known argument is text
            given.positional.append(_Token(text[token.start : token.end], token.start, token.end))
        else:
            given.positional.append(token)
    return given


def _value(argument: Argument, fields: Mapping[str, Argument], waiting: list[_Token], text: str) -> str:
    """What follows `--name`. The next argument is not taken for this one's value."""
    token = waiting[0] if waiting else None
    if token and not token.quoted and (option := _OPTION.match(text, token.start)):
        token = None if _argument(_field_name(option[1]), fields) else token
    if token and token.name and _argument(token.name, fields):
        token = None
    if argument.kind is Kind.BOOLEAN and not (token and token.value.lower() in _YES_NO):
        return "yes"
    if token is None:
        raise UserError(f"--{argument.name} needs a value, such as --{argument.name} {argument.example or '…'}")
    waiting.pop(0)
    return text[token.start : token.end] if token.name else token.value


def _argument(name: str, fields: Mapping[str, Argument]) -> Argument | None:
    """The argument of this name, or the one that this is an entry of."""
    whole, dot, _entry = name.partition(".")
    argument = fields.get(whole)
    return argument if argument is not None and (not dot or argument.kind is Kind.ENTRIES) else None


def _give(given: _Given, command: Command, name: str, value: str) -> None:
    if name in given.raw:
        raise UserError(f"{name} is given twice. For example: {example(command)}")
    given.raw[name] = value


def _did_you_mean(name: str, fields: Mapping[str, Argument]) -> str:
    if guess := nearest(name, fields):
        return f"Did you mean {guess}? "
    return f"It takes {listed(list(fields), 'and')}. " if fields else "It takes none. "


def _joined(tokens: Sequence[_Token], text: str) -> str:
    """The rest as it was written, white space and quotes included; a single quotation loses its quotes."""
    if len(tokens) == 1:
        return tokens[0].value
    parts = [text[tokens[0].start : tokens[0].end]]
    for before, token in pairwise(tokens):
        between = text[before.end : token.start]
        parts.append(between if between.isspace() else " ")
        parts.append(text[token.start : token.end])
    return "".join(parts)


def _field_name(word: str) -> str:
    return word.lower().replace("-", "_")


def _unescaped(text: str) -> str:
    """What was typed: Slack sends `&`, `<` and `>` as entities (a view escapes them again)."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") if "&" in text else text
