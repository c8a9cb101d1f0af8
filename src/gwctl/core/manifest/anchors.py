"""Anchors of YAML, and the bound on what their aliases may grow into."""

from __future__ import annotations

from typing import Any

from gwctl.core.manifest.entry import DEEPEST

_MOST_AT_ONCE = 10_000
_MOST_FREE = 100_000
_MOST_PER_CHARACTER = 8


class Unbounded(Exception):
    """An alias that would make far more of the input than is written there."""


class Anchors:
    """Values by anchor. An alias gets a copy, so a bomb costs what it expands to, which is therefore counted.

    One alias may stand for 10,000 values, and all aliases of an input for 100,000 values and eight more for each
    character read so far: a hundred thousand entries that merge a common map pass, a bomb does not.
    """

    def __init__(self) -> None:
        self._values: dict[str, tuple[Any, int, int]] = {}
        self._expanded = 0

    def forget(self) -> None:
        """A new document begins: the names are gone, what was expanded still counts."""
        self._values.clear()

    def define(self, name: str, value: Any) -> None:
        self._values[name] = (value, *_measure(value))

    def copy(self, name: str, depth: int, read: int) -> Any:
        """`read` is the number of characters read so far. Raises KeyError and Unbounded."""
        value, size, height = self._values[name]
        self._expanded += size
        if size > _MOST_AT_ONCE or self._expanded > _MOST_FREE + _MOST_PER_CHARACTER * read:
            raise Unbounded("aliases expand to far more than is written")
        if depth + height > DEEPEST:
            raise Unbounded(f"nested more than {DEEPEST} deep")
        return _copy(value)


def _measure(value: Any) -> tuple[int, int]:
    """How many values, and how deep."""
    if not isinstance(value, dict | list):
        return 1, 0
    inner = [_measure(item) for item in (value.values() if isinstance(value, dict) else value)]
    return 1 + sum(size for size, _ in inner), 1 + max((height for _, height in inner), default=0)


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_copy(item) for item in value]
    return value
