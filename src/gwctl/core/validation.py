"""Whether an object is what its description says: all that is wrong with it, in a person's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any

from pydantic import ValidationError

from gwctl.describe import Entity, Inside, Ruled, Spec
from gwctl.describe import fields as fields_of


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong, and where in the object: the path as text and as parts."""

    message: str
    parts: tuple[str | int, ...] = ()
    at_key: bool = False
    """The name itself is wrong, not its value."""

    @property
    def path(self) -> str:
        return ".".join(str(part) for part in self.parts)


KINDS = {
    "float_type": "should be a number", "float_parsing": "should be a number", "int_type": "should be a whole number",
    "int_parsing": "should be a whole number", "int_from_float": "should be a whole number",
    "int_parsing_size": "is too large",
    "string_type": "should be text", "bool_type": "should be true or false", "bool_parsing": "should be true or false",
    "list_type": "should be a list", "dict_type": "should be an object of names and values",
    "model_type": "should be an object",
    "model_attributes_type": "should be an object", "datetime_type": "should be a moment such as 2026-03-31T12:00:00Z",
    "finite_number": "should be a finite number", "string_too_short": "should not be empty",
    "string_unicode": "holds half a character, which the database cannot store", "missing": "is missing",
}  # fmt: skip


def fields(entity: Entity, data: Mapping[str, Any], *, textual: bool = False) -> tuple[dict[str, Any], list[Wrong]]:
    """The fields of an object as its Spec takes them, and what is wrong with it. `textual`: values came as text."""
    data, doubles = _lifted(entity, data)
    if doubles:
        return {}, doubles
    try:
        spec = entity.spec.model_validate(data, strict=not textual)
    except ValidationError as error:
        return {}, [_worded(entity, found) for found in error.errors(include_url=False)]
    except UnicodeEncodeError:
        return {}, [Wrong("holds half a character, which the database cannot store")]
    given = spec.__dict__
    values = {name: given[name] for name in spec.model_fields_set}
    for name, by in _lists_of_objects(entity.spec).items():
        if values.get(name):
            values[name] = [item.model_dump(exclude_unset=True) for item in values[name]]
            doubles += _doubles(name, by, [item[by] if by else item for item in values[name]])
    return ({}, doubles) if doubles else (values, [])


def _doubles(name: str, by: str | None, given: Sequence[Any]) -> list[Wrong]:
    """Of a list of objects: each is told of once."""
    return [
        Wrong(f"{value!r} is told of twice in {name}", (name, index, by) if by else (name, index))
        for index, value in enumerate(given)
        if value in given[:index]
    ]


def _lifted(entity: Entity, data: Mapping[str, Any]) -> tuple[Mapping[str, Any], list[Wrong]]:
    """Entries of a merged object that are fields of their own become these fields; given twice, they are wrong."""
    lifted: dict[str, Any] = {}
    doubles: list[Wrong] = []
    for name, own in _fields_inside(entity.spec).items():
        if not isinstance(data.get(name), dict) or own.isdisjoint(data[name]):
            continue
        lifted = lifted or dict(data)
        lifted[name] = {key: value for key, value in data[name].items() if key not in own}
        for key in own & data[name].keys():
            if key in data:
                doubles.append(
                    Wrong(f"{key} is given as a field and inside {name}: one of them is enough", (name, key))
                )
            lifted[key] = data[name][key]
        if not lifted[name] and data[name]:
            del lifted[name]
    return lifted or data, doubles


@cache
def _fields_inside(spec: type[Spec]) -> Mapping[str, frozenset[str]]:
    """Merged objects, and those of their entries that are fields of their own."""
    known = fields_of(spec)
    return {
        name: frozenset(
            key for key, one in known.items() if isinstance(one.place, Inside) and one.place.column == field.column
        )
        for name, field in known.items()
        if field.merged
    }


@cache
def _lists_of_objects(spec: type[Spec]) -> Mapping[str, str | None]:
    """Lists of objects, and the field that tells their items apart; None where they are told apart by value."""
    return {
        name: field.place.by
        for name, field in fields_of(spec).items()
        if isinstance(field.place, Ruled) and field.place.of_objects
    }


def _worded(entity: Entity, error: Any) -> Wrong:
    parts = tuple(part for part in error["loc"] if not (isinstance(part, str) and part.startswith("function-")))
    kind, context = error["type"], error.get("ctx") or {}
    match kind:
        case "extra_forbidden":
            return Wrong(_unknown(entity, parts), parts, at_key=True)
        case "value_error":
            return Wrong(str(context.get("error", error["msg"])), parts)
        case "greater_than_equal":
            return Wrong(f"should not be below {context['ge']}", parts)
        case "less_than_equal":
            return Wrong(f"is too large: at most {context['le']} can be stored", parts)
        case "literal_error":
            return Wrong(f"should be {context['expected']}{_nearest(error['input'], context['expected'])}", parts)
    given = error.get("input")
    message = KINDS.get(kind, error["msg"][:1].lower() + error["msg"][1:])
    return Wrong(f"{message}, not {_what(given)}" if kind.endswith(("_type", "_parsing")) else message, parts)


def _unknown(entity: Entity, parts: Sequence[str | int]) -> str:
    name = str(parts[-1])
    names = list(entity.fields) if len(parts) == 1 else _names_of_items(entity, parts)
    if len(parts) == 1 and name in entity.observed:
        return f"{name} is looked at, not set"
    near = get_close_matches(name, names, n=1, cutoff=0.6)
    return f"there is no field {name!r}" + (f"; did you mean {near[0]!r}?" if near else "")


def _names_of_items(entity: Entity, parts: Sequence[str | int]) -> list[str]:
    item = entity.fields[str(parts[0])].item if str(parts[0]) in entity.fields else None
    return list(getattr(item, "model_fields", {}))


def _nearest(given: Any, expected: str) -> str:
    choices = [choice.strip("' ") for choice in expected.replace(" or ", ", ").split(",")]
    near = get_close_matches(str(given), choices, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _what(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case str():
            return "text"
        case int() | float():
            return "a number"
        case list():
            return "a list"
        case dict():
            return "an object"
    return type(value).__name__
