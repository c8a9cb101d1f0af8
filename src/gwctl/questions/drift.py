"""Who changed by hand what manifests and database differ in: for each step of a plan the last one who did.

By hand is whatever came after the last `apply` that touched the object: a command of gwctl's, or something that the
gateway itself has logged. Of several the last counts that changed one of the fields in question. Nothing is said where
the last one was `apply` itself, since then it is the manifest that changed, or where nobody kept a record.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gwctl.core import audit, sharing
from gwctl.core.plan import Step
from gwctl.core.stage import Stage
from gwctl.core.unit import Unit
from gwctl.describe import Entity
from gwctl.questions import history

MEMBERSHIPS = {"team": "LiteLLM_TeamMembership", "org": "LiteLLM_OrganizationMembership"}
ALIASES = "LiteLLM_ModelTable"
FLAGS = frozenset({"--verbose", "-v", "--quiet", "-q", "--debug"})
"""Options before the group that take no value."""

Place = tuple[str, str]
"""A row: its table and its key as text."""

OURS = """
    SELECT p.name, p.id, c.at, c.actor, c.reason, c.command, c.id AS change_set, NULL AS audit_log, i.columns
    FROM jsonb_to_recordset(CAST(:places AS jsonb)) AS p(name text, id text), LATERAL (
        SELECT i.change_set_id, ARRAY(SELECT jsonb_object_keys(coalesce(i.after, i.before))) AS columns
        FROM gwctl.row_image i JOIN gwctl.change_set s ON s.id = i.change_set_id
        WHERE i.gateway_schema = :schema AND i.table_name = p.name AND i.object_id = p.id
        ORDER BY s.at DESC, i.seq DESC LIMIT 50
    ) i JOIN gwctl.change_set c ON c.id = i.change_set_id
"""

THEIRS = f"""
    SELECT p.name, p.id, a.updated_at AT TIME ZONE 'UTC' AS at, a.changed_by AS actor, NULL AS reason, NULL AS command,
        a.updated_values #>> '{{gwctl,change_set}}' AS change_set, a.id AS audit_log,
        CASE jsonb_typeof(a.updated_values)
            WHEN 'object' THEN ARRAY(SELECT jsonb_object_keys(a.updated_values)) ELSE '{{}}' END AS columns
    FROM "{audit.AUDIT_LOG}" a
    JOIN jsonb_to_recordset(CAST(:places AS jsonb)) AS p(name text, id text)
      ON p.name = a.table_name AND p.id = a.object_id
"""  # noqa: S608 - the name of a table

GONE = """
    SELECT i.before ->> :identity AS name, i.object_id AS id FROM gwctl.row_image i
    WHERE i.gateway_schema = :schema AND i.table_name = :table AND i.action = 'delete'
      AND i.before ->> :identity = ANY(:names)
"""

GONE_THERE = f"""
    SELECT a.before_value ->> :identity AS name, a.object_id AS id FROM "{audit.AUDIT_LOG}" a
    WHERE a.table_name = :table AND a.action = 'deleted' AND a.before_value ->> :identity = ANY(:names)
"""  # noqa: S608 - the name of a table

READABLE = """
    SELECT CASE WHEN has_schema_privilege('gwctl', 'USAGE') THEN
        has_table_privilege('gwctl.row_image', 'SELECT') AND has_table_privilege('gwctl.change_set', 'SELECT') END
"""


@dataclass(frozen=True)
class Author:
    """Who did it, when and by what: a change set of gwctl's, or else a row of the gateway's audit log."""

    actor: str
    at: datetime
    reason: str | None
    change_set: str | None
    audit_log: str | None


@dataclass(frozen=True)
class _Event:
    author: Author
    columns: frozenset[str]
    applied: bool


def authors(unit: Unit, steps: Sequence[Step]) -> list[Author | None]:
    """For each step who did by hand what it would take back, or None. Meant for a few hundred steps at a time."""
    own = "change_set" in unit.catalogue.own and bool(unit.connection.scalar(sa.text(READABLE)))
    places = _places(unit, steps, own)
    events = _events(unit, {place for found in places for place in found}, own)
    return [_last(unit, step, found, events) for step, found in zip(steps, places, strict=True)]


def _places(unit: Unit, steps: Sequence[Step], own: bool) -> list[list[Place]]:
    """The rows that each step is about."""
    found: list[list[Place]] = [[] for _ in steps]
    for kind in dict.fromkeys(step.kind for step in steps):
        entity = unit.kinds.entity(kind)
        mine = [(step, places) for step, places in zip(steps, found, strict=True) if step.kind == kind]
        there = {step.id: places for step, places in mine if step.action != "create"}
        for id_, places in there.items():
            places.append((entity.table, id_))
        for id_, place in _beside(unit, entity, there):
            there[id_].append(place)
        missing = {step.name: places for step, places in mine if step.action == "create"}
        for name, id_ in _gone(unit, entity, list(missing), own) if missing else ():
            missing[name].append((entity.table, id_))
    return found


def _beside(unit: Unit, entity: Entity, ids: Iterable[str]) -> Iterator[tuple[str, Place]]:
    """The rows that hang on objects: their own budgets and permissions, a team's aliases, memberships."""
    stage = Stage(unit)
    for row in stage.load(entity.table, entity.key, ids):
        for table, column in ((sharing.BUDGETS, "budget_id"), (sharing.PERMISSIONS, "object_permission_id")):
            if row[column] and row.table != table and sharing.GENERATED.fullmatch(row[column]):
                yield row[entity.key], (table, row[column])
        if entity.name == "team" and row["model_id"] is not None:
            yield row[entity.key], (ALIASES, str(row["model_id"]))
        if default := row.object("metadata").get("team_member_budget_id"):
            yield row[entity.key], (sharing.BUDGETS, str(default))
    memberships = MEMBERSHIPS.get(entity.name)
    for row in stage.load(memberships, entity.key, ids) if memberships else ():
        yield row[entity.key], (row.table, audit.object_id(unit.key_of(row.table), row.before))
        if row["budget_id"] and sharing.GENERATED.fullmatch(row["budget_id"]):
            yield row[entity.key], (sharing.BUDGETS, row["budget_id"])


def _gone(unit: Unit, entity: Entity, names: list[str], own: bool) -> Iterator[tuple[str, str]]:
    """Names of objects that were deleted, and the keys that they had."""
    asked = {"schema": unit.catalogue.schema, "table": entity.table, "identity": entity.identity, "names": names}
    for text in [GONE] * own + [GONE_THERE] * unit.has(audit.AUDIT_LOG):
        for row in unit.connection.execute(sa.text(text), asked):
            yield row[0], row[1]


def _events(unit: Unit, places: Iterable[Place], own: bool) -> dict[Place, list[_Event]]:
    given = json.dumps([{"name": table, "id": id_} for table, id_ in sorted(places)])
    asked = {"places": given, "schema": unit.catalogue.schema}
    found: dict[Place, list[_Event]] = {}
    theirs = THEIRS + history.IN_A_CHANGE_SET * own
    for text in [OURS] * own + [theirs] * unit.has(audit.AUDIT_LOG):
        for row in unit.connection.execute(sa.text(text), asked).mappings():
            found.setdefault((row["name"], row["id"]), []).append(_event(dict(row)))
    return found


def _event(row: Mapping[str, Any]) -> _Event:
    author = Author(row["actor"], row["at"], row["reason"], row["change_set"], row["audit_log"])
    return _Event(author, frozenset(row["columns"]), _is_apply(row["command"] or ""))


def _is_apply(command: str) -> bool:
    """Whether a command line is one of `gwctl apply`."""
    try:
        words = iter(shlex.split(command)[1:])
    except ValueError:
        return False
    for word in words:
        if not word.startswith("-"):
            return word == "apply"
        if word not in FLAGS and "=" not in word:
            next(words, None)
    return False


def _last(unit: Unit, step: Step, places: Iterable[Place], events: Mapping[Place, Sequence[_Event]]) -> Author | None:
    found = sorted((one for place in places for one in events.get(place, ())), key=lambda one: one.author.at)
    by_hand: list[_Event] = []
    for event in reversed(found):
        if event.applied:
            break
        by_hand.append(event)
    wanted = _columns(unit.kinds.entity(step.kind), step.fields)
    best = next((one for one in by_hand if one.columns & wanted), by_hand[0] if by_hand else None)
    return best.author if best is not None else None


def _columns(entity: Entity, names: Iterable[str]) -> set[str]:
    """The columns that fields may lie in, in whichever row."""
    found = set()
    for name in names:
        field = entity.fields.get(name)
        found |= {name, field.column} if field is not None and field.column else {name}
    return found
