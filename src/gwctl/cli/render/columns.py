"""What a column of a result is, so that every format knows how to write it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


class Kind(Enum):
    """What the values of a column mean."""

    TEXT = auto()
    NAME = auto()
    """A name or an id: folded only if there is no other way, so that it can be copied."""
    COUNT = auto()
    MONEY = auto()
    """US dollars."""
    TIME = auto()
    FLAG = auto()
    LIST = auto()
    JSON = auto()
    DURATION = auto()


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    """The field of a row that it shows."""
    kind: Kind = Kind.TEXT
    title: str | None = None
    """What a terminal shows above it; the name if left out."""
    wide: bool = False
    """Shown in `wide` tables alone."""

    @property
    def heading(self) -> str:
        return self.title or self.name

    @property
    def numeric(self) -> bool:
        return self.kind in (Kind.COUNT, Kind.MONEY)
