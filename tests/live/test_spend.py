"""What calls cost, counted by the gateway itself, against budgets of every level that gwctl made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from live.gateway import Gateway, eventually, settle
from live.program import LiveProgram
from live.turns import Name
from support.database import Database

pytestmark = pytest.mark.live

OK = "200"
OVER = "400 budget_exceeded"


@dataclass(frozen=True)
class Level:
    """Something that one call costs more than the budget of. {} is its name, which all that is made for it bears."""

    makes: Sequence[str]
    table: str
    column: str
    owner: str = ""
    """Options of the key."""
    sent: Mapping[str, Any] = field(default_factory=dict)


LEVELS = {
    "orgs": Level(
        ["orgs create {} --max-budget 0.01", "teams create {} --org {}"], "OrganizationTable", "organization_alias",
        "--team {}",
    ),
    "teams": Level(["teams create {} --max-budget 0.01"], "TeamTable", "team_alias", "--team {}"),
    "members": Level(
        ["teams create {}", "users create {}", "teams members add {} {} --max-budget 0.01"], "TeamMembership",
        "user_id", "--team {} --user {}",
    ),
    "users": Level(["users create {} --max-budget 0.01"], "UserTable", "user_id", "--user {}"),
    "customers": Level(
        ["customers create {} --max-budget 0.01"], "EndUserTable", "user_id", sent={"user": "{}"}
    ),
    "tags": Level(["tags create {} --max-budget 0.01"], "TagTable", "tag_name", sent={"tags": ["{}"]}),
}  # fmt: skip


def test_spend_of_calls_reaches_every_budget(
    live_gateway: Gateway, live: LiveProgram, live_database: Database, name: Name
) -> None:
    """No row is touched by hand: each may spend less than one call costs, is let in once, refused, and let in again
    when gwctl has set its spend back."""
    names = {kind: name(kind) for kind in LEVELS}
    keys = {kind: _made(live, level, names[kind]) for kind, level in LEVELS.items()}

    def verdicts() -> dict[str, str]:
        return {
            kind: live_gateway.chat(keys[kind], **fill(level.sent, names[kind])).verdict
            for kind, level in LEVELS.items()
        }

    def spend() -> list[float]:
        return [
            live_database.row(f"LiteLLM_{level.table}", **{level.column: names[kind]})["spend"]
            for kind, level in LEVELS.items()
        ]

    assert verdicts() == dict.fromkeys(LEVELS, OK)
    eventually(lambda: all(spend()))
    settle()
    assert verdicts() == dict.fromkeys(LEVELS, OVER)
    for kind in LEVELS:
        if kind != "members":
            live([kind, "reset-spend", names[kind], "--yes"])
    own = live_database.row("LiteLLM_TeamMembership", user_id=names["members"])["budget_id"]
    live(["budgets", "reset", own, "--yes"])
    assert not any(spend())
    settle()
    assert verdicts() == dict.fromkeys(LEVELS, OK)


def _made(live: LiveProgram, level: Level, text: str) -> str:
    for command in level.makes:
        live(command.replace("{}", text))
    return live.key(f"keys create {text} {level.owner}".replace("{}", text))


def fill(value: Any, text: str) -> Any:
    if isinstance(value, dict):
        return {name: fill(one, text) for name, one in value.items()}
    return [fill(one, text) for one in value] if isinstance(value, list) else value.replace("{}", text)
