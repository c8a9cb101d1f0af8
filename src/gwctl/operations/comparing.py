"""Two gateways compared: what another one has, as a manifest that this one is held against.

Ids are another gateway's own and say nothing here; objects are matched by name. Secrets, and whatever an export masks,
are not compared.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import IO, Any

from gwctl.core import export, images
from gwctl.core.judging import Manifest
from gwctl.core.listing import Query
from gwctl.core.plan import Plan, Step
from gwctl.core.unit import Unit
from gwctl.describe import Entity


def write(unit: Unit, entities: list[Entity], file: IO[str]) -> None:
    """Writes a gateway's objects to a file as JSON Lines."""
    for entity in entities:
        for document in export.documents(unit, entity, Query()):
            file.write(json.dumps({"kind": entity.group, **_comparable(document)}, ensure_ascii=False) + "\n")


def _comparable(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if not images.masked_parts(value)}


def with_surplus(unit: Unit, plan: Plan, manifest: Manifest, entities: list[Entity]) -> Plan:
    """The plan, and beside it what this gateway has and the other does not."""
    for step in _surplus(unit, manifest, entities):
        plan.add(step)
    return plan


def _surplus(unit: Unit, manifest: Manifest, entities: list[Entity]) -> Iterator[Step]:
    for entity in entities:
        for document in export.documents(unit, entity, Query()):
            name = document.get(entity.identity) or document.get(entity.key)
            if not manifest.names_object(entity.name, str(name)):
                yield Step("delete", entity.name, str(name), str(document.get(entity.key, name)), {})
