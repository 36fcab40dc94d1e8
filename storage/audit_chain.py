"""The arithmetic of the audit trail: keys, stamps and the chain of seals, all HMAC-SHA256. Pure; reads and writes no row.

A *stamp* is made by whoever writes a row, over what the row says: a row put in by somebody without the key has none that
fits, also before it is sealed. A *seal* numbers the row and signs it together with the seal before it: no row can be
changed, moved or taken away without breaking the next one.
"""

import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NOTHING_BEFORE: Final = "0" * 64
"""What stands in the place of a seal before the first one."""

Cell = str | int | bytes | float | None
"""A column's value as it is stored, not as it is meant: two spellings of one value are two values here."""


class Key:
    """One key of the trail. `id` names it in the rows and tells nothing about it."""

    def __init__(self, secret: str) -> None:
        """From any secret text, such as PLATFORM_AUDIT_KEY or the bot token; there is no way back from it."""
        material = HKDF(algorithm=SHA256(), length=64, salt=None, info=b"platform-bot audit v1").derive(secret.encode())
        self._stamping, self._sealing = material[:32], material[32:]
        self.id: Final = hmac.digest(self._sealing, b"id", "sha256").hex()[:12]

    def stamp(self, content: Sequence[Cell]) -> str:
        """Over what a row says, its nonce included: no two are the same."""
        return hmac.digest(self._stamping, _bytes(content), "sha256").hex()

    def seal(self, before: str, number: int, content: Sequence[Cell]) -> str:
        """The seal of row `number`: over the seal `before` it (64 hexadecimal digits), the number and everything in the row."""
        return hmac.digest(self._sealing, bytes.fromhex(before) + _bytes([number, *content]), "sha256").hex()


@dataclass(frozen=True)
class Keyring:
    """The key in use, and earlier ones that older rows were written with."""

    current: Key
    earlier: tuple[Key, ...] = ()

    @classmethod
    def of(cls, secret: str, *earlier: str) -> "Keyring":
        return cls(Key(secret), tuple(Key(each) for each in earlier))

    def named(self, key_id: Cell) -> Key | None:
        """None: it was not given."""
        return next((key for key in (self.current, *self.earlier) if key.id == key_id), None)


@dataclass(frozen=True)
class Head:
    """Where the chain stands: the number of its last row and that row's seal. Number 0: nothing is sealed yet."""

    sequence: int
    mac: str

    def __str__(self) -> str:
        return f"{self.sequence}:{self.mac}"

    @classmethod
    def parse(cls, text: str) -> "Head":
        """The inverse of str(). Raises ValueError that says what one looks like."""
        sequence, _, mac = text.strip().partition(":")
        if not sequence.isdecimal() or len(sequence) > 18 or len(mac) != 64 or set(mac) - set("0123456789abcdef"):
            raise ValueError("must be an anchor such as 1200:9f86d0…, a number and 64 hexadecimal digits")
        return cls(int(sequence), mac)


BEGINNING: Final = Head(0, NOTHING_BEFORE)


def _bytes(content: Sequence[Cell]) -> bytes:
    """One spelling for one sequence of cells, and two sequences never have the same."""
    return json.dumps(content, separators=(",", ":"), ensure_ascii=True, default=_strange).encode()


def _strange(cell: object) -> object:
    """SQLite keeps whatever is put into a column; bytes where text belongs are only ever somebody's tampering."""
    return {"bytes": cell.hex()} if isinstance(cell, bytes) else {"other": repr(cell)}
