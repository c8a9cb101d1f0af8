"""One deed, done by an endpoint of the gateway and by gwctl: what rows each leaves.

In the texts of requests and commands {word} stands for each side's own part of every name, {plain} for the same
without a dash.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from live.comparison import Meant, Rows, differences, plain, written
from live.gateway import Gateway
from live.program import LiveProgram
from support.database import Database

Body = Mapping[str, Any]
Name = Callable[[str], str]
Request = tuple[str, Body]
"""A path and a body. What is no POST has its method before the path."""

NAMES = {
    "team_id": "team", "user_id": "user", "budget_id": "budget", "organization_id": "org", "project_id": "project",
    "access_group_ids": "access_groups",
}  # fmt: skip
"""Parameters of the endpoints that refer to another row, and gwctl's fields for them."""


SECRETS = {"SECRET": "sk-none"}
"""The environment of commands and manifests that name a secret."""


@dataclass(frozen=True)
class New:
    """Something is made. gwctl is given the values of `body` under its own names, as options and in a manifest.

    given: requests that are sent before, for what the values refer to.
    manifest: whether one can say it; a key without a name has to have a secret of its own there.
    """

    body: Body
    given: Sequence[Request] = ()
    meant: Sequence[Meant] = ()
    manifest: bool = True


@dataclass(frozen=True)
class Deed:
    """Anything else: requests, and the commands for the same."""

    requests: Sequence[Request]
    commands: Sequence[str]
    given: Sequence[Request] = ()
    meant: Sequence[Meant] = ()


@dataclass(frozen=True)
class Maker:
    """An endpoint that makes something, gwctl's group for it, and the field that it is named by."""

    path: str
    group: str
    name: str
    own: Mapping[str, str] = field(default_factory=dict)
    """gwctl's names for parameters that elsewhere refer to another row, or are named otherwise there."""


@dataclass(frozen=True)
class Sides:
    gateway: Gateway
    program: LiveProgram
    database: Database
    name: Name
    salt_key: str

    def differ_in_making(self, maker: Maker, new: New) -> list[str]:
        """What gwctl writes otherwise than the endpoint, by command and by manifest."""
        theirs = self._run(new, lambda word: self._send([(maker.path, new.body)], word))
        ways: dict[str, Callable[[str], None]] = {"command": lambda word: self._create(maker, new.body, word)}
        if new.manifest:
            ways["manifest"] = lambda word: self._apply(maker, new.body, word)
        return [f"by {way}: {line}" for way, deed in ways.items() for line in differences(theirs, self._run(new, deed))]

    def differ(self, deed: Deed) -> list[str]:
        theirs = self._run(deed, lambda word: self._send(deed.requests, word))
        ours = self._run(deed, lambda word: self._command(deed.commands, word))
        return differences(theirs, ours)

    def _run(self, case: New | Deed, deed: Callable[[str], None]) -> Rows:
        word = self.name("word")
        self._send(case.given, word)
        return written(self.database, word, lambda: deed(word), self.salt_key, case.meant)

    def _send(self, requests: Sequence[Request], word: str) -> None:
        for path, body in requests:
            method, _, where = fill(path, word).rpartition(" ")
            self.gateway.send(method or "POST", where, fill(body, word))

    def _command(self, commands: Sequence[str], word: str) -> None:
        for command in commands:
            self.program(fill(command, word), env=SECRETS)

    def _create(self, maker: Maker, body: Body, word: str) -> None:
        fields = as_fields(fill(body, word), maker)
        members = fields.pop("members", [])
        named = [fields.pop(maker.name)] if maker.name in fields else []
        self.program([maker.group, "create", *named, *options(fields), "--yes"], env=SECRETS)
        for member in members:
            self.program([maker.group, "members", "add", *named, member["user"], "--role", member["role"]])

    def _apply(self, maker: Maker, body: Body, word: str) -> None:
        manifest = json.dumps({maker.group: [as_fields(fill(body, word), maker)]})
        secrets = ["--secrets-to", "-"] if maker.group == "keys" else []
        self.program(["apply", "-f", "-", "--yes", *secrets], stdin=manifest, env=SECRETS)


def as_fields(body: Body, maker: Maker) -> dict[str, Any]:
    """gwctl's fields for an endpoint's parameters. The object's own id keeps its name."""
    own = "" if maker.group == "keys" else f"{maker.group[:-1]}_id"
    names = {**NAMES, own: own, **maker.own}
    fields: dict[str, Any] = {}
    for name, value in body.items():
        if name == "object_permission":
            fields |= value
        elif name == "members_with_roles":
            fields["members"] = [
                {"user": one.get("user_id") or one["user_email"], "role": one["role"]} for one in value
            ]
        elif name != "auto_create_key":  # gwctl makes no key with a user
            fields[names.get(name, name)] = value
    return fields


def options(fields: Body) -> list[str]:
    """The fields as a command's options."""
    words: list[str] = []
    for name, value in fields.items():
        option = f"--{name.replace('_', '-')}"
        if name == "metadata":
            words += [word for key, one in value.items() for word in (option, f"{key}:={json.dumps(one)}")]
        elif isinstance(value, bool):
            words.append(option if value else f"--no-{option[2:]}")
        else:
            words += [option, _text(value)]
    return words


def _text(value: Any) -> str:
    if isinstance(value, dict) or (isinstance(value, list) and any(isinstance(one, dict) for one in value)):
        return json.dumps(value)
    return ",".join(value) if isinstance(value, list) else str(value)


def fill(value: Any, word: str) -> Any:
    """`value` with {word} and {plain} filled in, wherever it is a text."""
    if isinstance(value, str):
        return value.replace("{word}", word).replace("{plain}", plain(word))
    if isinstance(value, list):
        return [fill(one, word) for one in value]
    if isinstance(value, Mapping):
        return {name: fill(one, word) for name, one in value.items()}
    return value


def said(lines: list[str]) -> str:
    """Differences for a failed assertion."""
    return "\n".join(["", *lines])


def quoted(value: Any) -> str:
    """JSON as one word of a command."""
    return shlex.quote(json.dumps(value))
