"""Which model a list of models lets through (proxy/auth/auth_checks.py: _can_object_call_model)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache

EVERY = frozenset({"*", "all-proxy-models"})


def allows(names: Sequence[str], model: str) -> bool:
    """Whether a list lets a model through: empty and `*` let all, patterns match the name and `provider/name`."""
    if not names or model in names or not EVERY.isdisjoint(names):
        return True
    return any("*" in name and _pattern(name).fullmatch(model) for name in names)


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in name.split("*")))


def outside(names: Sequence[str], models: Iterable[str]) -> list[str]:
    """Those of `models` that a list does not let through; words for many models are nobody's outside."""
    return [model for model in models if model not in EVERY and model != "all-team-models" and not allows(names, model)]
