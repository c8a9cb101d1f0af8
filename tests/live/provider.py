"""Where gwctl's models lead: a provider of this machine's own, that keeps what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

USAGE = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}


@dataclass(frozen=True)
class Asked:
    """One request: for which of the provider's models, and with whose key."""

    model: str
    key: str


@dataclass
class Provider:
    url: str
    asked: list[Asked] = field(default_factory=list)


@contextmanager
def provider(host: str = "127.0.0.1", name: str = "127.0.0.1") -> Iterator[Provider]:
    """Listens at `host` on a free port until it is left; the gateway knows this machine by `name`."""
    server = ThreadingHTTPServer((host, 0), BaseHTTPRequestHandler)
    found = Provider(f"http://{name}:{server.server_address[1]}/v1")
    server.RequestHandlerClass = _handler(found)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()


def _handler(found: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            found.asked.append(Asked(body["model"], self.headers["Authorization"].removeprefix("Bearer ")))
            message = {"role": "assistant", "content": "hello"}
            choice = {"index": 0, "finish_reason": "stop", "message": message}
            kind = {"id": "c", "object": "chat.completion", "created": 1, "model": body["model"]}
            answer = json.dumps({**kind, "choices": [choice], "usage": USAGE}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            """Not to the test's output."""

    return Handler
