"""From the arguments of `-f` to inputs that can be read: files, folders, and what comes through a pipe."""

from __future__ import annotations

import io
import os
import stat
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from gwctl.core import aside
from gwctl.core.manifest import json_document
from gwctl.core.manifest.encoding import unreadable
from gwctl.core.manifest.entry import Report, Source
from gwctl.errors import Problem, Usage

FORMATS = {".yaml": "yaml", ".yml": "yaml", ".json": "json", ".jsonl": "jsonl", ".csv": "csv"}
STDIN = "<stdin>"


def sources(
    paths: Sequence[str], *, stdin: TextIO | BinaryIO | None, form: str | None, report: Report
) -> Iterator[Source]:
    """In the order given; a folder's files sorted by path, hidden ones left out; no file twice.

    `form` is the format of what has no known ending: stdin, pipes, other files. Without it pipes are YAML.
    """
    seen: set[str] = set()
    for text in paths:
        if text == "-":
            if text not in seen:
                yield from _readable(_stdin(stdin, form or "yaml"), report)
            seen.add(text)
            continue
        for path in _files(text, report):
            try:
                real = os.path.realpath(path)
            except ValueError as error:
                report(_problem(text, error))
                continue
            if real not in seen:
                seen.add(real)
                yield from _opened(path, form, report)


def _files(text: str, report: Report) -> Iterator[Path]:
    path = Path(text)
    if not path.is_dir():
        yield path
        return
    found = False
    for folder, folders, names in os.walk(path, onerror=lambda error: report(_problem(text, error))):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith(".") and Path(name).suffix.lower() in FORMATS:
                found = True
                yield Path(folder, name)
    if not found:
        report(Problem(f"no manifest in this folder ({', '.join(FORMATS)})", text))


def _opened(path: Path, form: str | None, report: Report) -> Iterator[Source]:
    known = FORMATS.get(path.suffix.lower(), form)
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            with path.open("rb") as stream:
                yield from _readable(_spooled(stream, str(path), known or "yaml", path.parent), report)
            return
        with path.open("rb"):
            pass
    except (OSError, ValueError) as error:
        report(_problem(str(path), error))
        return
    if known is None:
        endings = ", ".join(FORMATS)
        report(Problem(f"what is in it? Its name ends in none of {endings}, and no --format is given", str(path)))
    else:
        yield from _readable(Source(str(path), known, path.parent, lambda: path.open("rb")), report)


def _readable(source: Source, report: Report) -> Iterator[Source]:
    if reason := unreadable(source):
        report(Problem(reason, source.name))
    elif source.format == "yaml" and json_document.is_json(source):
        yield replace(source, format="json")
    else:
        yield source


def _stdin(stdin: TextIO | BinaryIO | None, form: str) -> Source:
    if stdin is None:
        raise Usage("there is nothing to read from stdin", "Give a file or a folder with -f.")
    stream: Any = getattr(stdin, "buffer", stdin)
    if isinstance(stream, io.TextIOBase):
        stream = io.BytesIO(stream.read().encode("utf-8", "surrogatepass"))
    return _spooled(stream, STDIN, form, Path())


def _spooled(stream: BinaryIO, name: str, form: str, folder: Path) -> Source:
    """What can be read once is kept in a file without a name, so that it is gone with the process."""
    with aside.writing():
        kept = tempfile.TemporaryFile()  # noqa: SIM115
    while chunk := stream.read(1 << 20):
        with aside.writing():
            kept.write(chunk)
            kept.flush()
    return Source(name, form, folder, lambda: io.BufferedReader(_Window(kept)))  # type: ignore[type-var]


class _Window(io.RawIOBase):
    """One of many readers of a file, each with a place of its own."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at}.get(whence)
        self._at = (os.fstat(self._file.fileno()).st_size if start is None else start) + offset
        return self._at

    def readinto(self, buffer: bytearray, /) -> int:  # type: ignore[override]
        data = os.pread(self._file.fileno(), len(buffer), self._at)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


def _problem(name: str, error: OSError | ValueError) -> Problem:
    reason = error.strerror if isinstance(error, OSError) else None
    return Problem(f"cannot be read: {(reason or 'not a path').lower()}", name)
