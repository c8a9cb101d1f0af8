"""Plug-ins: the manifest that the marketplace serves.

The manifest is JSON in a text column; a row without one, or with one that is no JSON, spoils the whole marketplace.
Source: proxy/anthropic_endpoints/claude_code_endpoints/claude_code_marketplace.py: register_plugin.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.errors import Invalid

PARTS = ("source", "version", "description", "author", "homepage", "keywords", "category")
"""What a manifest holds besides the name, in its order."""
RULED = ("source", "author", "homepage", "keywords", "category")


def create(_: Stage, changes: Sequence[Change]) -> None:
    for change in changes:
        if not change.fields.get("name"):
            change.refuse("a plug-in needs a name", "name", kind=Invalid)
        if not change.fields.get("source"):
            hint = '--source \'{"source": "github", "repo": "ORG/NAME"}\' says where its files lie.'
            change.refuse(f"plug-in {change.name!r} needs a source", "source", kind=Invalid, hint=hint)
        _write(change, {})


def update(_: Stage, changes: Sequence[Change]) -> None:
    """What is not given stays; the gateway's own second registration replaces all but `enabled`."""
    for change in changes:
        assert change.row is not None
        manifest = _manifest(change.row)
        if change.fields.keys() & {"name", *PARTS}:
            _write(change, manifest)
        elif "source" not in manifest:
            change.warn(f"plug-in {change.name!r} has no manifest that can be read: the marketplace is spoilt by it")


def look(_: Stage, rows: Sequence[Row]) -> Mapping[Any, Mapping[str, Any]]:
    """The fields that lie in the manifest; and `enabled`, of which false is to be told, too."""
    return {
        row["id"]: {**{name: _manifest(row).get(name) for name in RULED}, "enabled": row["enabled"]} for row in rows
    }


def _write(change: Change, manifest: Mapping[str, Any]) -> None:
    """The manifest anew: what was asked for over what was there, empty parts left out."""
    given = {name: change.fields[name] for name in PARTS if name in change.fields}
    kept = {name: value for name, value in manifest.items() if name not in ("name", *PARTS)}
    columns = {name: change.value(name) for name in ("version", "description")}
    parts = {**manifest, **columns, **given}
    whole = {"name": change.value("name"), **{name: parts[name] for name in PARTS if parts.get(name)}, **kept}
    if change.action == "update" and not whole.get("source"):
        change.refuse(f"plug-in {change.name!r} would have no source", "source", kind=Invalid)
    change.columns["manifest_json"] = json.dumps(whole)


def _manifest(row: Row) -> dict[str, Any]:
    """The stored manifest; of a row that has none, or none that can be read, nothing."""
    try:
        found = json.loads(row["manifest_json"] or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
