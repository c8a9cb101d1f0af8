"""Teams, users and budgets as literals, and the whole of what a command may write.

`writes_exactly` holds every column of every row of all 57 tables: what a test does not name must stay as it was. The
audit rows of a change follow from it and are checked along with it.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from gateway.rows import LONG_AGO, PERMISSION, TABLES, UUID, Like, after, either, has, moment
from support.database import Database
from support.snapshot import Change, Dump

Row = dict[str, Any]
Key = str | int | tuple[Any, ...]

NOW = after()
SOON = moment("2027-03-04T05:06:07.089")  # a reset that a test put there, not one that a command computes

DEFAULT = "team-research-budget-" + "0a" * 16  # the team's default for its members
OWN = "2f0e7f9a-9d0c-4b6e-8a55-1c1d6f0a7b11"  # a generated id
OWN_2 = "7b1d2c3e-4f5a-4b6c-9d7e-8f9a0b1c2d3e"


def minted(prefix: str) -> Like:
    """The readable id of a team's default budget for its members (2.3)."""
    return Like(f"minted({prefix})", lambda value: re.fullmatch(f"{prefix}[0-9a-f]{{32}}", value) is not None)


def in_any_order(*items: str) -> Like:
    return Like(f"in_any_order{items}", lambda value: sorted(value) == sorted(items))


_TIMES: Row = {"created_at": NOW, "updated_at": NOW}
_STAMPS: Row = {**_TIMES, "created_by": "ann", "updated_by": "ann"}

ROWS: dict[str, Row] = {
    "TeamTable": {
        "team_id": UUID, "team_alias": None, "organization_id": None, "object_permission_id": None, "admins": [],
        "members": [], "members_with_roles": [], "metadata": {}, "max_budget": None, "soft_budget": None, "spend": 0.0,
        "models": [], "max_parallel_requests": None, "tpm_limit": None, "rpm_limit": None, "budget_duration": None,
        "budget_reset_at": None, "blocked": False, "model_spend": {}, "model_max_budget": {}, "router_settings": {},
        "team_member_permissions": [], "access_group_ids": [], "policies": [], "model_id": None,
        "allow_team_guardrail_config": False, **_TIMES,
    },
    "UserTable": {
        "user_id": UUID, "user_alias": None, "team_id": None, "sso_user_id": None, "organization_id": None,
        "object_permission_id": None, "password": None, "teams": [], "user_role": None, "max_budget": None,
        "spend": 0.0, "user_email": None, "models": [], "metadata": {}, "max_parallel_requests": None,
        "tpm_limit": None, "rpm_limit": None, "budget_duration": None, "budget_reset_at": None,
        "allowed_cache_controls": [], "policies": [], "model_spend": {}, "model_max_budget": {}, **_TIMES,
    },
    "BudgetTable": {
        "budget_id": UUID, "max_budget": None, "soft_budget": None, "max_parallel_requests": None, "tpm_limit": None,
        "rpm_limit": None, "model_max_budget": None, "budget_duration": None, "budget_reset_at": None, **_STAMPS,
    },
    "TeamMembership": {"spend": 0.0, "budget_id": None},
    "ModelTable": {"id": 1, "aliases": None, **_STAMPS},
    "ObjectPermissionTable": PERMISSION,
    "OrganizationTable": {"models": [], "metadata": {}, **_STAMPS},
    "OrganizationMembership": {"user_role": "internal_user", **_TIMES},
    "ProjectTable": {"models": [], "metadata": {}, **_STAMPS},
    "AccessGroupTable": _STAMPS,
    "InvitationLink": {"expires_at": SOON, **_TIMES},
}  # fmt: skip
"""Rows as the endpoints write them where nothing is given (1.1-1.10); of the last five only what is not NULL."""

ARCHIVED: Row = {
    "id": UUID, "deleted_at": NOW, "deleted_by": "ann", "deleted_by_api_key": None, "litellm_changed_by": None,
}  # fmt: skip


def row(table: str, **columns: Any) -> Row:
    return {**ROWS[table], **columns}


def put(database: Database, table: str, **columns: Any) -> Row:
    """An old row of somebody else's, written past the program."""
    old = {"created_at": LONG_AGO, "updated_at": LONG_AGO, "created_by": "root", "updated_by": "root"}
    rest = {name: old.get(name, value) for name, value in ROWS.get(table, {}).items()}
    return database.insert(f"LiteLLM_{table}", **{**rest, **columns})


def member(user_id: Any, role: str = "user", email: str | None = None) -> Row:
    return {"user_id": user_id, "user_email": email, "role": role}


# What a command does to one row of a table.


@dataclass(frozen=True)
class Step:
    sign: str
    key: Key = ""
    columns: Row = field(default_factory=dict)
    optional: bool = False


def new(table: str, **columns: Any) -> Step:
    return Step("+", columns=row(table, **columns))


def archived(old: Row, **columns: Any) -> Step:
    """The copy of a deleted team or key, complete (1.5; keys 3.6)."""
    return Step("+", columns={**old, **ARCHIVED, **columns})


def changed(*key: Any, **columns: Any) -> Step:
    """These columns and the row's own book-keeping; any other column that differs fails."""
    return Step("~", _key(key), columns)


def gone(*key: Any) -> Step:
    return Step("-", _key(key))


def perhaps(step: Step) -> Step:
    """What the pages leave open: whether an owner's row counts as changed with the rows that hang on it."""
    return replace(step, optional=True)


@contextlib.contextmanager
def writes_exactly(database: Database, *, action: str = "updated", **tables: list[Step]) -> Iterator[None]:
    """Within, these steps happen to the gateway's tables (named without LiteLLM_), and nothing else. `action` is the
    audit log's word for what happens to rows that change."""
    before = database.dump()
    assert sum(name.startswith("LiteLLM_") for name in before.keys_of) == TABLES
    yield
    found = {
        name.removeprefix("LiteLLM_"): change
        for name, change in database.changed(before).items()
        if name.startswith("LiteLLM_")
    }
    audit = found.pop("AuditLog", Change([], [], []))
    seen = {table: _seen(table, change, before, tables.get(table, [])) for table, change in found.items()}
    due = {table: _due(steps, seen.get(table, {})) for table, steps in tables.items()}
    wrong = {table for table in seen.keys() | due.keys() if seen.get(table, {}) != due.get(table, {})}
    assert not wrong, "\n".join(f"{table}\n  is  {seen.get(table)}\n  due {due.get(table)}" for table in sorted(wrong))
    _assert_audited(audit, found, before, action)


_BOOKS: Row = {"updated_at": NOW, "updated_by": either("root", "ann", None)}
"""What each change of a row brings; of budgets and alias maps `updated_by` is the actor's for certain."""
_BY_ACTOR = ("BudgetTable", "ModelTable")


def _seen(table: str, change: Change, dump: Dump, steps: list[Step]) -> Row:
    """What happened to a table, in the terms of the steps that are expected."""
    named = {step.key: step.columns for step in steps if step.sign == "~"}
    key_of = dump.keys_of[f"LiteLLM_{table}"]
    seen: Row = {}
    if change.inserted:
        seen["+"] = _paired(change.inserted, [step.columns for step in steps if step.sign == "+"])
    for old, now in change.updated:
        key = _key(tuple(old[column] for column in key_of))
        seen.setdefault("~", {})[key] = _differing(old, now, named.get(key), table in _BY_ACTOR)
    if change.deleted:
        seen["-"] = {_key(tuple(old[column] for column in key_of)) for old in change.deleted}
    return seen


def _differing(old: Row, now: Row, named: Row | None, by_actor: bool) -> Row:
    """The columns that a test names, and any that is not as it should be."""
    books = {**_BOOKS, "updated_by": "ann"} if by_actor else _BOOKS
    wanted = old if named is None else {**old, **{name: books[name] for name in books if name in old}, **named}
    return {column: now[column] for column in now if now[column] != wanted[column] or column in (named or ())}


def _due(steps: list[Step], seen: Row) -> Row:
    due: Row = {}
    for step in steps:
        if step.optional and step.key not in {**seen.get("~", {}), **dict.fromkeys(seen.get("-", ()))}:
            continue
        if step.sign == "+":
            due.setdefault("+", []).append(step.columns)
        elif step.sign == "~":
            due.setdefault("~", {})[step.key] = step.columns
        else:
            due.setdefault("-", set()).add(step.key)
    return due


def _paired(rows: list[Row], expected: list[Row]) -> list[Row]:
    """The rows in the order in which they are expected: those with minted keys come in any."""
    left, ordered = list(rows), []
    for wanted in expected:
        place = next((index for index, one in enumerate(left) if one == wanted), None)
        ordered += [left.pop(place)] if place is not None else []
    return ordered + left


def _key(parts: tuple[Any, ...]) -> Key:
    return parts[0] if len(parts) == 1 else parts


# The gateway's audit log (spend 4.3).

_IDENTIFIER = {"TeamTable": "team_id", "UserTable": "user_id", "VerificationToken": "token"}  # what readers filter by


def _assert_audited(audit: Change, changes: dict[str, Change], dump: Dump, action: str) -> None:
    """One row for each team, user, key and named budget that changed, and for a team whose members did; others only
    about rows that changed, too."""
    assert not audit.updated
    assert not audit.deleted
    events = _events(changes, dump, action)
    rows = {(row["table_name"].removeprefix("LiteLLM_"), row["object_id"]): row for row in audit.inserted}
    assert len(rows) == len(audit.inserted), "one row for each object"
    main = {about for about, event in events.items() if _is_main(*about, *event[1:])}
    main = main or {about for about in events if about[0] == "TeamTable"}
    assert sorted(main - rows.keys()) == [], "changed without an audit row"
    assert sorted(rows.keys() - events.keys()) == [], "an audit row about nothing that changed"
    for about, (word, old, now) in events.items():
        if about in rows:
            _assert_entry(rows[about], *about, word, old, now)


def _events(changes: dict[str, Change], dump: Dump, action: str) -> dict[tuple[str, str], tuple[str, Row, Row]]:
    events = {}
    for table, change in changes.items():
        steps = [("created", {}, now) for now in change.inserted]
        steps += [(action, old, now) for old, now in change.updated]
        steps += [("deleted", old, {}) for old in change.deleted]
        for word, old, now in steps:
            key = ":".join(str((old or now)[column]) for column in dump.keys_of[f"LiteLLM_{table}"])
            events[table, key] = (word, old, now)
    return events


_MEMBERSHIP = {"teams", "team_id", "members_with_roles", "admins", "members"}  # written along with what is meant


def _is_main(table: str, key: str, old: Row, now: Row) -> bool:
    if table == "BudgetTable" and (key == UUID or "-budget-" in key):
        return False  # its owner's own
    differing = {column for column in {**old, **now} if old.get(column) != now.get(column)} - _BOOKS.keys()
    along = _MEMBERSHIP | {"organization_id"} if table == "UserTable" else _MEMBERSHIP
    return table in (*_IDENTIFIER, "BudgetTable") and not differing <= along


def _assert_entry(entry: Row, table: str, key: str, word: str, old: Row, now: Row) -> None:
    identifier = {_IDENTIFIER[table]: key} if table in _IDENTIFIER else {}
    differing = {column for column in now if old.get(column) != now[column] and _is_plain(now[column], old.get(column))}
    differing -= {"password"}  # secrets are left out of the audit log
    if word in ("created", "deleted"):
        before = None if word == "created" else has(**identifier)
        values: Any = {} if word == "deleted" else has(**identifier)
    else:
        before = has(**identifier, **{column: old[column] for column in differing - _BOOKS.keys()})
        values = has(**identifier, **{column: now[column] for column in differing - _BOOKS.keys()})
        fields = [set(entry[side]) - {"gwctl"} for side in ("before_value", "updated_values")]
        assert fields[0] == fields[1], f"the dashboard compares these by field: {fields}"
    due = {
        "id": UUID, "updated_at": NOW, "changed_by": "ann", "changed_by_api_key": "", "action": word,
        "table_name": f"LiteLLM_{table}", "object_id": key, "before_value": before, "updated_values": values,
    }  # fmt: skip
    assert entry == due, f"audit row\n  is  {entry}\n  due {due}"


def _is_plain(*values: Any) -> bool:
    return all(value is None or isinstance(value, str | int | float | list | dict) for value in values)


# A small world.


def build_tenancy(database: Database, **research: Any) -> Row:
    """Two organisations, three teams, eight people. Returns the row of the team research, which has `research` for
    columns besides."""
    budgets: dict[str, Row] = {
        "of-acme": {"max_budget": 100.0, "tpm_limit": 1000, "rpm_limit": 100},
        "of-free": {"max_budget": 0.0},
        "standard": {"max_budget": 30.0, "rpm_limit": 9},
        DEFAULT: {"max_budget": 10.0, "tpm_limit": 500, "budget_duration": "30d", "budget_reset_at": SOON},
        OWN: {"max_budget": 2.0},
    }
    for budget_id, limits in budgets.items():
        put(database, "BudgetTable", budget_id=budget_id, **limits)
    limits = {"model_rpm_limit": {"gpt-4o": 100}}
    acme = {"organization_id": "o-acme", "organization_alias": "acme", "budget_id": "of-acme"}
    put(database, "OrganizationTable", **acme, models=["gpt-4o", "o3"], metadata=limits)
    put(database, "OrganizationTable", organization_id="o-free", organization_alias="free", budget_id="of-free")
    for user_id, columns in PEOPLE.items():
        put(database, "UserTable", user_id=user_id, **columns)
    put(database, "TeamTable", team_id="t-plain", team_alias="plain")
    put(database, "TeamTable", team_id="t-ops", team_alias="ops", models=["gpt-4o"], members_with_roles=[member("bob")])
    gold = {"team_id": "t-gold", "team_alias": "gold", "organization_id": "o-acme", "models": ["gpt-4o"]}
    put(database, "TeamTable", **gold, metadata={"model_rpm_limit": {"gpt-4o": 80}})
    for user_id, budget_id in {"ada": OWN, "bob": DEFAULT, "cyd": "standard"}.items():
        put(database, "TeamMembership", user_id=user_id, team_id="t-research", budget_id=budget_id, spend=1.5)
    return put(database, "TeamTable", **{**RESEARCH, **research})


PEOPLE: dict[str, Row] = {
    "ada": {"teams": ["t-research"], "user_email": "Ada@X.org"},
    "bob": {"teams": ["t-ops", "t-research"]},
    "cyd": {"teams": ["t-research"]},
    "dan": {"teams": ["t-research"]},
    "eve": {"teams": ["t-ops"], "user_email": "Eve@X.org"},
    "fay": {},
    "twin-1": {"user_email": "twin@x.org"},
    "twin-2": {"user_email": "Twin@X.org"},
}

MEMBERS = [member("ada", "admin", "Ada@X.org"), member("bob"), member("cyd"), member("dan")]

RESEARCH: Row = {
    "team_id": "t-research", "team_alias": "research", "members_with_roles": MEMBERS, "models": ["gpt-4o"],
    "metadata": {"owner": "ada", "team_member_budget_id": DEFAULT}, "max_budget": 40.0, "soft_budget": 10.0,
    "spend": 12.5, "tpm_limit": 500, "rpm_limit": 50, "budget_duration": "30d", "budget_reset_at": moment("2027-03-01"),
    "model_spend": {"gpt-4o": 12.5}, "router_settings": {"num_retries": 2}, "team_member_permissions": ["/key/info"],
    "policies": ["eu"],
}  # fmt: skip
