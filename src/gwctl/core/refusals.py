"""Why a connection could not be made.

libpq keeps only the words of a refusal, in the server's language. So, once it has failed, the same is tried again and
libpq writes down the talk (PQtrace), in which the SQLSTATE stands; where no server answered, the sockets are asked.
"""

from __future__ import annotations

import os
import re
import select
import socket
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import pq

from gwctl.urls import DatabaseUrl

_ERROR = re.compile(rb'ErrorResponse\t.*? C "([0-9A-Z]{5})"')


@dataclass(frozen=True)
class Refusal:
    """`sqlstate` is what the server answered, if it did; `reason` one line for people."""

    reason: str
    sqlstate: str | None = None
    needs_password: bool = False


def why(error: psycopg.Error, url: DatabaseUrl, timeout: float) -> Refusal:
    """What stood in the way of a connection that ended with `error`. Takes no longer than `timeout` seconds, twice."""
    if isinstance(error, psycopg.errors.ConnectionTimeout):
        return Refusal(f"no answer within {timeout:g} seconds")
    if unheard := _unheard_of(url):
        return Refusal(f"the host {unheard} is not known")
    try:
        state, needs_password = _ask_again(url.conninfo, timeout)
    except (psycopg.Error, OSError, ValueError):
        state, needs_password = None, False
    words = _words(error)
    if state or needs_password:
        return Refusal(re.sub(r"^[^\s:]+:\s+", "", words), state, needs_password)  # without the severity
    return Refusal(_socket_says(url, timeout) or words)


def _unheard_of(url: DatabaseUrl) -> str:
    """The first host that has no address, if none of them has one."""
    hosts = [host for host in _given(url, "host", "PGHOST").split(",") if host]
    if url.as_dict().get("hostaddr") or not hosts:
        return ""
    for host in hosts:
        if host.startswith(("/", "@")):
            return ""
        try:
            socket.getaddrinfo(host, None)
        except OSError:
            continue
        return ""
    return hosts[0]


def _ask_again(conninfo: str, timeout: float) -> tuple[str | None, bool]:
    """The SQLSTATE that ended the talk, and whether the server wanted a password and there was none."""
    deadline = time.monotonic() + timeout
    connection = pq.PGconn.connect_start(conninfo.encode())
    with tempfile.TemporaryFile() as record:
        if connection.status != pq.ConnStatus.BAD:
            connection.trace(record.fileno())
            _talk(connection, deadline)
            connection.untrace()
        record.seek(0)
        states = _ERROR.findall(record.read())
    needs_password = connection.needs_password
    connection.finish()
    return (states[-1].decode() if states else None), needs_password


def _talk(connection: pq.abc.PGconn, deadline: float) -> None:
    while (left := deadline - time.monotonic()) > 0:
        status = connection.connect_poll()
        if status == pq.PollingStatus.READING:
            select.select([connection.socket], [], [], left)
        elif status == pq.PollingStatus.WRITING:
            select.select([], [connection.socket], [], left)
        else:
            return


def _socket_says(url: DatabaseUrl, timeout: float) -> str:
    """Why the last host cannot even be reached; nothing if it can be."""
    host = (url.as_dict().get("hostaddr") or _given(url, "host", "PGHOST")).split(",")[-1]
    port = _given(url, "port", "PGPORT").split(",")[-1] or "5432"
    try:
        if host.startswith("/"):
            with socket.socket(socket.AF_UNIX) as probe:
                probe.settimeout(timeout)
                probe.connect(str(Path(host) / f".s.PGSQL.{port}"))
        elif host:
            socket.create_connection((host, int(port)), timeout).close()
    except TimeoutError:
        return f"no answer within {timeout:g} seconds"
    except ConnectionRefusedError:
        return f"nothing listens on port {port} there" if not host.startswith("/") else "no server listens there"
    except FileNotFoundError:
        return "no server listens there"
    except OSError as error:
        return error.strerror or ""
    return ""


def _words(error: psycopg.Error) -> str:
    """The first line of what libpq or the server said, without what psycopg and libpq put before it."""
    line = next(iter(str(error).strip().splitlines()), "no reason is given")
    line = re.sub(r"^connection (failed|is bad): ", "", line)
    return re.sub(r"^connection to server .*? failed: ", "", line)


def _given(url: DatabaseUrl, name: str, variable: str) -> str:
    return url.as_dict().get(name) or os.environ.get(variable, "")
