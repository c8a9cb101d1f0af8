"""Names of things that go, in lists that hold them without a foreign key.

A list that means everything when it is empty must not become empty by tidying: that would open what it closed. Such a
deletion is refused, unless it is forced.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from gwctl.core import sharing
from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.errors import Refused

AUDITED = frozenset({"LiteLLM_VerificationToken", "LiteLLM_TeamTable", "LiteLLM_UserTable"})
LABELS = ("key_alias", "team_alias", "organization_alias", "project_alias", "user_email", "access_group_name",
          "agent_name", "key_name", "team_id", "user_id")  # fmt: skip
NOUNS = {
    "LiteLLM_VerificationToken": "key", "LiteLLM_TeamTable": "team", "LiteLLM_UserTable": "user",
    "LiteLLM_OrganizationTable": "organisation", "LiteLLM_ProjectTable": "project",
    "LiteLLM_EndUserTable": "customer", "LiteLLM_AgentsTable": "agent", "LiteLLM_AccessGroupTable": "access group",
}  # fmt: skip


def leave(stage: Stage, gone: Mapping[str, Change], table: str, column: str, *, opens: str = "") -> None:
    """Takes names out of a list column. `opens`: what an empty list would let through."""
    for row in stage.load(table, column, gone, change=True):
        held = row.items(column)
        left = [one for one in held if one not in gone]
        if _may(stage, row, held, left, gone, opens):
            _put(stage, row, {column: left}, cause(held, gone))


def leave_metadata(stage: Stage, gone: Mapping[str, Change], table: str, field: str, *, opens: str = "") -> None:
    """As `leave`, of a list inside of `metadata`."""
    for row in in_metadata(stage, table, field, gone):
        metadata = row.object("metadata")
        held = metadata[field]
        left = [one for one in held if one not in gone]
        if _may(stage, row, held, left, gone, opens):
            _put(stage, row, {"metadata": {**metadata, field: left}}, cause(held, gone))


def rename_in_metadata(stage: Stage, renamed: Mapping[str, tuple[str, Change]], table: str, field: str) -> None:
    """Other names in a list inside of `metadata`."""
    for row in in_metadata(stage, table, field, renamed):
        metadata = row.object("metadata")
        names = [renamed[one][0] if one in renamed else one for one in metadata[field]]
        first = next(renamed[one][1] for one in metadata[field] if one in renamed)
        _put(stage, row, {"metadata": {**metadata, field: names}}, first)


def in_metadata(stage: Stage, table: str, field: str, names: Iterable[str]) -> list[Row]:
    """The rows, locked, whose `metadata` has a list of that name which holds one of these names."""
    live, wanted = stage.unit.table(table), list(names)
    if live is None or "metadata" not in live.c or not wanted:
        return []
    clause = sa.or_(*(live.c.metadata[field].contains([name]) for name in wanted))
    rows = stage.search(table, clause, change=True)
    return [row for row in rows if isinstance(row.object("metadata").get(field), list)]


def cause(held: Sequence[Any], gone: Mapping[str, Change]) -> Change:
    return next(gone[one] for one in held if one in gone)


def _may(
    stage: Stage, row: Row, held: Sequence[Any], left: Sequence[Any], gone: Mapping[str, Change], opens: str
) -> bool:
    """Whether the names may leave a list; refuses the change on whose behalf the list would open."""
    if left or not opens:
        return True
    change = cause(held, gone)
    if stage.force:
        change.warn(f"{owner(stage, row)} may now {opens}: its list is empty")
        return True
    change.refuse(
        f"{change.entity.name} {change.name!r} is all that the list of {owner(stage, row)} holds; without it "
        f"{owner(stage, row)} could {opens}",
        kind=Refused,
        hint="Give the list another name first, or go on with --force.",
    )
    return False


def owner(stage: Stage, row: Row) -> str:
    """Whose list it is, in words; a permission row is its owners'."""
    rows = [row]
    if row.table == sharing.PERMISSIONS:
        rows = sharing.referring(stage, row.table, [row["object_permission_id"]])[row["object_permission_id"]] or [row]
    return ", ".join(_called(one) for one in rows[:3])


def _called(row: Row) -> str:
    name = next((row[label] for label in LABELS if row[label]), None)
    return f"{NOUNS.get(row.table, 'a permission row')} {name}" if name else NOUNS.get(row.table, "a permission row")


def _put(stage: Stage, row: Row, values: Mapping[str, Any], change: Change) -> None:
    stage.update(row, values, cause=change, audited="updated" if row.table in AUDITED else None)
