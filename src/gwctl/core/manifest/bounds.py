"""How much one entry may hold, so that no input can fill the memory, whatever it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

LARGEST = 16 * 1024 * 1024
"""How many bytes one entry may have, and one line where a line is an entry."""


class TooLarge(ValueError):
    """An entry that is longer than any may be."""

    def __init__(self, most: int = LARGEST) -> None:
        super().__init__(f"an entry of more than {most >> 20} MiB")


class Bounded:
    """A stream of which no more is read between two entries than one may have."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._taken = 0

    def begin(self) -> None:
        """Another entry begins."""
        self._taken = 0

    def readline(self) -> bytes:
        """The rest of a line, as far as it can be looked at."""
        data = self._stream.readline(LARGEST)
        self._taken += len(data)
        return data

    def read(self, size: int = 16384, /) -> bytes:
        data = self._stream.read(size)
        self._taken += len(data)
        if self._taken > LARGEST:
            raise TooLarge
        return data


def lines(stream: BinaryIO) -> Iterator[bytes | None]:
    """The lines of a stream; None in the place of one that is too long."""
    while line := stream.readline(LARGEST + 1):
        if len(line) <= LARGEST:
            yield line
            continue
        yield None
        while line and not line.endswith(b"\n"):
            line = stream.readline(LARGEST)
