"""Several named texts as one argument: how they are typed, `image=nginx replicas=2`, and how one of them is:
`parameters.image=nginx`.

What is typed or comes from a form is flat, `parameters.image` beside `name`; what a program sends is an object. Both are gathered
into one mapping here. Knows no command; what each entry means is for whoever declared the argument.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Final

MOST: Final = 50
LONGEST: Final = 3000  # characters of a value, as a form's element
NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_QUOTED: Final = r'"(?:[^"\\]|\\.)*"'
_PAIR: Final = re.compile(rf"\s*([A-Za-z][\w-]*)=({_QUOTED}|[^\s\"]*),?(?=\s|$)")
_PLAIN: Final = re.compile(r'[^\s",]+')
_WRONG: Final = "must be name=value pairs, such as image=nginx replicas=2"


def dotted(argument: str, entry: str) -> str:
    """How one entry is called where they are flat."""
    return f"{argument}.{entry}"


def read_entries(value: object) -> dict[str, str]:
    """What was typed, or an object of texts, numbers and booleans, as texts. Raises ValueError."""
    found = _pairs(value) if isinstance(value, str) else _texts(value)
    if len(found) > MOST:
        raise ValueError(f"must be at most {MOST}")
    for name, text in found.items():
        if not NAME.fullmatch(name):
            raise ValueError("must have names of lower-case letters, digits and underscores")
        if len(text) > LONGEST:
            raise ValueError(f"must have values of at most {LONGEST} characters")
    return found


def written(entries: Mapping[str, object]) -> str:
    """As somebody would type them; `read_entries` reads it again."""
    return " ".join(f"{name}={_word(_text(value))}" for name, value in entries.items())


def gathered(raw: Mapping[str, object], arguments: Iterable[str]) -> dict[str, object]:
    """Flat entries put into the mappings they belong to, of these arguments. Raises ValueError for one given twice."""
    found = dict(raw)
    for argument in arguments:
        flat = {name: value for name, value in raw.items() if name.startswith(f"{argument}.")}
        if not flat:
            continue
        whole = read_entries(raw[argument]) if raw.get(argument) else {}
        for name, value in flat.items():
            entry = name.removeprefix(f"{argument}.")
            if entry in whole:
                raise ValueError(f"{entry} is given twice")
            whole[entry] = _text(value)
            del found[name]
        found[argument] = whole
    return found


def flat(raw: Mapping[str, str], arguments: Iterable[str]) -> dict[str, str]:
    """The other way round, for a form; what cannot be read stays as it is."""
    found = dict(raw)
    for argument in arguments:
        try:
            whole = read_entries(raw.get(argument) or "")
        except ValueError:
            continue
        found.pop(argument, None)
        found = {**{dotted(argument, entry): text for entry, text in whole.items()}, **found}
    return found


def _pairs(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    at = 0
    while text[at:].strip():
        pair = _PAIR.match(text, at)
        if pair is None:
            raise ValueError(_WRONG)
        name, value = pair[1].lower().replace("-", "_"), pair[2]
        if name in found:
            raise ValueError(f"{name} is given twice")
        found[name] = _unquoted(value) if value.startswith('"') else value.removesuffix(",")
        at = pair.end()
    return found


def _unquoted(text: str) -> str:
    try:
        return str(json.loads(text, strict=False))
    except ValueError:
        raise ValueError(_WRONG) from None


def _texts(value: object) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise ValueError(_WRONG)
    return {str(name): _text(each) for name, each in value.items() if each is not None}


def _text(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case str() | int():
            return str(value)
        case float():
            return f"{value:.15g}"
        case _:
            raise ValueError("must have texts, numbers, or true and false as values")


def _word(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)
