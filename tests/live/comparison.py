"""The rows that an endpoint of the gateway leaves, beside those that gwctl leaves for the same values.

The sides work in one database, one after the other, each under a word of its own in all names. What cannot be equal is
made equal first: that word, what is generated (numbered, so that a reference must still be one), moments that hang on
the clock, and the caller whom the endpoint adds. All else must agree, column by column, in every table, but for what a
test names as meant, with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gateway.rows import utc_now
from gateway.seals import unseal
from support.database import Database
from support.snapshot import Change, Dump, Row

UNCOMPARED = {
    "requests and background jobs write these meanwhile": re.compile(
        "LiteLLM_(SpendLogs|SpendLogToolIndex|Daily.*|HealthCheckTable|CronJob|ErrorLogs)"
    ),
    "without a licence the proxy writes no audit row; gwctl does": re.compile("LiteLLM_AuditLog"),
}

CALLER = "default_user_id"
"""The administrator. /team/new adds its caller to the team and to the users; gwctl is nobody in the gateway."""

CALLERS = ("LiteLLM_UserTable", "LiteLLM_TeamMembership")
"""Where that shows."""

ARCHIVES = ("LiteLLM_DeletedVerificationToken", "LiteLLM_DeletedTeamTable")
"""Rows are only ever added to these, and after some runs they are many."""

SEQUENCES = {("LiteLLM_ModelTable", "id"), ("LiteLLM_TeamTable", "model_id")}
SEALED = {
    ("LiteLLM_ProxyModelTable", "litellm_params"),
    ("LiteLLM_CredentialsTable", "credential_values"),
    ("LiteLLM_MCPServerTable", "credentials"),
}
"""Their texts are sealed each by itself, never twice alike: what is compared is what was sealed."""

BY_THE_WAY = {"updated_at", "last_active", "spend"}
"""No change if nothing else moves in a row: the spend of earlier requests arrives late, and the endpoints write an
owner's row again when something changes that hangs on it."""

DUMPED = {("LiteLLM_GuardrailsTable", "litellm_params")}
"""The endpoint writes a null for each of the eighty parameters that guardrails of other kinds have; gwctl none."""

UNORDERED = {("LiteLLM_TeamTable", "models")}
"""/team/model/add makes a set of them, whose order is any."""

GENERATED = re.compile(r"[0-9a-f]{64}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}|(?<=^sk-\.\.\.).{4}$")

Rows = dict[str, list[Row]]


@dataclass(frozen=True)
class Meant:
    """A column that differs on purpose, and why. `action` is inserted, updated or deleted."""

    action: str
    table: str
    column: str
    why: str


MEANT = [
    Meant("inserted", table, "deleted_by_api_key", "the caller's key; gwctl has none")
    for table in ("DeletedVerificationToken", "DeletedTeamTable")
]
"""What differs wherever something is deleted."""


def written(
    database: Database, word: str, deed: Callable[[], object], salt_key: str, meant: Sequence[Meant] = ()
) -> Rows:
    """What `deed` does to the gateway's tables, by action and table, as rows that may be compared, without what is
    meant to differ. Of rows that are updated: the key and the columns that changed."""
    archived = _archived(database)
    before, start = _dump(database), utc_now()
    deed()
    changes = database.changed(before, _dump(database, archived))
    waived = {(f"{one.action} LiteLLM_{one.table}", one.column) for one in [*MEANT, *meant]}
    rows = {
        f"{action} {table}": [
            {name: value for name, value in row.items() if (f"{action} {table}", name) not in waived} for row in found
        ]
        for table, change in changes.items()
        for action, found in _by_action(change, before.keys_of[table]).items()
        if found
    }
    return _Equaliser(word, start, salt_key).equal(rows)


def differences(gateway: Rows, gwctl: Rows) -> list[str]:
    """One line for each value that differs."""
    return [
        line
        for where in sorted(gateway.keys() | gwctl.keys())
        for line in _compare(where, gateway.get(where, []), gwctl.get(where, []))
    ]


def _compare(where: str, left: list[Row], right: list[Row]) -> list[str]:
    if len(left) != len(right):
        return [f"{where}: {len(left)} rows by the gateway, {len(right)} by gwctl\n  {left}\n  {right}"]
    return [
        f"{where}.{column}: {a.get(column, 'unchanged')!r} by the gateway, {b.get(column, 'unchanged')!r} by gwctl"
        for a, b in zip(left, right, strict=True)
        for column in sorted(a | b)
        if a.get(column, ...) != b.get(column, ...)
    ]


def _dump(database: Database, archived: Mapping[str, list[str]] | None = None) -> Dump:
    """The rows that are compared; of archives only those that are not in `archived`, and none without it."""
    keys = {table: key for table, key in database.keys().items() if _is_compared(table)}
    full = [table for table, count in database.counts().items() if count and table in keys and table not in ARCHIVES]
    rows = {table: database.rows(table) for table in full}
    for table, known in (archived or {}).items():
        rows[table] = database.execute(f'select * from "{table}" where id <> all(%s) order by id', known)
    return Dump({table: found for table, found in rows.items() if found}, keys)


def _archived(database: Database) -> dict[str, list[str]]:
    return {table: [row["id"] for row in database.execute(f'select id from "{table}"')] for table in ARCHIVES}


def _is_compared(table: str) -> bool:
    return table.startswith("LiteLLM_") and not any(names.fullmatch(table) for names in UNCOMPARED.values())


def _is_changed(before: Row, after: Row) -> bool:
    """Whether more than BY_THE_WAY moved."""
    return any(before[name] != value for name, value in after.items() if name not in BY_THE_WAY)


def _by_action(change: Change, key: Sequence[str]) -> dict[str, list[Row]]:
    return {
        "inserted": change.inserted,
        "updated": [
            {name: value for name, value in after.items() if name in key or before[name] != value}
            for before, after in change.updated
            if _is_changed(before, after)
        ],
        "deleted": [{name: row[name] for name in key} for row in change.deleted],
    }


class _Equaliser:
    def __init__(self, word: str, start: datetime, salt_key: str) -> None:
        self._word = word
        self._salt_key = salt_key
        self._start = start
        self._seen: list[str] = []  # what was generated, in the row that is being looked at
        self._numbers: dict[str, str] = {}  # none yet: all of it looks the same

    def equal(self, rows: Mapping[str, list[Row]]) -> Rows:
        """What is generated is numbered by the places that it stands in, whatever it is itself."""
        kept = {
            where: [row for row in found if where.split()[1] not in CALLERS or not _is_caller(row)]
            for where, found in rows.items()
        }
        places: dict[str, list[str]] = {}
        for where, found in kept.items():
            for row in found:
                self._seen = []
                form = f"{where} {self._row(where, row)}"
                for place, value in enumerate(self._seen):
                    places.setdefault(value, []).append(f"{form} {place:03}")
        ordered = sorted(places, key=lambda value: sorted(places[value]))
        self._numbers = {value: f"<generated {number}>" for number, value in enumerate(ordered, 1)}
        return {
            where: sorted((self._row(where, row) for row in found), key=repr) for where, found in kept.items() if found
        }

    def _row(self, where: str, row: Row) -> Row:
        table = where.split()[1]
        return {name: self._cell((table, name), value) for name, value in row.items()}

    def _cell(self, column: tuple[str, str], value: Any) -> Any:
        if column in SEQUENCES and value is not None:
            return "<number>"
        if column in SEALED and isinstance(value, dict):
            value = {name: self._opened(one) for name, one in value.items()}
        if column in DUMPED and isinstance(value, dict):
            value = {name: one for name, one in value.items() if one is not None}
        return sorted(value) if column in UNORDERED and value else self._value(value)

    def _opened(self, value: Any) -> Any:
        text = unseal(value, self._salt_key) if isinstance(value, str) else None
        return value if text is None else f"sealed: {text}"

    def _value(self, value: Any) -> Any:
        if isinstance(value, str):
            return GENERATED.sub(self._number, value.replace(self._word, "WORD").replace(plain(self._word), "WORD"))
        if isinstance(value, datetime):
            return self._moment(value)
        if isinstance(value, list):
            return [self._value(one) for one in value if not _is_caller(one)]
        if isinstance(value, dict):
            return {self._value(name): self._value(one) for name, one in value.items()}
        return value

    def _number(self, found: re.Match[str]) -> str:
        self._seen.append(found[0])
        return self._numbers.get(found[0], "<generated>")

    def _moment(self, value: datetime) -> str:
        """A moment of the calendar as it is, any other by its distance from now in minutes."""
        if value == value.replace(second=0, microsecond=0):
            return value.isoformat()
        return f"now + {round((value - self._start) / timedelta(minutes=1))} min"


def plain(word: str) -> str:
    """`word` for names that may have no dash."""
    return word.replace("-", "_")


def _is_caller(value: Any) -> bool:
    return isinstance(value, dict) and value.get("user_id") == CALLER
