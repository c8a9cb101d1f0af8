"""The cases of test_version_rules.py: what they have in common, and the rows that they belong to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from support.database import Database
from support.program import Program, Result

KEYS, TEAMS, USERS = "LiteLLM_VerificationToken", "LiteLLM_TeamTable", "LiteLLM_UserTable"
ARCHIVES = {KEYS: "LiteLLM_DeletedVerificationToken", TEAMS: "LiteLLM_DeletedTeamTable"}

ROWS = (
    "all known columns and nothing else",
    "an unknown column that may be left out",
    "an unknown column that must have a value",
    "a known column missing, not asked for",
    "a known column missing, and set",
    "a known column of another type",
    "a known column with another default or nullability",
    "a known table missing",
    "no archives of deleted keys and teams",
    "no table of keys at all",
    "a unique key other than expected",
    "an unknown foreign key that restricts",
    "an unknown foreign key that cascades",
    "keys bear the moment of their settings",
    "a trigger on MCP servers without the right to Config",
    "the gateway migrates the database",
    "newer than gwctl was tried with",
    "order of columns, extra indexes, views",
)


@dataclass(frozen=True)
class World:
    """A database that a case spoils, and the program."""

    database: Database
    gwctl: Program
    foreign: Callable[[str], Database]

    def run(self, *statements: str) -> None:
        for statement in statements:
            self.database.execute(statement)

    def alter(self, table: str, what: str) -> None:
        self.database.execute(f'alter table "{table}" {what}')

    def refused(self, command: str, *words: str, code: int = 8) -> Result:
        result = self.gwctl(command, code=code)
        for word in words:
            assert word in result.text
        return result

    def told(self, severity: str, table: str, name: str = "", *, strict: bool = False) -> bool:
        """Whether `db check` names that difference."""
        found = self.gwctl(f"db check -o json {'--strict' if strict else ''}", code=(0, 1)).json
        return (severity, table, name) in [(each["severity"], each["table"], each["object"]) for each in found]


Case = Callable[[World], None]
CASES: list[tuple[str, Case]] = []


def case(row: str) -> Callable[[Case], Case]:
    """Makes a function a test of that row."""

    def register(function: Case) -> Case:
        CASES.append((row, function))
        return function

    return register
