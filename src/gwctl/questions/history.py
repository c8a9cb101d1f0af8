"""Who changed what, when and why: the change sets of gwctl, and the gateway's own audit rows beside them.

Of the rows in `LiteLLM_AuditLog` those are the gateway's that no change set stands for. On a database without gwctl's
own tables the rows that gwctl wrote there bear actor, change set and reason under `gwctl`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from gwctl import durations
from gwctl.core import hidden
from gwctl.core.audit import AUDIT_LOG
from gwctl.core.stage import Stage
from gwctl.core.unit import Unit
from gwctl.errors import NotFound

GWCTL, GATEWAY = "gwctl", "gateway"

OURS = """
    SELECT c.id AS change_set, c.at, c.actor, c.reason, coalesce(i.action, 'pruned') AS action, i.table_name,
        i.object_id, c.command, c."session_user", c.set_name, 'gwctl' AS source, NULL AS audit_log,
        coalesce(i.seq, 0) AS seq
    FROM gwctl.change_set c LEFT JOIN gwctl.row_image i ON i.change_set_id = c.id
    WHERE c.gateway_schema = :schema
"""

THEIRS = f"""
    SELECT a.updated_values #>> '{{gwctl,change_set}}' AS change_set, a.updated_at AT TIME ZONE 'UTC' AS at,
        a.changed_by AS actor, a.updated_values #>> '{{gwctl,reason}}' AS reason, a.action, a.table_name, a.object_id,
        NULL AS command, NULL AS "session_user", NULL AS set_name,
        CASE WHEN a.updated_values #> '{{gwctl,change_set}}' IS NULL THEN 'gateway' ELSE 'gwctl' END AS source,
        a.id AS audit_log, 0 AS seq
    FROM "{AUDIT_LOG}" a
"""  # noqa: S608 - the name of a table

IN_A_CHANGE_SET = """
    WHERE NOT EXISTS (SELECT FROM gwctl.change_set c WHERE c.gateway_schema = :schema
        AND c.at = a.updated_at AT TIME ZONE 'UTC' AND c.actor = a.changed_by)
"""

FILTERS = """
    WHERE (CAST(:actor AS text) IS NULL OR actor = :actor)
      AND (CAST(:objects AS text[]) IS NULL OR object_id = ANY(:objects))
      AND (CAST(:table AS text) IS NULL OR table_name IN (:table, 'LiteLLM_' || :table))
      AND (CAST(:change_set AS text) IS NULL OR change_set = :change_set)
      AND (CAST(:set AS text) IS NULL OR set_name = :set)
      AND (CAST(:since AS timestamptz) IS NULL OR at >= :since)
      AND (CAST(:until AS timestamptz) IS NULL OR at < :until)
    ORDER BY at DESC, change_set, seq LIMIT :limit
"""

HEAD = """
    SELECT id AS change_set, at, actor, "session_user", reason, command, set_name, undo_of
    FROM gwctl.change_set WHERE id = :id AND gateway_schema = :schema
"""

IMAGES = """
    SELECT table_name, object_id, action, before, after
    FROM gwctl.row_image WHERE change_set_id = :id ORDER BY seq
"""

LOGGED = f"""
    SELECT id AS audit_log, updated_at AT TIME ZONE 'UTC' AS at, changed_by AS actor, table_name, object_id, action,
        before_value AS before, updated_values AS after
    FROM "{AUDIT_LOG}" WHERE id = :id
"""  # noqa: S608 - the name of a table

OLD = """
    SELECT count(DISTINCT c.id) AS change_sets, count(*) AS rows FROM gwctl.change_set c
    JOIN gwctl.row_image i ON i.change_set_id = c.id WHERE c.gateway_schema = :schema AND c.at < :until
"""

ACTIONS = {"insert": "created", "update": "updated", "delete": "deleted"}


@dataclass(frozen=True)
class Asked:
    """Which changes. `object`: a row's key or the name of a thing; `since` and `until`: how long ago, or a moment."""

    actor: str | None = None
    object: str | None = None
    table: str | None = None
    change_set: str | None = None
    set_name: str | None = None
    since: str | None = None
    until: str | None = None
    limit: int = 500


def changes(unit: Unit, asked: Asked) -> Iterator[dict[str, Any]]:
    """A record for each row that changed, the newest first. Raises Invalid for a time that is none."""
    parts = _parts(unit)
    if not parts:
        return
    text = f"SELECT * FROM ({' UNION ALL '.join(parts)}) found {FILTERS}"  # noqa: S608 - made of constants
    where = {
        "schema": unit.catalogue.schema,
        "actor": asked.actor,
        "objects": _called(unit, asked.object) if asked.object is not None else None,
        "table": asked.table,
        "change_set": asked.change_set,
        "set": asked.set_name,
        "since": moment(unit, asked.since) if asked.since else None,
        "until": moment(unit, asked.until) if asked.until else None,
        "limit": asked.limit,
    }
    for row in unit.connection.execute(sa.text(text), where).mappings():
        found = {**row, "action": ACTIONS.get(row["action"], row["action"])}
        del found["seq"]
        yield found


def _parts(unit: Unit) -> list[str]:
    own, theirs = "change_set" in unit.catalogue.own, unit.has(AUDIT_LOG)
    return [OURS] * own + [THEIRS + IN_A_CHANGE_SET * own] * theirs


def moment(unit: Unit, text: str) -> datetime:
    """A date or moment as it is said, in UTC; or one that lies a span ago."""
    try:
        said = datetime.fromisoformat(text)
    except ValueError:
        return unit.now - (durations.add(text, unit.now) - unit.now)
    return said if said.tzinfo else said.replace(tzinfo=UTC)


def _called(unit: Unit, name: str) -> list[str]:
    """The keys of rows that bear a name, and the name itself."""
    stage, found = Stage(unit), [name]
    for kind in unit.kinds.index:
        entity = unit.kinds.entity(kind)
        for label in entity.names:
            found += [str(row[entity.key]) for row in stage.load(entity.table, label, [name])]
    return list(dict.fromkeys(found))


def change_set(unit: Unit, identifier: str) -> dict[str, Any]:
    """One change set with the images of its rows, none if they were pruned; or an audit row of the gateway's. Raises
    NotFound."""
    where = {"id": identifier, "schema": unit.catalogue.schema}
    if "change_set" in unit.catalogue.own:
        head = unit.connection.execute(sa.text(HEAD), where).mappings().first()
        if head is not None:
            rows = unit.connection.execute(sa.text(IMAGES), where).mappings()
            return {**head, "rows": [_shown(row) for row in rows]}
    if unit.has(AUDIT_LOG):
        row = unit.connection.execute(sa.text(LOGGED), where).mappings().first()
        if row is not None:
            names = ("audit_log", "at", "actor")
            return {name: row[name] for name in names} | {"rows": [_shown({k: row[k] for k in row if k not in names})]}
    raise NotFound(f"there is no change set {identifier!r}", "gwctl audit list shows those that there are.")


def _shown(row: Any) -> dict[str, Any]:
    values = {name: hidden.masked(row[name]) for name in ("before", "after")}
    return {**row, **values, "action": ACTIONS.get(row["action"], row["action"])}


def old(unit: Unit, older_than: str) -> dict[str, Any]:
    """How many change sets, with how many rows, lie longer ago than a span, as `moment` reads it."""
    until = moment(unit, older_than)
    counts = {"change_sets": 0, "rows": 0}
    if "change_set" in unit.catalogue.own:
        where = {"schema": unit.catalogue.schema, "until": until}
        counts = dict(unit.connection.execute(sa.text(OLD), where).mappings().one())
    return {**counts, "before": until}
