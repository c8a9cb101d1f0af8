"""Where minted secrets go: they lie safe in a file before anything is kept."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from gwctl.errors import Invalid

if TYPE_CHECKING:
    from gwctl.core.change import Change
    from gwctl.core.encoders import Encode


class SecretsFile:
    """A new file that only its owner can read, a line for each key.

    Lines are gathered beside it (`FILE.part`) while the change is at work, and the file itself is there, flushed to the
    disk, before the transaction is kept; it is removed again when the transaction is known not to be kept. What is no
    file (stdout, a pipe, a device) cannot be taken back: its lines wait in memory until the transaction is kept.
    """

    def __init__(self, path: str | None, *, append: bool = False) -> None:
        self.path = Path(path) if path and path != "-" else None
        self.to_stdout = path == "-"
        self.append = append
        self._waiting: list[str] = []
        self._pipe: IO[str] | None = sys.stdout if self.to_stdout else None
        self._gathered: IO[str] | None = None
        self._began: int | None = None
        if self.path is None or not self.path.exists():
            return
        if not self.path.is_file():
            self._pipe = _opened(self.path)
        elif not append:
            raise Invalid(f"{self.path} is there already", "Name a new file, or add to this one with --secrets-append.")

    def __bool__(self) -> bool:
        return self.path is not None or self.to_stdout

    @property
    def _part(self) -> Path:
        assert self.path is not None
        return self.path.with_name(f"{self.path.name}.part")

    def add(self, changes: Iterable[Change]) -> None:
        """Takes the secrets of changes. Raises Invalid where the file cannot take them."""
        from gwctl.core.encoders import encoding

        encode = encoding(json.JSONEncoder())
        lines = [_line(change, encode) for change in changes if change.secret is not None]
        if self._pipe is not None:
            self._waiting += lines
        elif lines:
            with self._writing():
                self._gathered = self._gathered or self._begun()
                self._gathered.writelines(lines)

    def seal(self) -> None:
        """Puts the file in its place, flushed to the disk: from here on no secret can be lost. To be called before the
        transaction is kept."""
        if self._gathered is None or self.path is None:
            return
        with self._writing():
            self._gathered.flush()
            os.fsync(self._gathered.fileno())
            self._gathered.close()
            if self.append:
                self._add_to(self.path)
            else:
                _moved(self._part, self.path)
                self._began = 0
        self._gathered = None

    def take_back(self) -> None:
        """Undoes `add` and `seal`."""
        self._waiting.clear()
        if self._gathered is not None:
            with suppress(OSError):
                self._gathered.close()
            self._gathered = None
            self._part.unlink(missing_ok=True)
        if self._began is not None and self.path is not None:
            if self.append:
                os.truncate(self.path, self._began)
            else:
                self.path.unlink(missing_ok=True)
        self._began = None

    def after_commit(self) -> None:
        """To a pipe they can go only once they are valid."""
        if self._pipe is not None:
            self._pipe.writelines(self._waiting)
            self._pipe.flush()

    def _begun(self) -> IO[str]:
        """What a run that was killed left lies in nobody's way: its secrets were never valid."""
        self._part.unlink(missing_ok=True)
        descriptor = os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        return os.fdopen(descriptor, "w", encoding="utf-8")

    def _add_to(self, path: Path) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "wb") as file, self._part.open("rb") as gathered:
            self._began = os.fstat(descriptor).st_size
            shutil.copyfileobj(gathered, file)
            file.flush()
            os.fsync(descriptor)
        self._part.unlink()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self.take_back()
            message = f"the secrets cannot be written to {self.path}: {error.strerror}"
            raise Invalid(message, "Nothing was changed.") from None


def _moved(part: Path, path: Path) -> None:
    """Gives a file its name, unless there is such a file by now. Raises OSError."""
    try:
        os.link(part, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        if path.exists():
            raise FileExistsError(17, "File exists") from None
        part.rename(path)
    part.unlink(missing_ok=True)


def _opened(path: Path) -> IO[str]:
    """A pipe or device to write to; it is opened before anything is done, so that it is known to be there."""
    try:
        return path.open("w", encoding="utf-8")
    except OSError as error:
        raise Invalid(f"the secrets cannot be written to {path}: {error.strerror}", "Nothing was changed.") from None


def _line(change: Change, encode: Encode) -> str:
    assert change.secret is not None
    told = {
        "kind": change.entity.name,
        "key_alias": change.value("key_alias"),
        "token": change.id,
        "key": change.secret.reveal(),
    }
    return f"{encode(told)}\n"
