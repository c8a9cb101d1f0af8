"""Indexes of vector stores (proxy/vector_store_endpoints/endpoints.py, index_create)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.errors import Invalid
from gwctl.rules import named_lists

OWNERS = ("LiteLLM_VerificationToken", "LiteLLM_TeamTable")
FIELD = "allowed_vector_store_indexes"


def create(_stage: Stage, changes: Sequence[Change]) -> None:
    for change in changes:
        params = change.columns.get("litellm_params") or {}
        for name in ("vector_store_index", "vector_store_name"):
            if not params.get(name):
                change.refuse(f"an index needs its {name}", name, kind=Invalid)
        if not change.columns.get("index_name"):
            change.refuse("an index needs a name", "index_name", kind=Invalid)


def delete(stage: Stage, changes: Sequence[Change]) -> None:
    """No endpoint deletes one. Keys and teams have rights to an index by its name; the last right of a list does not go
    unasked, for a list that is empty limits nothing."""
    gone = {change.name: change for change in changes}
    rows = _naming(stage, gone)
    for name, change in gone.items():
        emptied = [row for row, held in rows if all(_name(one) in gone for one in held) and _name(held[0]) == name]
        if emptied:
            named_lists.refuse(stage, change, named_lists.whose(stage, emptied), "use every index")
    if not any(change.troubles for change in changes):
        _rewrite(stage, rows, gone, lambda entry: None if _name(entry) in gone else entry)


def replace(stage: Stage, changes: Sequence[Change], heir: Row) -> None:
    """Another index in the place of these, with the same rights."""
    gone = {change.name: change for change in changes}
    new = heir["index_name"]
    _rewrite(stage, _naming(stage, gone), gone,
             lambda entry: {**entry, "index_name": new} if _name(entry) in gone else entry)  # fmt: skip


def _naming(stage: Stage, names: Iterable[str]) -> list[tuple[Row, list[Any]]]:
    """Keys and teams, locked, with rights to one of these indexes, and all of their rights."""
    wanted, found = list(names), []
    for table in OWNERS:
        live = stage.unit.table(table)
        if live is None or "metadata" not in live.c:
            continue
        clause = sa.or_(*(live.c.metadata[FIELD].contains([{"index_name": name}]) for name in wanted))
        for row in stage.search(table, clause, change=True):
            held = row.object("metadata").get(FIELD)
            if isinstance(held, list) and any(_name(one) in wanted for one in held):
                found.append((row, held))
    return found


def _rewrite(
    stage: Stage, rows: Iterable[tuple[Row, list[Any]]], gone: named_lists.Gone, other: Callable[[Any], Any]
) -> None:
    for row, held in rows:
        change = next(gone[name] for one in held if (name := _name(one)) in gone)
        left: dict[str, Any] = {}
        for entry in held:
            new = other(entry)
            if new is not None:
                left.setdefault(_name(new), new)
        named_lists.put(stage, row, {"metadata": {**row.object("metadata"), FIELD: list(left.values())}}, change)


def _name(entry: Any) -> str:
    return str(entry.get("index_name")) if isinstance(entry, dict) else str(entry)
