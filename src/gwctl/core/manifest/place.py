"""Places in a file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

Step = str | int
"""One step from a value to a part of it: the name of a field, or a position in a list, from 0."""


class Position(NamedTuple):
    """A place in a file; both count from 1, the column in characters."""

    line: int
    column: int


class Node(NamedTuple):
    """Where one value of an entry is written, and the name before it, if it has one."""

    path: tuple[Step, ...]
    name: Position | None
    value: Position


def find(nodes: Iterable[Node], path: Sequence[Step], *, name: bool, default: Position) -> Position:
    """Where `path` is written (its name, or its value); what is not written is looked for in what would hold it."""
    wanted, best, depth = tuple(path), default, 0
    for node in nodes:
        reached = len(node.path)
        if node.path == wanted:
            return node.name if name and node.name else node.value
        if reached > depth and node.path == wanted[:reached]:
            best, depth = node.value, reached
    return best
