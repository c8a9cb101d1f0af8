"""Secrets that lie in plain text, as images keep them: sealed with the proxy's salt key, so that an undo brings them
back and nobody reads them here. Without a key they are masked, and an undo names what it cannot bring back.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from gwctl import sealing, secrets
from gwctl.errors import GwctlError
from gwctl.secrets import Secret

if TYPE_CHECKING:
    from gwctl.core.unit import Unit

WORD = "$gwctl"
SEALED = "sealed"

Seal = Callable[[Any], Any]


def seal_of(unit: Unit) -> Seal:
    """What seals a value for an image; the mask where there is no key. A text that is sealed already stays as it is."""

    @cache
    def key() -> Secret | None:
        try:
            return unit.vault.key
        except GwctlError:  # the command that prints it fails: no reason for the change to fail
            return None

    def seal(value: Any) -> Any:
        known = key()
        if known is None:
            return secrets.MASK
        if isinstance(value, str) and unit.vault.opens(value):
            return value
        return {WORD: SEALED, "data": sealing.seal(json.dumps(value, ensure_ascii=False), known.reveal())}

    return seal


def kept(value: Any, masked: Any, seal: Seal) -> Any:
    """A masked value with what the mask hides sealed in its place."""
    if masked == value:
        return masked
    if isinstance(masked, dict) and isinstance(value, dict):
        return {name: kept(value[name], item, seal) for name, item in masked.items()}
    if isinstance(masked, list) and isinstance(value, list | tuple):
        return [kept(one, item, seal) for one, item in zip(value, masked, strict=True)]
    return seal(value)


def opened(unit: Unit, value: Any) -> Any:
    """A value out of an image with what was sealed for it opened; masked again where it does not open."""
    if isinstance(value, list):
        return [opened(unit, item) for item in value]
    if not isinstance(value, dict):
        return value
    if not is_sealed(value):
        return {name: opened(unit, item) for name, item in value.items()}
    key = unit.vault.key
    plain = sealing.opens(value["data"], key.reveal()) if key is not None else None
    return secrets.MASK if plain is None else json.loads(plain)


def masked(value: Any) -> Any:
    """A value out of an image as it may be shown: without what is sealed, by the gateway or for the image."""
    if isinstance(value, str):
        return secrets.MASK if sealing.looks_sealed(value) else value
    if isinstance(value, list):
        return [masked(item) for item in value]
    if not isinstance(value, dict):
        return value
    return secrets.MASK if is_sealed(value) else {name: masked(item) for name, item in value.items()}


def replaced(value: Any, change: Callable[[dict[str, Any]], Any]) -> Any:
    """A value out of an image with something else for each sealed part."""
    if isinstance(value, list):
        return [replaced(item, change) for item in value]
    if not isinstance(value, dict):
        return value
    if is_sealed(value):
        return change(value)
    return {name: replaced(item, change) for name, item in value.items()}


def is_sealed(value: Any) -> bool:
    return isinstance(value, dict) and value.get(WORD) == SEALED
