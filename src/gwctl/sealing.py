"""Texts sealed as the gateway seals them, byte for byte: NaCl's SecretBox, the nonce first, URL-safe base64.

The box's key is the SHA-256 of the proxy's salt key; there is no other derivation, no version, no associated data.
Source: proxy/common_utils/encrypt_decrypt_utils.py. PyNaCl is loaded when something is sealed or opened.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nacl.secret import SecretBox

SHORTEST = 40
"""Bytes of the shortest sealed text, the empty one: 24 of nonce, 16 of authenticator."""

NEWER = ("v2:gcm:", "litellm_enc::")
"""How texts begin that a newer gateway seals in forms of its own."""

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{54,}={0,2}")


def seal(text: str, key: str) -> str:
    """A text sealed under a new nonce: two seals of one text differ."""
    return base64.urlsafe_b64encode(bytes(_box(key).encrypt(text.encode()))).decode()


def opens(text: str, key: str) -> str | None:
    """The text that was sealed, or None where this is not sealed under that key.

    The gateway takes what decodes to nothing (`*`, the empty text) for the sealed empty text; here it is not sealed.
    """
    sealed = _decoded(text)
    if len(sealed) < SHORTEST:
        return None
    from nacl.exceptions import CryptoError

    try:
        return _box(key).decrypt(sealed).decode()
    except (CryptoError, UnicodeDecodeError):
        return None


def looks_sealed(text: str) -> bool:
    """Whether it may be a sealed text, under whichever key: base64 of the right length, with letters of both cases, as
    chance gives them; names of models and hexadecimal have not."""
    if text.startswith(NEWER):
        return True
    shaped = len(text) % 4 == 0 and _BASE64.fullmatch(text) is not None
    return shaped and text.lower() != text != text.upper() and len(_decoded(text)) >= SHORTEST


def _decoded(text: str) -> bytes:
    """Its bytes, of the URL-safe alphabet or the standard one; nothing if it is neither."""
    for decode in (base64.urlsafe_b64decode, base64.b64decode):
        try:
            return decode(text)
        except (binascii.Error, ValueError):
            continue
    return b""


@lru_cache(maxsize=4)
def _box(key: str) -> SecretBox:
    from nacl.secret import SecretBox

    return SecretBox(hashlib.sha256(key.encode()).digest())
