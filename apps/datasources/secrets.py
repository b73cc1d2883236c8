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
    nonce, body = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
    for key in (settings.FIELD_KEY, *settings.FIELD_KEYS_OLD):
        try:
            return AESGCM(_key(key)).decrypt(nonce, body, about.encode()).decode()
        except InvalidTag:
            continue
    raise Tampered("a sealed secret does not open; set the password of this source again")


def _key(text: str) -> bytes:
    key = base64.b64decode(text)
    if len(key) != 32:
        raise ValueError("FIELD_KEY must be 32 bytes in base64")
    return key
