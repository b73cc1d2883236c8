"""Seals the passwords of sources: AES-256-GCM, bound to the row they belong to."""

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

NONCE_BYTES = 12  # NIST SP 800-38D, the recommended length


class Tampered(Exception):
    """The sealed bytes were changed, moved to another row, or sealed with a key we lack."""


def seal(text: str, *, about: str) -> bytes:
    """Encrypt with FIELD_KEY. `about` names row and field; unsealing needs the same."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(_key(settings.FIELD_KEY)).encrypt(nonce, text.encode(), about.encode())


def unseal(sealed: bytes, *, about: str) -> str:
    """Decrypt with FIELD_KEY or one of FIELD_KEYS_OLD. Raises Tampered."""
    return opened(sealed, about=about)[0]


def opened(sealed: bytes, *, about: str) -> tuple[str, int]:
    """The same, with the age of the key: 0 for FIELD_KEY, then by place in FIELD_KEYS_OLD."""
    nonce, body = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
    for age, key in enumerate((settings.FIELD_KEY, *settings.FIELD_KEYS_OLD)):
        try:
            return AESGCM(_key(key)).decrypt(nonce, body, about.encode()).decode(), age
        except (InvalidTag, ValueError):  # a key that is none, or too few bytes, opens nothing
            continue
    raise Tampered("a sealed secret does not open; set the password of this source again")


def _key(text: str) -> bytes:
    key = base64.b64decode(text)
    if len(key) != 32:
        raise ValueError("FIELD_KEY must be 32 bytes in base64")
    return key
