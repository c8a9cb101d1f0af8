"""An object's whole picture in words, as a table shows it; machines get it as the sub-object `overview`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gwctl.cli.render import values
from gwctl.cli.render.columns import Kind

FIELD = "overview"


def lines(overview: Mapping[str, Any]) -> dict[str, str]:
    """A line for each limit, the next reset and what belongs to the object."""
    found = {f"{one['limit']} ({_whose(one)})": _limit(one) for one in overview.get("limits", ())}
    if overview["next_reset"] is not None:
        found["next reset"] = values.for_person(overview["next_reset"], Kind.TIME)
    if overview.get("expired"):
        found["expired"] = "yes"
    if overview["counts"]:
        found["has"] = ", ".join(_counted(name, count) for name, count in overview["counts"].items())
    return found


def _whose(one: Mapping[str, Any]) -> str:
    return " ".join(part for part in (one["source"], one["name"]) if part)


def _limit(one: Mapping[str, Any]) -> str:
    if one["left"] is None:
        return values.for_person(one["value"], Kind.COUNT)
    value, left = (values.for_person(one[name], Kind.MONEY) for name in ("value", "left"))
    anew = f", anew {values.for_person(one['resets_at'], Kind.TIME)}" if one["resets_at"] is not None else ""
    idle = "" if one["enforced"] else "; the proxy does not hold to it"
    return f"{value}, {left} left{anew}{idle}"


def _counted(name: str, count: int) -> str:
    words = name.replace("_", " ").replace("jwt", "JWT")
    return f"{count} {words.removesuffix('s') if count == 1 else words}"
