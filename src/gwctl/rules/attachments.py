"""Policy attachments: whom a policy applies to.

They have neither a name nor an update of their own: what counts is their value. They name teams and keys by alias, so
a rename takes exact names along, and a pattern is warned of. A list in them that is empty means all: an attachment that
loses its last name of a kind goes, for it would apply to more than before.
Source: proxy/policy_engine/attachment_registry.py.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from gwctl.core.binding import valued
from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage

ATTACHMENTS = "LiteLLM_PolicyAttachmentTable"
LISTS = ("teams", "keys", "models", "tags")
NAMED = {"teams": ("LiteLLM_TeamTable", "team_alias", "team_id"),
         "keys": ("LiteLLM_VerificationToken", "key_alias", "token")}  # fmt: skip
"""What teams and keys are called in attachments: table, alias, id."""


def value(row: Row) -> dict[str, Any]:
    """What an attachment says. With the scope `*`, and where nothing is set, it applies to everybody."""
    targets = {name: row.items(name) for name in LISTS if row.items(name)}
    return {"scope": "*"} if row["scope"] == "*" or not targets else targets


def listed(stage: Stage, policies: Sequence[str]) -> Mapping[str, list[dict[str, Any]]]:
    """The attachments of policies as a manifest says them, ordered by what they say: their ids and moments are new
    in every database."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    rows = stage.load(ATTACHMENTS, "policy_name", policies)
    for row in sorted(rows, key=lambda one: valued([value(one)])):
        if value(row) not in found[row["policy_name"]]:
            found[row["policy_name"]].append(value(row))
    return found


def put(stage: Stage, change: Change, wanted: Sequence[Mapping[str, Any]]) -> None:
    """The attachments of a policy are to be these: others go, and what is there already stays as it is."""
    wanted = [_by_alias(stage, change, item) for item in wanted]
    keys = {valued([item])[0] for item in wanted}
    kept = set()
    for row in stage.load(ATTACHMENTS, "policy_name", [change.name], change=True):
        key = valued([value(row)])[0]
        if key in keys:
            kept.add(key)
        else:
            stage.delete(row, cause=change)
    for item in wanted:
        if valued([item])[0] not in kept:
            made = {"attachment_id": str(uuid.uuid4()), "policy_name": change.name, **item}
            stage.insert(ATTACHMENTS, {**made, **_signed(stage)}, cause=change)
            kept.add(valued([item])[0])


def _signed(stage: Stage) -> dict[str, str]:
    return {"created_by": stage.unit.actor, "updated_by": stage.unit.actor}


def _by_alias(stage: Stage, change: Change, item: Mapping[str, Any]) -> dict[str, Any]:
    """An attachment with aliases in the place of ids. A name that fits nobody yet is taken as it is, with a warning."""
    found = {name: names for name, names in item.items() if names}
    for column, (table, alias, key) in NAMED.items():
        exact = [one for one in found.get(column, ()) if not one.endswith("*")]
        known = {row[alias] for row in stage.load(table, alias, exact)}
        ids = {row[key]: row[alias] for row in stage.load(table, key, [one for one in exact if one not in known])}
        for one in exact:
            if one in known or ids.get(one):
                continue
            noun = column.removesuffix("s")
            if one in ids:
                change.refuse(f"{noun} {one!r} has no alias, by which attachments go; only '*' fits it", "attachments")
            else:
                change.warn(f"{change.name}: there is no {noun} {one!r} for the attachment to fit")
        if column in found:
            found[column] = [ids.get(one) or one for one in found[column]]
    return found


def drop(stage: Stage, policies: Mapping[str, Change]) -> None:
    """All attachments of policies go with them."""
    for row in stage.load(ATTACHMENTS, "policy_name", policies, change=True):
        stage.delete(row, cause=policies[row["policy_name"]])


def let_go(stage: Stage, gone: Mapping[str, object], column: str) -> None:
    """Names that are gone leave a list of every attachment. One whose list would be empty goes: it would fit all."""
    for row in stage.load(ATTACHMENTS, column, gone, change=True):
        held = row.items(column)
        cause = next(gone[name] for name in held if name in gone)
        _keep(stage, row, column, [name for name in held if name not in gone], cause)


def swap(stage: Stage, names: Mapping[str, tuple[str, object]], column: str) -> None:
    """Other names in a list of every attachment, each once."""
    for row in stage.load(ATTACHMENTS, column, names, change=True):
        held = row.items(column)
        cause = next(names[name][1] for name in held if name in names)
        put_in = dict.fromkeys(names[name][0] if name in names else name for name in held)
        stage.update(row, {column: list(put_in)}, cause=cause)


def _keep(stage: Stage, row: Row, column: str, left: Sequence[str], cause: object) -> None:
    if left or row["scope"] == "*":
        stage.update(row, {column: list(left)}, cause=cause)
    else:
        stage.delete(row, cause=cause)


def follow_renames(stage: Stage, changes: Iterable[Change], alias: str, column: str) -> None:
    """Rewrites `column` (teams, keys) of attachments where an `alias` changes."""
    renamed = {
        change.row[alias]: change
        for change in changes
        if alias in change.columns and change.row and change.row[alias] and change.columns[alias] != change.row[alias]
    }
    if not renamed:
        return
    for row in stage.load(ATTACHMENTS, column, renamed, change=True):
        names = [renamed[name].columns[alias] if name in renamed else name for name in row.items(column)]
        _keep(stage, row, column, [name for name in names if name], next(iter(renamed.values())))
    table = stage.unit.table(ATTACHMENTS)
    if table is not None and column in table.c:
        patterns = stage.search(ATTACHMENTS, sa.func.array_to_string(table.c[column], ",").contains("*"))
        if patterns:
            for change in renamed.values():
                change.warn(
                    f"policy attachments name {column} by pattern; look whether they still fit "
                    f"{change.columns[alias]!r}"
                )
