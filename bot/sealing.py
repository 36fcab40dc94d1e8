"""Encrypts what is kept for minutes and must not lie in the database in clear (response_urls). Only holds the key."""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE: Final = 12  # bytes, as AES-GCM wants them; random ones are good for 2**32 texts, decades of calls


class Sealer:
    """The key is derived from the bot token, which every replica has: nothing more to configure. After the token is
    rotated, what was sealed before cannot be opened; response_urls live 30 minutes, so nothing lasting is lost."""

    def __init__(self, secret: str) -> None:
        key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"platform-bot sealing v2").derive(secret.encode())
        self._cipher = AESGCM(key)

    def seal(self, text: str) -> str:
        """On the path of every call that Slack delivers, hence one pass of AES-GCM."""
        nonce = os.urandom(_NONCE)
        return urlsafe_b64encode(nonce + self._cipher.encrypt(nonce, text.encode(), None)).decode()

    def open(self, sealed: str) -> str | None:
        """The text, or None when it was sealed with another key, by another release, or is damaged."""
        try:
            data = urlsafe_b64decode(sealed.encode())
            return self._cipher.decrypt(data[:_NONCE], data[_NONCE:], None).decode()
        except (InvalidTag, ValueError):
            return None
