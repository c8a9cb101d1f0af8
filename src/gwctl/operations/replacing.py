"""Deletes things and puts another in their place wherever they are named.

What is done is the rules' own deletion; before it, names are exchanged, so that no list becomes empty and no limit is
lost by it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from gwctl.core import changes, references
from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.describe import Entity
from gwctl.errors import Invalid


def delete(stage: Stage, entity: Entity, rows: Sequence[Row], name: str) -> list[Change]:
    """The deletion of `rows`, with what `name` stands for in their place. Raises NotFound and Conflict for a name that
    stands for nothing or several, Invalid where it is one of those that go."""
    rules = stage.unit.kinds.rules(entity)
    assert rules is not None
    heir = _heir(stage, entity, name)
    if any(row is heir for row in rows):
        raise Invalid(f"{name!r} is to be deleted itself", "--replace-with names another, which stays.")
    swaps = [Change("delete", entity, {}, row) for row in rows]
    stage.seize(rows)
    rules.replace(stage, swaps, heir)
    deletions = changes.delete(stage, entity, rows)
    for swap, deletion in zip(swaps, deletions, strict=True):
        deletion.troubles += swap.troubles
        deletion.warnings += swap.warnings
        effects = stage.effects.setdefault(id(deletion), Counter())
        effects.update(stage.effects.pop(id(swap), Counter()))
    return deletions


def _heir(stage: Stage, entity: Entity, name: str) -> Row:
    known = getattr(stage.unit.kinds.rules(entity), "heir", None)
    row: Row | None = known(stage, name) if known is not None else None
    return row or references.one(stage, entity, name)
