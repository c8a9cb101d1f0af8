"""Texts sealed as the gateway seals them, byte for byte: NaCl's SecretBox, the nonce first, URL-safe base64.

The box's key is the SHA-256 of the proxy's salt key; there is no other derivation, no version, no associated data.
A newer gateway may seal by AES-256-GCM under the same key, and says so before the base64: `v2:gcm:`; and in places
where plain texts are ordinary it sets `litellm_enc::` before the sealed one. Both are opened here, and sealed anew in
the form that they had; what is new is sealed in the first form, which every release reads.
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

GCM, MARK = "v2:gcm:", "litellm_enc::"
FORMS = (GCM, MARK)
"""How texts begin that a newer gateway sealed in forms of its own."""
NONCE = 12
"""Bytes of the nonce of AES-256-GCM, which comes first; its tag of 16 comes last."""

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{54,}={0,2}")


def seal(text: str, key: str) -> str:
    """A text sealed under a new nonce: two seals of one text differ."""
    return base64.urlsafe_b64encode(bytes(_box(key).encrypt(text.encode()))).decode()


def opens(text: str, key: str) -> str | None:
    """The text that was sealed, or None where this is not sealed under that key.

    The gateway takes what decodes to nothing (`*`, the empty text) for the sealed empty text; here it is not sealed.
    """
    if text.startswith(MARK):
        return opens(text.removeprefix(MARK), key)
    if text.startswith(GCM):
        return _opens_gcm(text.removeprefix(GCM), key)
    sealed = _decoded(text)
    if len(sealed) < SHORTEST:
        return None
    from nacl.exceptions import CryptoError

    try:
        return _box(key).decrypt(sealed).decode()
    except (CryptoError, UnicodeDecodeError):
        return None


def anew(text: str, plain: str, key: str) -> str:
    """A plain text sealed in the form in which `text` is."""
    if text.startswith(MARK):
        return MARK + anew(text.removeprefix(MARK), plain, key)
    return seal_gcm(plain, key) if text.startswith(GCM) else seal(plain, key)


def seal_gcm(text: str, key: str) -> str:
    """A text sealed by AES-256-GCM under a new nonce."""
    from nacl.bindings import crypto_aead_aes256gcm_encrypt
    from nacl.utils import random

    nonce = random(NONCE)
    sealed = crypto_aead_aes256gcm_encrypt(text.encode(), None, nonce, _digest(key))
    return GCM + base64.urlsafe_b64encode(nonce + sealed).decode()


def _opens_gcm(text: str, key: str) -> str | None:
    from nacl.bindings import crypto_aead_aes256gcm_decrypt
    from nacl.exceptions import CryptoError

    sealed = _decoded(text)
    if len(sealed) < NONCE + 16:
        return None
    try:
        return crypto_aead_aes256gcm_decrypt(sealed[NONCE:], None, sealed[:NONCE], _digest(key)).decode()
    except (CryptoError, UnicodeDecodeError):
        return None


def looks_sealed(text: str) -> bool:
    """Whether it may be a sealed text, under whichever key: base64 of the right length, with letters of both cases, as
    chance gives them; names of models and hexadecimal have not."""
    if text.startswith(FORMS):
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

    return SecretBox(_digest(key))


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
