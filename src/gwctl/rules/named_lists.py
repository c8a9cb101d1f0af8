"""Names of things that go, in lists that hold them without a foreign key.

A list that means everything when it is empty must not become empty by tidying: that would open what it closed. Such a
deletion is refused, and what would open is told; another name in the place of the one that goes answers that, or force.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from gwctl.core import sharing
from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.errors import Refused

AUDITED = frozenset({"LiteLLM_VerificationToken", "LiteLLM_TeamTable", "LiteLLM_UserTable"})
LABELS = ("key_alias", "team_alias", "organization_alias", "project_alias", "user_email", "access_group_name",
          "agent_name", "key_name", "budget_id", "team_id", "user_id", "organization_id", "project_id")  # fmt: skip
NOUNS = {
    "LiteLLM_VerificationToken": "key", "LiteLLM_TeamTable": "team", "LiteLLM_UserTable": "user",
    "LiteLLM_OrganizationTable": "organisation", "LiteLLM_ProjectTable": "project",
    "LiteLLM_EndUserTable": "customer", "LiteLLM_AgentsTable": "agent", "LiteLLM_AccessGroupTable": "access group",
    "LiteLLM_BudgetTable": "budget", "LiteLLM_ManagedVectorStoresTable": "vector store",
}  # fmt: skip
HINT = "--replace-with NAME puts another in its place; --force goes on."

Gone = Mapping[str, Change]
"""Names that go, each with the change that takes it."""
Moved = Mapping[str, tuple[str, Change]]
"""Names in the place of which another comes, each with that and the change that asks for it."""


def moved(names: Gone, heir: str) -> Moved:
    """One name in the place of several."""
    return {name: (heir, change) for name, change in names.items()}


def leave(
    stage: Stage, gone: Gone, table: str, column: str, *, opens: str = "", only: Callable[[Row], bool] | None = None
) -> None:
    """Takes names out of a list column. `opens`: what an empty list would let through."""
    rows = [row for row in stage.load(table, column, gone, change=True) if only is None or only(row)]
    _leave(stage, gone, rows, lambda row: row.items(column), lambda _, left: {column: left}, opens)


def leave_metadata(stage: Stage, gone: Gone, table: str, field: str, *, opens: str = "") -> None:
    """As `leave`, of a list inside of `metadata`."""
    rows = in_metadata(stage, table, field, gone)
    _leave(stage, gone, rows, lambda row: row.object("metadata")[field],
           lambda row, left: {"metadata": {**row.object("metadata"), field: left}}, opens)  # fmt: skip


def swap(stage: Stage, names: Moved, table: str, column: str, *, only: Callable[[Row], bool] | None = None) -> None:
    """Other names in a list column, each once."""
    for row in stage.load(table, column, names, change=True):
        if only is None or only(row):
            put(stage, row, {column: swapped(row.items(column), names)}, _first(row.items(column), names))


def rename_in_metadata(stage: Stage, names: Moved, table: str, field: str) -> None:
    """As `swap`, of a list inside of `metadata`."""
    for row in in_metadata(stage, table, field, names):
        metadata = row.object("metadata")
        values = {"metadata": {**metadata, field: swapped(metadata[field], names)}}
        put(stage, row, values, _first(metadata[field], names))


def in_metadata(stage: Stage, table: str, field: str, names: Iterable[str]) -> list[Row]:
    """The rows, locked, whose `metadata` has a list of that name which holds one of these names."""
    live, wanted = stage.unit.table(table), list(names)
    if live is None or "metadata" not in live.c or not wanted:
        return []
    clause = sa.or_(*(live.c.metadata[field].contains([name]) for name in wanted))
    rows = stage.search(table, clause, change=True)
    held = ((row, row.object("metadata").get(field)) for row in rows)
    return [row for row, names_in in held if isinstance(names_in, list) and any(one in wanted for one in names_in)]


def swapped(held: Sequence[Any], names: Moved) -> list[Any]:
    return list(dict.fromkeys(names[one][0] if one in names else one for one in held))


def cause(held: Iterable[Any], gone: Gone) -> Change:
    return next(gone[one] for one in held if one in gone)


def refuse(stage: Stage, change: Change, whose: str, opens: str) -> bool:
    """Refuses a change on whose behalf lists would open; with force it is a warning. Says whether it goes on."""
    if stage.force:
        change.warn(f"{whose} may now {opens}: without {change.name} nothing limits that")
        return True
    change.refuse(
        f"{change.entity.name} {change.name!r} is all that the list of {whose} holds; without it {whose} could {opens}",
        kind=Refused,
        hint=HINT,
    )
    return False


def refuse_lifting(stage: Stage, change: Change, whose: str) -> bool:
    """As `refuse`, of limits that end with what has them."""
    if stage.force:
        change.warn(f"the limits of {change.name} hold for {whose} no longer")
        return True
    change.refuse(
        f"{change.entity.name} {change.name!r} limits {whose}; without it nothing would", kind=Refused, hint=HINT
    )
    return False


def whose(stage: Stage, rows: Sequence[Row]) -> str:
    """Whose lists they are, the first five by name."""
    named = ", ".join(owner(stage, row) for row in rows[:5])
    return f"{named} and {len(rows) - 5} more" if len(rows) > 5 else named


def owner(stage: Stage, row: Row) -> str:
    """Whose list it is, in words; a permission row is its owners'."""
    rows = [row]
    if row.table == sharing.PERMISSIONS:
        rows = sharing.referring(stage, row.table, [row["object_permission_id"]])[row["object_permission_id"]] or [row]
    return ", ".join(called(one) for one in rows[:3])


def called(row: Row) -> str:
    name = next((row[label] for label in LABELS if row[label]), None)
    return f"{NOUNS.get(row.table, 'a permission row')} {name}" if name else NOUNS.get(row.table, "a permission row")


def put(stage: Stage, row: Row, values: Mapping[str, Any], change: Change) -> None:
    stage.update(row, values, cause=change, audited="updated" if row.table in AUDITED else None)


def _leave(
    stage: Stage,
    gone: Gone,
    rows: Sequence[Row],
    held: Callable[[Row], list[Any]],
    values: Callable[[Row, list[Any]], Mapping[str, Any]],
    opens: str,
) -> None:
    emptied: dict[int, list[Row]] = defaultdict(list)
    causes: dict[int, Change] = {}
    for row in rows:
        change = cause(held(row), gone)
        if opens and all(one in gone for one in held(row)):
            causes[id(change)] = change
            emptied[id(change)].append(row)
    stopped = set()
    for key, change in causes.items():
        if not refuse(stage, change, whose(stage, emptied[key]), opens):
            stopped.add(key)
    for row in rows:
        change = cause(held(row), gone)
        if id(change) not in stopped:
            put(stage, row, values(row, [one for one in held(row) if one not in gone]), change)


def _first(held: Iterable[Any], names: Moved) -> Change:
    return next(names[one][1] for one in held if one in names)
