"""Keys that are used, then changed by gwctl, then used again: what the gateway answers before and after.

All cases of a module are turned together, so that its caches are waited for once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from live.gateway import Answer, Gateway, settle
from live.program import LiveProgram
from support.database import Database

Name = Callable[[str], str]


@dataclass(frozen=True)
class Turn:
    """One key: how it is made, what it is then answered, what is changed, and what it is answered afterwards.

    Commands and SQL name things by word in braces: {key} is the key, {one} and {other} are the gateway's models, any
    other word is a name of this run's own, the same in all commands of the case.
    """

    create: str
    first: str
    change: str = ""
    then: str = ""
    before: Sequence[str] = ()
    """Commands that make what the key refers to."""
    spent: str = ""
    """SQL before the first call, for what only the gateway writes: what it counts itself is added to it later."""
    sql: str = ""
    """SQL between the first call and the change."""
    model: str = "{one}"
    sent: Mapping[str, Any] = field(default_factory=dict)
    """What else the request says: its customer, its tags."""


@dataclass
class Turned:
    first: Answer
    then: Answer | None = None


def take(
    turns: Mapping[str, Turn], gateway: Gateway, program: LiveProgram, database: Database, name: Name
) -> dict[str, Turned]:
    """Every case from its beginning to its end."""
    worlds = {case: _World(gateway, name) for case in turns}
    secrets, seen = {}, {}
    for case, turn in turns.items():
        fill = worlds[case].fill
        for command in turn.before:
            program(fill(command))
        secrets[case] = program.key(fill(turn.create))
        if turn.spent:
            database.execute(fill(turn.spent))
        seen[case] = Turned(worlds[case].chat(turn, secrets[case]))
    for case, turn in turns.items():
        if turn.sql:
            database.execute(worlds[case].fill(turn.sql))
        if turn.change:
            program(worlds[case].fill(turn.change))
    settle()
    for case, turn in turns.items():
        if turn.then:
            seen[case].then = worlds[case].chat(turn, secrets[case])
    return seen


class _World(dict[str, str]):
    """The names of one case, made when they are first used."""

    def __init__(self, gateway: Gateway, name: Name) -> None:
        super().__init__(one=gateway.models[0], other=gateway.models[1])
        self._gateway = gateway
        self._name = name

    def __missing__(self, word: str) -> str:
        self[word] = self._name(word)
        return self[word]

    def fill(self, text: str) -> str:
        """JSON's own braces are doubled in `text`."""
        return text.format_map(self)

    def chat(self, turn: Turn, secret: str) -> Answer:
        return self._gateway.chat(secret, self.fill(turn.model), **self._value(dict(turn.sent)))

    def _value(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self._value(one) for name, one in value.items()}
        return [self._value(one) for one in value] if isinstance(value, list) else self.fill(value)


def assert_answered(turned: Turned, turn: Turn) -> None:
    assert turned.first.verdict == turn.first, turned.first
    if turn.then:
        assert turned.then is not None
        assert turned.then.verdict == turn.then, turned.then
