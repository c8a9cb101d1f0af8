"""Which sets there are, and what they own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from gwctl.core.unit import Unit

SETS = """
    SELECT o.set_name AS set, count(*) FILTER (WHERE position('.' in o.kind) = 0) AS objects, max(c.at) AS at
    FROM gwctl.owned_object o LEFT JOIN gwctl.change_set c ON c.id = o.change_set_id
    WHERE o.gateway_schema = :schema GROUP BY o.set_name ORDER BY o.set_name
"""

OBJECTS = """
    SELECT o.kind, o.object_id, c.at, c.actor, o.change_set_id AS change_set
    FROM gwctl.owned_object o LEFT JOIN gwctl.change_set c ON c.id = o.change_set_id
    WHERE o.gateway_schema = :schema AND o.set_name = :name ORDER BY o.kind, o.object_id
"""


def sets(unit: Unit) -> Iterator[dict[str, Any]]:
    """A record for each set."""
    if "owned_object" in unit.catalogue.own:
        yield from (
            dict(row) for row in unit.connection.execute(sa.text(SETS), {"schema": unit.catalogue.schema}).mappings()
        )


def objects(unit: Unit, name: str) -> list[dict[str, Any]]:
    """A record for each object of a set."""
    if "owned_object" not in unit.catalogue.own:
        return []
    where = {"schema": unit.catalogue.schema, "name": name}
    return [dict(row) for row in unit.connection.execute(sa.text(OBJECTS), where).mappings()]
