"""Who changed what, when and why: the change sets of gwctl."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from gwctl import durations
from gwctl.core.unit import Unit
from gwctl.errors import NotFound

LIST = """
    SELECT c.id AS change_set, c.at, c.actor, c.reason, i.action, i.table_name, i.object_id, c.command, c."session_user"
    FROM gwctl.change_set c JOIN gwctl.row_image i ON i.change_set_id = c.id
    WHERE c.gateway_schema = :schema
      AND (CAST(:actor AS text) IS NULL OR c.actor = :actor)
      AND (CAST(:object_id AS text) IS NULL OR i.object_id = :object_id)
      AND (CAST(:table AS text) IS NULL OR i.table_name IN (:table, 'LiteLLM_' || :table))
      AND (CAST(:change_set AS text) IS NULL OR c.id = :change_set)
      AND (CAST(:since AS timestamptz) IS NULL OR c.at >= :since)
    ORDER BY c.at DESC, c.id, i.seq
    LIMIT :limit
"""

HEAD = """
    SELECT id AS change_set, at, actor, "session_user", reason, command
    FROM gwctl.change_set WHERE id = :id AND gateway_schema = :schema
"""

IMAGES = """
    SELECT table_name, object_id, action, before, after
    FROM gwctl.row_image WHERE change_set_id = :id ORDER BY seq
"""

ACTIONS = {"insert": "created", "update": "updated", "delete": "deleted"}


def changes(
    unit: Unit,
    *,
    actor: str | None,
    object_id: str | None,
    table: str | None,
    change_set: str | None,
    since: str | None,
    limit: int,
) -> Iterator[dict[str, Any]]:
    """A record for each row that changed, the newest first. Nothing where gwctl has no tables of its own."""
    if "change_set" not in unit.catalogue.own:
        return
    start = unit.now - (durations.add(since, unit.now) - unit.now) if since else None
    asked = {
        "schema": unit.catalogue.schema,
        "actor": actor,
        "object_id": object_id,
        "table": table,
        "change_set": change_set,
        "since": start,
        "limit": limit,
    }
    for row in unit.connection.execute(sa.text(LIST), asked).mappings():
        yield {**row, "action": ACTIONS[row["action"]]}


def change_set(unit: Unit, identifier: str) -> dict[str, Any]:
    """One change set with the images of its rows. Raises NotFound."""
    where = {"id": identifier, "schema": unit.catalogue.schema}
    head = None
    if "change_set" in unit.catalogue.own:
        head = unit.connection.execute(sa.text(HEAD), where).mappings().first()
    if head is None:
        raise NotFound(f"there is no change set {identifier!r}", "gwctl audit list shows those that there are.")
    rows = [
        {**row, "action": ACTIONS[row["action"]]} for row in unit.connection.execute(sa.text(IMAGES), where).mappings()
    ]
    return {**head, "rows": rows}
