"""The forms of an export: YAML and JSON map groups to lists of objects, of JSON Lines each bears its kind."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from textwrap import indent
from typing import Any

from gwctl.core import export
from gwctl.core.export import Only
from gwctl.core.listing import Query
from gwctl.core.manifest.writing import dump
from gwctl.core.unit import Unit
from gwctl.describe import Entity

EMPTY_JSON = "{}\n"


@dataclass(frozen=True)
class Export:
    """What is exported: of `only` some kinds those objects of which a condition is true, else everything."""

    unit: Unit
    query: Query
    with_hashes: bool = False
    only: Mapping[str, Only] | None = None

    def present(self, entities: Iterable[Entity]) -> list[Entity]:
        """The kinds of which there may be any."""
        return export.present(self.unit, [one for one in entities if self.only is None or one.name in self.only])

    def documents(self, entity: Entity) -> Iterator[dict[str, Any]]:
        return export.documents(self.unit, entity, self.query, with_hashes=self.with_hashes, only=self._only(entity))

    def lines(self, entity: Entity) -> Iterator[str]:
        return export.lines(self.unit, entity, self.query, with_hashes=self.with_hashes, only=self._only(entity))

    def _only(self, entity: Entity) -> Only:
        return None if self.only is None else self.only[entity.name]


def texts(form: str, exported: Export, entities: Iterable[Entity]) -> Iterator[str]:
    """The text of a manifest, in pieces."""
    match form:
        case "json":
            yield from _json(exported, entities)
        case "jsonl":
            for entity in entities:
                yield from exported.lines(entity)
        case _:
            for entity in entities:
                yield from _yaml(entity.group, exported.documents(entity))


def _yaml(group: str, documents: Iterator[dict[str, Any]]) -> Iterator[str]:
    heading = f"{group}:\n"
    for document in documents:
        text = dump([document])
        yield heading + "".join(f"  {line}\n" for line in text.splitlines())
        heading = ""


def _json(exported: Export, entities: Iterable[Entity]) -> Iterator[str]:
    before, opening = "{", ""
    for entity in entities:
        opening = f'{before}\n  "{entity.group}": [\n'
        for document in exported.documents(entity):
            yield opening + indent(json.dumps(document, ensure_ascii=False, indent=2), "    ")
            before, opening = "\n  ],", ",\n"
    yield EMPTY_JSON if before == "{" else "\n  ]\n}\n"
