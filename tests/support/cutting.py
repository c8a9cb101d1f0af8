"""A way to the server that is cut at a COMMIT: before it gets there, or before its answer comes back."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

BEFORE, AFTER, FOR_GOOD = "before", "after", "for good"


class Cut:
    """Passes bytes on, until a client says COMMIT. What comes later passes again, except `FOR_GOOD`."""

    def __init__(self, url: str, moment: str) -> None:
        parts = urlsplit(url)
        self._target = (parts.hostname or "", parts.port or 5432)
        self._moment = moment
        self._done = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        place = f"{parts.username}@127.0.0.1:{self._listener.getsockname()[1]}"
        self.url = urlunsplit(parts._replace(netloc=place, query="sslmode=disable&gssencmode=disable"))
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client = self._listener.accept()[0]
                if self._done and self._moment == FOR_GOOD:
                    client.close()
                    continue
                server = socket.create_connection(self._target)
                threading.Thread(target=self._to_server, args=(client, server), daemon=True).start()
                threading.Thread(target=_pass, args=(server, client), daemon=True).start()

    def _to_server(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                if b"COMMIT\0" in data and not self._done:
                    self._done = True
                    self._cut(client, server, data)
                    return
                server.sendall(data)
        _hang_up(server)

    def _cut(self, client: socket.socket, server: socket.socket, data: bytes) -> None:
        _hang_up(client)
        if self._moment != BEFORE:
            server.sendall(data)
        server.shutdown(socket.SHUT_WR)


def _pass(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    _hang_up(target)


def _hang_up(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


@contextlib.contextmanager
def cut_at_commit(url: str, moment: str) -> Iterator[str]:
    """The URL of the server by that way."""
    way = Cut(url, moment)
    try:
        yield way.url
    finally:
        way.close()
