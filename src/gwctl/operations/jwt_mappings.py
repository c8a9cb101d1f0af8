"""JWT claims that stand for keys (proxy/management_endpoints/jwt_key_mapping_endpoints.py).

The endpoint hashes whatever it is given as a key, hashes too; here a key is named like anywhere else.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.describe import Entity
from gwctl.errors import Conflict, NotFound, SchemaMismatch
from gwctl.rules.key_secrets import MAPPINGS


def add(stage: Stage, entity: Entity, row: Row, claim: str, value: str, description: str | None) -> list[Change]:
    """A claim and its value stand for a key from now on. Raises Conflict where they stand for one already."""
    table = stage.unit.table(MAPPINGS)
    if table is None:
        raise SchemaMismatch(f"this database has no {MAPPINGS}", "It needs gateway 1.82.2 or later.")
    stage.unit.lock(f"jwt:{claim}={value}")
    if stage.search(MAPPINGS, sa.and_(table.c.jwt_claim_name == claim, table.c.jwt_claim_value == value)):
        raise Conflict(
            f"claim {claim}={value} stands for a key already", "gwctl keys jwt-mappings list shows for which."
        )
    change = Change("update", entity, {}, row, audited="updated")
    values = {
        "id": str(uuid.uuid4()), "jwt_claim_name": claim, "jwt_claim_value": value, "token": row["token"],
        "description": description, "is_active": True, "created_by": stage.unit.actor, "updated_by": stage.unit.actor,
    }  # fmt: skip
    stage.insert(MAPPINGS, values, cause=change)
    return [change]


def update(
    stage: Stage, entity: Entity, identifier: str, values: Mapping[str, Any], key: Row | None = None
) -> list[Change]:
    """Another description or state of a mapping, or with `key` another key that the claim stands for.

    The claim and its value cannot change. Raises NotFound.
    """
    mapping = _mapping(stage, identifier)
    wanted = {**values, **({"token": key["token"]} if key is not None else {})}
    if all(mapping[name] == value for name, value in wanted.items()):
        return []
    row = key or stage.get(entity.table, mapping["token"])
    change = Change("update", entity, {}, row, audited="updated")
    stage.update(mapping, {**wanted, "updated_by": stage.unit.actor}, cause=change)
    return [change]


def _mapping(stage: Stage, identifier: str) -> Row:
    mapping = stage.get(MAPPINGS, identifier, change=True)
    if mapping is None:
        raise NotFound(
            f"there is no JWT mapping {identifier!r}", "gwctl keys jwt-mappings list shows those that there are."
        )
    return mapping


def remove(stage: Stage, entity: Entity, identifier: str) -> list[Change]:
    """A mapping goes. Raises NotFound."""
    mapping = _mapping(stage, identifier)
    key = stage.get(entity.table, mapping["token"])
    change = Change("update", entity, {}, key, audited="updated")
    stage.delete(mapping, cause=change)
    return [change]
