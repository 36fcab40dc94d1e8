"""Short identifiers that people read out and type: lower-case base32 without look-alikes, from a secure source."""

import os

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # no i, l, o, 0, 1: read over the phone without mistakes
# Five bits of each byte; what falls outside is left out and taken again, so that every character is as likely.
_LETTERS = bytes(ord(_ALPHABET[byte & 31]) if byte & 31 < len(_ALPHABET) else 0 for byte in range(256))
_OUTSIDE = bytes(byte for byte in range(256) if byte & 31 >= len(_ALPHABET))


def new_id(length: int) -> str:
    """A random identifier; each character carries just under 5 bits."""
    found = ""
    while len(found) < length:
        found += os.urandom(length + 4).translate(_LETTERS, _OUTSIDE).decode()
    return found[:length]


def new_ref() -> str:
    """A call's reference, such as `c-7kq2mx9dpe`: 48 bits, enough for a unique key among billions of calls."""
    return f"c-{new_id(10)}"
