"""Values on their way back: what a column becomes when a change of it is taken back.

Counters go back by their difference, lists and JSON objects element by element, so that what others changed since is
left alone. A value that is neither what the change left nor what it found is in the way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gwctl.core import images

COUNTERS = frozenset({"spend", "total_spend"})


class Word:
    """A value that no column holds."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


MISSING = Word("nothing")
"""The element is not there."""
CLASH = Word("in the way")
"""Somebody changed it since."""


def back(name: str, live: Any, before: Any, after: Any, *, again: bool = False) -> Any:
    """What a value goes back to; CLASH where somebody changed it since. `again`: the change was taken back already,
    and counters with it."""
    if name in COUNTERS and all(isinstance(one, int | float) for one in (live, before, after)):
        return live if again else live - after + before
    if live == after or _is_left(live, after):
        return before
    if live == before:
        return live
    if isinstance(live, dict) and isinstance(before, dict | None) and isinstance(after, dict | None):
        return _object_back(live, before or {}, after or {}, again)
    if isinstance(live, list) and isinstance(before, list | dict | None) and isinstance(after, list):
        return _list_back(live, list(before or []) if isinstance(before, list) else [], after)
    return CLASH


def _is_left(live: Any, after: Any) -> bool:
    """Whether a value may be what the change left, as far as the image of that tells: a mask stands for any text."""
    if isinstance(live, dict) and isinstance(after, dict):
        return live.keys() == after.keys() and all(_is_left(live[key], item) for key, item in after.items())
    if isinstance(live, list) and isinstance(after, list):
        return len(live) == len(after) and all(map(_is_left, live, after))
    return bool(live == after or (_is_mask(after) and isinstance(live, str)))


def _object_back(live: dict[str, Any], before: dict[str, Any], after: dict[str, Any], again: bool) -> Any:
    result = dict(live)
    for key in before.keys() | after.keys():
        old, new, now = (one.get(key, MISSING) for one in (before, after, live))
        if old == new:
            continue
        value = back(key, now, old, new, again=again)
        if value is CLASH:
            return CLASH
        if value is MISSING:
            result.pop(key, None)
        else:
            result[key] = value
    return result


def _list_back(live: list[Any], before: list[Any], after: list[Any]) -> list[Any]:
    """Elements that the change added go, those that it took come back; a member is known by who it is."""
    added = [one for one in after if one not in before]
    taken = [one for one in before if one not in after]
    gone = [_who(one) for one in added]
    kept = [one for one in live if one not in added and (_who(one) not in gone or not isinstance(one, dict))]
    return kept + [one for one in taken if one not in kept]


def _who(element: Any) -> Any:
    return (element.get("user_id"), element.get("user_email")) if isinstance(element, dict) else element


def without_secrets(value: Any) -> Any:
    """What of a value an image can bring back: entries that it masks are left out."""
    if isinstance(value, dict):
        return {key: without_secrets(item) for key, item in value.items() if not _is_mask(item)}
    if isinstance(value, list):
        return [without_secrets(item) for item in value if not _is_mask(item)]
    return value


def shared(old: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The entries of an object, but those that the image of `old` lost to a mask."""
    return {key: value for key, value in values.items() if not images.masked_parts(old.get(key))}


def _is_mask(value: Any) -> bool:
    return isinstance(value, str) and images.masked_parts(value)
