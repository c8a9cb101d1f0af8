"""Which entities and rules there are: names to modules, imported on first use.

The core is handed a `Kinds`; it never imports an entity or a rule itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from gwctl.describe import Entity, Ref, Refs, Ruled, Through, fields


@dataclass(frozen=True)
class Kinds:
    """`index`: entity name → (group, help). `describe`: entity name → its description. `rules`: the package of
    rules."""

    index: Mapping[str, tuple[str, str]]
    describe: Callable[[str], Entity]
    rules_package: str

    def entity(self, name: str) -> Entity:
        return self.describe(name)

    def of_group(self, group: str) -> Entity | None:
        """The entity of that group (`keys`) or kind (`key`)."""
        for name, (plural, _) in self.index.items():
            if group in (name, plural):
                return self.entity(name)
        return None

    def groups(self) -> list[str]:
        """The groups that manifests may hold."""
        return [group for name, (group, _) in self.index.items() if self.entity(name).in_manifests]

    def rules(self, entity: Entity) -> ModuleType | None:
        """The module of what the gateway does when such a thing changes, if it does anything."""
        name = f"{self.rules_package}.{entity.group.replace('-', '_')}"
        return import_module(name) if find_spec(name) else None

    def in_reference_order(self, names: set[str]) -> list[str]:
        """Those referred to come before those that refer."""
        graph: dict[str, set[str]] = {}
        for name in self.index:
            if name in names:
                described = self.entity(name)
                graph[name] = {*_referred(described), *described.after} & names - {name}
        return list(TopologicalSorter(graph).static_order())

    def are_referred_to(self, name: str, others: Iterable[str]) -> bool:
        """Whether things of one of the other kinds may refer to things of this kind."""
        return any(name in _referred(self.entity(other)) for other in others)


def _referred(entity: Entity) -> Iterator[str]:
    """The kinds that an entity's fields, or the items in them, refer to."""
    for field in entity.fields.values():
        if isinstance(field.place, Ref | Refs | Through | Ruled) and field.place.entity:
            yield field.place.entity
        elif isinstance(field.place, Ruled) and field.place.by:
            yield from (one.place.entity for one in fields(field.item).values() if isinstance(one.place, Ref))
