"""Where minted secrets go: they lie safe in a file before anything is kept."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from gwctl.errors import GwctlError, Invalid

if TYPE_CHECKING:
    from gwctl.core.change import Change


class SecretsFile:
    """A new file that only its owner can read, a line for each key.

    Lines are gathered beside it (`FILE.part`) while the change is at work, and the file itself is there, flushed to the
    disk, before the transaction is kept; it is removed again when the transaction is known not to be kept. Whoever is
    at work has the file locked; another run is refused. What is no file (stdout, a pipe, a device) cannot be taken
    back: its lines wait in memory until the transaction is kept.
    """

    def __init__(self, path: str | None, *, append: bool = False) -> None:
        self.path = Path(path) if path and path != "-" else None
        self.to_stdout = path == "-"
        self.append = append
        self._waiting: list[str] = []
        self._pipe: IO[str] | None = sys.stdout if self.to_stdout else None
        self._gathered: IO[str] | None = None
        self._sealed: IO[Any] | None = None
        """The file in its place, which is locked until it is known what became of the change."""
        self._began: int | None = None
        """How long the file in its place was before, once something was added."""
        self._was_there = False
        if self.path is None or not self.path.exists():
            return
        if not self.path.is_file():
            self._pipe = _opened(self.path)
        elif not append:
            hint = "It may hold the only secrets of keys. Name a new file, or add to this one with --secrets-append."
            raise Invalid(f"{self.path} is there already", hint)

    def __bool__(self) -> bool:
        return self.path is not None or self.to_stdout

    @property
    def _part(self) -> Path:
        assert self.path is not None
        return self.path.with_name(f"{self.path.name}.part")

    def add(self, changes: Iterable[Change]) -> None:
        """Takes the secrets of changes. Raises Invalid where the file cannot take them."""
        lines = [_line(change) for change in changes if change.secret is not None]
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
            if self.append:
                self._add_to(self.path)
                self._gathered.close()
            else:
                _moved(self._part, self.path)
                self._sealed, self._began = self._gathered, 0
            self._gathered = None
            _flush_folder(self.path.parent)

    def take_back(self) -> None:
        """Undoes `add` and `seal`."""
        self._waiting.clear()
        if self._gathered is not None:
            self._part.unlink(missing_ok=True)
            with suppress(OSError):
                self._gathered.close()
            self._gathered = None
        if self._began is not None and self.path is not None:
            if self._was_there:
                os.truncate(self.path, self._began)
            else:
                self.path.unlink(missing_ok=True)
        self._began = None
        self._let_go()

    def after_commit(self) -> None:
        """To a pipe they can go only once they are valid. Raises GwctlError where it does not take them."""
        self._let_go()
        if self._pipe is None or not self._waiting:
            return
        try:
            self._pipe.writelines(self._waiting)
            self._pipe.flush()
        except OSError as error:
            where = "stdout" if self.to_stdout else self.path
            message = f"the change was made, but not all new secrets could be written to {where}: {error.strerror}"
            hint = "gwctl audit undo takes it back, gwctl keys rotate makes other secrets; a file is safer than a pipe."
            raise GwctlError(message, hint) from None
        finally:
            if not self.to_stdout:
                with suppress(OSError):
                    self._pipe.close()

    def _let_go(self) -> None:
        if self._sealed is not None:
            self._sealed.close()
        self._sealed = None

    def _begun(self) -> IO[str]:
        """A new `FILE.part`. One that nobody has locked is of a run that was killed: its secrets were never valid."""
        with suppress(FileNotFoundError), self._part.open("rb") as left:
            _lock(left, self._part)
            self._part.unlink()
        descriptor = os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        begun = os.fdopen(descriptor, "w", encoding="utf-8")
        _lock(begun, self._part)
        return begun

    def _add_to(self, path: Path) -> None:
        self._was_there = path.exists()
        self._sealed = os.fdopen(os.open(path, os.O_RDONLY | os.O_CREAT, 0o600), "rb")
        _lock(self._sealed, path)
        self._began = end = self._sealed.seek(0, os.SEEK_END)
        with path.open("ab") as file, self._part.open("rb") as gathered:
            if end and os.pread(self._sealed.fileno(), 1, end - 1) != b"\n":
                file.write(b"\n")  # a run that was killed left half a line
            shutil.copyfileobj(gathered, file)
            file.flush()
            os.fsync(file.fileno())
        self._part.unlink()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self.take_back()
            message = f"the secrets cannot be written to {self.path}: {error.strerror}"
            raise Invalid(message, "Nothing was changed.") from None


def _lock(file: IO[Any], path: Path) -> None:
    """Locks a file as long as it is open. Raises OSError where another run has it, or has put another in its place."""
    with suppress(FileNotFoundError):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(file.fileno()), path.stat()):
                return
        except BlockingIOError:
            pass
        except OSError as error:
            if error.errno in (errno.ENOLCK, errno.EOPNOTSUPP):  # a file system without locks
                return
            raise
    raise OSError(errno.EBUSY, "another run of gwctl is writing to it")


def _flush_folder(folder: Path) -> None:
    """Puts a file's name on the disk, where the system knows how."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


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


def _line(change: Change) -> str:
    assert change.secret is not None
    told = {
        "kind": change.entity.name,
        "key_alias": change.value("key_alias"),
        "token": change.id,
        "key": change.secret.reveal(),
    }
    return json.dumps(told) + "\n"
