"""The JSON Schema of manifests, made of the descriptions of entities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gwctl.core.entry_judge import RENAMED
from gwctl.core.kinds import Kinds
from gwctl.describe import Entity, Field, Spec, fields

ELSEWHERE = {
    "oneOf": [
        {
            "type": "object",
            "properties": {"env": {"type": "string"}},
            "required": ["env"],
            "additionalProperties": False,
        },
        {
            "type": "object",
            "properties": {"file": {"type": "string"}},
            "required": ["file"],
            "additionalProperties": False,
        },
    ]
}
"""A secret that lies elsewhere."""


def schema(kinds: Kinds) -> dict[str, Any]:
    """A manifest maps groups to lists of objects."""
    definitions: dict[str, Any] = {}
    groups: dict[str, Any] = {}
    for name, (group, text) in kinds.index.items():
        if not kinds.entity(name).in_manifests:
            continue
        described = _object(kinds.entity(name))
        definitions |= described.pop("$defs", {})
        definitions[name] = described
        groups[group] = {"type": ["array", "null"], "description": text, "items": {"$ref": f"#/$defs/{name}"}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "gwctl manifest",
        "type": ["object", "null"],
        "properties": groups,
        "additionalProperties": False,
        "$defs": definitions,
    }


def _object(entity: Entity) -> dict[str, Any]:
    found = entity.spec.model_json_schema(ref_template="#/$defs/{model}")
    found["title"] = entity.name
    _explain(found["properties"], entity.fields)
    for name, field in entity.fields.items():
        if field.elsewhere:
            del found["properties"][name]
            continue
        if isinstance(field.item, type) and issubclass(field.item, Spec):
            _explain(found["$defs"][field.item.__name__]["properties"], fields(field.item))
        if field.masked:
            found["properties"][name] = {"description": field.help, **ELSEWHERE}
    found["properties"][RENAMED] = {
        "type": "string",
        "description": "The name that it had: it is renamed, with all that belongs to it.",
    }
    return found


def _explain(properties: dict[str, Any], known: Mapping[str, Field]) -> None:
    for name, field in known.items():
        properties[name].pop("default", None)
        properties[name].pop("title", None)
        properties[name]["description"] = field.help
