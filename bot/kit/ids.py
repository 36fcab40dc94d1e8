"""Short identifiers that people read out and type: lower-case base32 without look-alikes, from a secure source."""

import secrets

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # no i, l, o, 0, 1: read over the phone without mistakes


def new_id(length: int) -> str:
    """A random identifier; each character carries just under 5 bits."""
    found = ""
    while len(found) < length:  # five bits of each byte, taken again where they fall outside: every character as likely
        found += "".join(_ALPHABET[byte & 31] for byte in secrets.token_bytes(length) if byte & 31 < len(_ALPHABET))
    return found[:length]


def new_ref() -> str:
    """A call's reference, such as `c-7kq2mx9dpe`: 48 bits, enough for a unique key among billions of calls."""
    return f"c-{new_id(10)}"
