"""Sealed values as the gateway writes them, made and opened with PyNaCl alone (resources 2)."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from gateway.rows import Like

SALT = "sk-salt-0123456789"
ENV = {"LITELLM_SALT_KEY": SALT, "PROVIDER_KEY": "sk-provider-secret-0123456789", "OTHER_KEY": "other-secret-text"}
SECRET, OTHER = ENV["PROVIDER_KEY"], ENV["OTHER_KEY"]


def box(salt: str) -> SecretBox:
    return SecretBox(hashlib.sha256(salt.encode()).digest())


def seal(text: str, salt: str = SALT) -> str:
    return base64.urlsafe_b64encode(bytes(box(salt).encrypt(text.encode()))).decode()


def unseal(text: str, salt: str = SALT) -> str | None:
    try:
        return box(salt).decrypt(base64.urlsafe_b64decode(text)).decode()
    except (CryptoError, ValueError):
        return None


def sealed(_salt: str = SALT, **texts: Any) -> Like:
    """A JSON object with just these entries, every text of it sealed by itself; in a Like: as it stands."""

    def test(value: Any) -> bool:
        return isinstance(value, dict) and value.keys() == texts.keys() and all(map(fits, texts.values(), keyed(value)))

    def keyed(value: dict[str, Any]) -> list[Any]:
        return [value[name] for name in texts]

    def fits(wanted: Any, found: Any) -> bool:
        return unseal(found, _salt) == wanted if isinstance(wanted, str) else bool(found == wanted)

    return Like(f"sealed({texts})", test)


def plain(text: str) -> Like:
    return Like(f"plain({text})", lambda value: value == text)
