"""The running gateway as its users see it: requests, answers, and what it takes for a change to be noticed."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

SETTLE = 2.5
"""Seconds after which the gateway acts on a change: a second for its caches, and room."""

POLL = 40.0
"""Seconds within which the gateway has read anew what it keeps in memory: every 30 it looks."""

FLUSH = 20.0
"""Seconds within which what a request cost is in the database."""


@dataclass(frozen=True)
class Answer:
    """What a request got. `type` is the error's, "" where there is none."""

    status: int
    body: Any

    @property
    def type(self) -> str:
        error = self.body.get("error") if isinstance(self.body, dict) else None
        return str(error.get("type") or "") if isinstance(error, dict) else ""

    @property
    def verdict(self) -> str:
        """Status and error type, as "200" or "401 auth_error"."""
        return f"{self.status} {self.type}".strip()


class Gateway:
    """One proxy. Requests are the administrator's unless a key is given."""

    def __init__(self, url: str, master_key: str) -> None:
        self.url = url.rstrip("/")
        self.master_key = master_key
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({})
        )  # never over a proxy of the person's

    def ask(self, method: str, path: str, body: Any = None, *, key: str | None = None) -> Answer:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {key or self.master_key}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}{path}", data, headers, method=method)
        try:
            with self._opener.open(request, timeout=60) as response:
                return Answer(response.status, _read(response.read()))
        except urllib.error.HTTPError as error:
            return Answer(error.code, _read(error.read()))

    def post(self, path: str, **body: Any) -> Any:
        """The body of an administrator's request that must succeed."""
        return self.send("POST", path, body)

    def send(self, method: str, path: str, body: Any) -> Any:
        answer = self.ask(method, path, body)
        assert answer.status in (200, 201, 202, 204), f"{method} {path} {body}\n{answer}"
        return answer.body

    def get(self, path: str, **query: Any) -> Answer:
        return self.ask("GET", f"{path}?{urlencode(query, doseq=True)}")

    def chat(self, key: str, model: str | None = None, **rest: Any) -> Answer:
        """A chat completion with this key; of the first model if none is named."""
        messages = [{"role": "user", "content": "hello"}]
        body = {"model": model or self.models[0], "messages": messages, **rest}
        return self.ask("POST", "/v1/chat/completions", body, key=key)

    @cached_property
    def models(self) -> list[str]:
        """The names of its models; the tests need two that answer, with a price."""
        return [one["id"] for one in self.get("/v1/models").body["data"]]


def settle() -> None:
    """Waits until the gateway has forgotten what it believed."""
    time.sleep(SETTLE)


def eventually(true: Callable[[], Any], *, within: float = FLUSH) -> Any:
    """The first truthy value of `true`, asked again and again; fails the test when there is none in time."""
    end = time.monotonic() + within
    while not (value := true()):
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.2)
    return value


def _read(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return data.decode(errors="replace")
