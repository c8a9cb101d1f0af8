"""Secrets: minting, digests, what may be shown of them. The only module that hashes.

A key's secret is looked up, so only its digest is stored; everything else here keeps secrets out of sight. No function
puts a secret into a message.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from gwctl.errors import Invalid

MASK = "********"

_CUSTOM = re.compile(r"sk-[A-Za-z0-9_-]+")
_HASH = re.compile(r"[0-9a-f]{64}")
_KEY_SHAPED = re.compile(r"sk-[A-Za-z0-9_-]{12,}")
_WITH_PASSWORD = re.compile(r"://[^/@:\s]*:[^/@\s]+@")

_SECRET_NAME = re.compile(
    r"api_?key|secret|token|password|passwd|passphrase|private_?key|authorization|cookie|credentials$"
    r"|^auth_value$|^aws_|^salt_key|^master_key",
    re.IGNORECASE,
)
_HARMLESS_NAME = re.compile(
    r"tokens$|per_token|token_(count|limit|type|url|endpoint)|tokenizer|credential_name", re.IGNORECASE
)
_ALL_WITHIN = re.compile(r"callback_vars$|headers$|^env$", re.IGNORECASE)
"""Maps and lists of these names hold secrets under any name; a text of such a name (`env: prod`) is none."""


class Secret:
    """A text that shows itself only when asked to by name; no message, log, `repr` or format can leak it."""

    __slots__ = ("__text",)

    def __init__(self, text: str) -> None:
        self.__text = text

    def reveal(self) -> str:
        return self.__text

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(_bytes(self.__text), _bytes(other.reveal()))

    def __hash__(self) -> int:
        return hash((Secret, self.__text))

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __reduce__(self) -> str:
        raise TypeError("a secret is not pickled")


def mint() -> str:
    """A new key: "sk-" and 22 URL-safe characters, of 16 bytes of the operating system's randomness.

    Source: proxy/management_endpoints/key_management_endpoints.py, generate_key_helper_fn.
    """
    return f"sk-{secrets.token_urlsafe(16)}"


def digest(secret: str) -> str:
    """What is stored of a key: SHA-256 of the whole text, "sk-" included, in lower-case hex.

    Source: proxy/utils.py, hash_token.
    """
    return hashlib.sha256(_bytes(secret)).hexdigest()


def checksum() -> hashlib._Hash:
    """A digest that texts are added to one after another, as the steps of a plan."""
    return hashlib.sha256()


def password_hash(text: str) -> str:
    """What the gateway stores of a user's password. Source: proxy/auth/login_utils.py."""
    return hashlib.sha256(_bytes(text)).hexdigest()


def abbreviation(secret: str) -> str:
    """The `key_name`: enough to recognise a key, too little to use it. Source: auth_utils.py, abbreviate_api_key."""
    return f"sk-...{secret[-4:]}"


def looks_like_secret(text: str) -> bool:
    return text.startswith("sk-")


def is_hash(text: str) -> bool:
    return _HASH.fullmatch(text) is not None


def check_custom(secret: str) -> None:
    """A key that somebody chose: one that all of the gateway's endpoints accept, not just the one that creates it."""
    if _CUSTOM.fullmatch(secret) is None or len(secret) > 100:
        raise Invalid(
            "the given key is not one that the gateway would accept",
            "It begins with sk-, holds letters, digits, _ and - only, and has at most 100 characters.",
        )


def masked(value: Any) -> Any:
    """A copy of a JSON value in which texts under names such as `api_key` or `client_secret` are masked.

    Meant for JSON columns (`metadata`, `litellm_params`), not for rows: `token` is a column's name, too. Numbers and
    booleans are no secrets and stay, and so do texts that only name an environment variable. An address with a password
    is masked under any name.
    """
    return _masked(value, False)


def masked_under(name: str, value: Any) -> Any:
    """As `masked`, of a JSON value that bears a name."""
    return _masked(value, _hides(name, isinstance(value, (dict, list, tuple))))


def is_masked_at(path: Sequence[str | int]) -> bool:
    """Whether `masked` would hide any text that lies there in a JSON value."""
    value: Any = "a text"
    for step in reversed(path):
        value = {step: value} if isinstance(step, str) else [value]
    return bool(masked(value) != value)


SIGNS = (
    *("_key", "ikey", "ekey", "secret", "token", "pass", "auth", "cookie", "credentials", "aws_"),
    *('vars": ', 'headers": ', 'env": {', 'env": [', '"sk-', "://"),
)
"""What a JSON text, written as PostgreSQL writes it, must hold one of if `masked` is to change it, in small letters or
capitals: parts of the names and texts that the expressions above look for. A test holds them against those."""


def is_secret_name(name: str) -> bool:
    """Does a map's key of this name hold a secret?"""
    return _SECRET_NAME.search(name) is not None and _HARMLESS_NAME.search(name) is None


_BARE = frozenset({int, float, bool, type(None)})


def _masked(value: Any, hidden: bool) -> Any:
    kind = type(value)
    if kind is str:
        return MASK if (hidden or "sk-" in value or "://" in value) and _is_hidden(value, hidden) else value
    if kind in _BARE:
        return value
    if kind is dict or isinstance(value, Mapping):
        return {
            key: item if (kind := type(item)) in _BARE else _masked(item, hidden or _hides(key, kind is not str))
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_masked(item, hidden) for item in value]
    return MASK if isinstance(value, Secret) else value


def _is_hidden(text: str, hidden: bool) -> bool:
    if not text or text.startswith("os.environ/"):
        return False
    return (
        hidden
        or (text.startswith("sk-") and _KEY_SHAPED.fullmatch(text) is not None)
        or ("://" in text and _WITH_PASSWORD.search(text) is not None)
    )


@lru_cache(maxsize=4096)
def _hides(name: str, holds_others: bool) -> bool:
    """Whether what stands under a name is secret; `holds_others`: it is no text, so that names may stand in it."""
    name = str(name)
    return is_secret_name(name) or (holds_others and _ALL_WITHIN.search(name) is not None)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
