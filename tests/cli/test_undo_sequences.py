"""Any sequence of commands, taken back in reverse, leaves the rows that there were; what a proxy wrote stays."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.commands import LONG_AGO, SALT, Command, commands, fill
from support.database import Database, copy_of
from support.program import Program, Result

MOMENTS = {"updated_at", "settings_updated_at"}
"""The columns that say when a row was last written, which an undo does."""
ARCHIVES = {"LiteLLM_DeletedVerificationToken": "token", "LiteLLM_DeletedTeamTable": "team_id"}
"""What a deletion leaves; an undo of a creation is one."""
HISTORY = {"LiteLLM_AuditLog", "LiteLLM_SpendLogs", *ARCHIVES}

MARK = "descent"
"""A column that gwctl does not know: which row of the beginning this is, whatever its key by now."""
SPENDING = (
    "LiteLLM_VerificationToken", "LiteLLM_TeamTable", "LiteLLM_UserTable", "LiteLLM_OrganizationTable",
    "LiteLLM_TeamMembership", "LiteLLM_OrganizationMembership", "LiteLLM_EndUserTable", "LiteLLM_TagTable",
    "LiteLLM_ProjectTable", "LiteLLM_AgentsTable",
)  # fmt: skip


KEYS, CUSTOMERS = '"LiteLLM_VerificationToken"', '"LiteLLM_EndUserTable"'
Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def world(standing_database: Database) -> str:
    """The name of a database to copy, with a row of everything."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GWCTL_ACTOR", "tester")
        patch.setenv("GWCTL_NO_LOCAL", "1")
        fill(Program(standing_database), standing_database)
    for table in SPENDING:
        standing_database.execute(f'alter table "{table}" add column {MARK} text')
        standing_database.execute(f'update "{table}" set {MARK} = gen_random_uuid(), spend = 1')
    standing_database.execute("delete from gwctl.change_set")
    name = standing_database.url.rpartition("/")[2]
    standing_database.close()
    return name


class Proxy:
    """Spends on whatever is there, and remembers how much on which row; and makes rows of its own."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.spent: dict[str, float] = {}
        self.used: dict[str, datetime] = {}
        self.requests = 0

    def serve(self) -> None:
        for table in SPENDING:
            for row in self.database.execute(f'update "{table}" set spend = spend + 0.25 returning {MARK}'):
                self.spent[row[MARK]] = self.spent.get(row[MARK], 0) + 0.25
        self.requests += 1
        moment = LONG_AGO + timedelta(minutes=self.requests)
        for row in self.database.execute(f"update {KEYS} set last_active = %s returning {MARK}", moment):
            self.used[row[MARK]] = moment
        self.database.insert(
            "LiteLLM_SpendLogs", request_id=f"r-{self.requests}", call_type="acompletion", startTime=moment,
            endTime=moment,
        )  # fmt: skip
        self.database.execute(
            'insert into "LiteLLM_EndUserTable" (user_id, blocked, spend) values (%s, false, 1)',
            f"walk-in-{self.requests}",
        )

    def is_here(self, rows: Rows) -> None:
        """Adds to rows of the beginning what was written since, and holds that no row of its own is lost."""
        for table in SPENDING:
            for row in rows[table]:
                row["spend"] += self.spent.get(row[MARK], 0)
        for row in rows["LiteLLM_VerificationToken"]:
            row["last_active"] = self.used.get(row[MARK], row["last_active"])
        assert len(self.database.rows("LiteLLM_SpendLogs")) == self.requests
        walked_in = self.database.execute(f"delete from {CUSTOMERS} where user_id like 'walk-in-%%' returning user_id")
        assert len(walked_in) == self.requests


def rows(database: Database) -> Rows:
    """All rows of the gateway's but history, without the moments of their last change."""
    dump = database.dump()
    return {
        table: [{name: value for name, value in row.items() if name not in MOMENTS} for row in dump[table]]
        for table in dump
        if table.startswith("LiteLLM_") and table not in HISTORY
    }


def change_sets(database: Database) -> list[str]:
    return [row["id"] for row in database.execute("select id from gwctl.change_set order by at, id")]


def lived_through(url: str, steps: list[Command | None]) -> tuple[Rows, Rows, list[Result]]:
    """The rows that should be there after all was taken back, those that are, and what was done."""
    with copy_of(url) as database:
        program, proxy = Program(database), Proxy(database)
        expected = rows(database)
        sets: list[str] = []
        told: list[Result] = []
        for step in steps:
            if step is None:
                proxy.serve()
                continue
            told.append(program(step[0], stdin=step[1], env=SALT, code={0, 2, 3, 4, 5, 6}))
            sets += [one for one in change_sets(database) if one not in sets]
        for one in reversed(sets):
            told.append(program(["audit", "undo", one, "--yes"], env=SALT, images=False))
        proxy.is_here(expected)
        for archive, key in ARCHIVES.items():
            there = {row[key] for row in database.rows(archive.replace("Deleted", ""))}
            assert not there & {row[key] for row in database.rows(archive)}, archive
        return expected, rows(database), told


def differences(before: Rows, after: Rows) -> list[str]:
    return [
        f"{sign} {table} {row}"
        for table in sorted(before | after)
        for sign, here, there in (("-", before, after), ("+", after, before))
        for row in here.get(table, [])
        if repr(row) not in map(repr, there.get(table, []))
    ]


HEALTHY = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
STEP = st.one_of(commands(), commands(), commands(), commands(), st.none())


@settings(max_examples=6, deadline=None, suppress_health_check=HEALTHY, derandomize=True)
@given(st.lists(STEP, min_size=6, max_size=12))
def test_whatever_was_done_is_taken_back(world: str, steps: list[Command | None]) -> None:
    before, after, told = lived_through(world, steps)
    assert differences(before, after) == [], "\n".join(map(str, told))
