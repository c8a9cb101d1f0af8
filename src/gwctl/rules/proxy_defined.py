"""What a proxy's own configuration file defines beside the database, where the context names that file.

A name that is defined there alone is no mistake, and one that is defined nowhere is told of.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from gwctl.core import proxy_file
from gwctl.core.unit import Unit


def things(unit: Unit, section: str, key: str) -> Mapping[str, Mapping[str, Any]]:
    """The entries of a list of that file, by name. Raises Invalid where the file cannot be read."""
    path = unit.settings.options.config_file
    entries = _sections(path).get(section) if path else None
    found = [entry for entry in entries or () if isinstance(entry, dict)] if isinstance(entries, list) else []
    return {str(entry[key]): entry for entry in found if entry.get(key)}


@lru_cache(maxsize=4)
def _sections(path: str) -> Mapping[str, Any]:
    return proxy_file.read(Path(path).expanduser())


def guardrails(unit: Unit) -> Mapping[str, Mapping[str, Any]]:
    return things(unit, "guardrails", "guardrail_name")


def models(unit: Unit) -> Mapping[str, Mapping[str, Any]]:
    return things(unit, "model_list", "model_name")


def credentials(unit: Unit) -> Mapping[str, Mapping[str, Any]]:
    return things(unit, "credential_list", "credential_name")
