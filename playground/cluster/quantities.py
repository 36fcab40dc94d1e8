"""Quantities such as "500m", "1.5Gi" and "2e3": parsed exactly, and written as the API server writes them."""

import re
from fractions import Fraction

_FORM = re.compile(r"([+-]?)(\d+(?:\.\d*)?|\.\d+)(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)")
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}


def parse(text: str) -> Fraction:
    """The value in units (cores, bytes, pieces). Raises ValueError for what is no quantity."""
    match = _FORM.fullmatch(text)
    if match is None:
        raise ValueError(f"not a quantity: {text!r}")
    sign, digits, exponent, suffix = match.groups()
    value = Fraction(digits.rstrip(".") if digits.endswith(".") else digits)
    if exponent:
        value *= Fraction(10) ** int(exponent[1:])
    elif suffix in _BINARY:
        value *= 2 ** _BINARY[suffix]
    elif suffix:
        value *= Fraction(10) ** _DECIMAL[suffix]
    return -value if sign == "-" else value


def canonical(text: str) -> str:
    """As the server writes it back: no fractions, the largest suffix that keeps it whole, its own family of suffixes."""
    match = _FORM.fullmatch(text)
    if match is None:
        raise ValueError(f"not a quantity: {text!r}")
    value = parse(text)
    # Below 1024 the server writes binary quantities without a suffix, which is the same as decimal.
    return formatted(value, binary=match.group(4) in _BINARY)


def formatted(value: Fraction, *, binary: bool = False) -> str:
    if value == 0:
        return "0"
    if binary and value.denominator == 1 and abs(value) >= 1024:
        number = value.numerator
        for suffix in ("Ei", "Pi", "Ti", "Gi", "Mi", "Ki"):
            whole, rest = divmod(number, 2 ** _BINARY[suffix])
            if rest == 0 and whole:
                return f"{whole}{suffix}"
        return str(number)
    for suffix in ("E", "P", "T", "G", "M", "k", "", "m", "u", "n"):
        scaled = value / Fraction(10) ** _DECIMAL[suffix]
        if scaled.denominator == 1:
            return f"{scaled.numerator}{suffix}"
    # Finer than a billionth: rounded up, as the server does.
    billionths = value * 10**9
    return f"{-(-billionths.numerator // billionths.denominator)}n"


def is_quantity(text: str) -> bool:
    return _FORM.fullmatch(text) is not None


def is_binary(text: str) -> bool:
    return text.endswith("i")
