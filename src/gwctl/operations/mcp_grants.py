"""MCP servers given to owners and taken from them, with all of their tools or some.

The gateway has no endpoint for one server: it replaces whole lists. A permission row that others share is copied for
the owner. Source: proxy/management_helpers/object_permission_utils.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gwctl.core import changes, linking, sharing
from gwctl.core.binding import Edit
from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.describe import Entity
from gwctl.rules import mcp_reach

UNASKED = frozenset({"user", "org", "project"})
"""Owners whose permissions the proxy of record does not ask for MCP servers."""
ASKED_FROM = (1, 110)


def grant(
    stage: Stage, entity: Entity, owners: Sequence[Row], server: Row, tools: Sequence[str] | None
) -> list[Change]:
    """Owners of a kind may reach the server; with `tools`, those of its tools alone."""
    held, wanted = _held(stage, entity, owners), []
    for owner in owners:
        fields: dict[str, Any] = {"mcp_servers": Edit(add=(server["server_id"],))}
        if tools is not None:
            fields["mcp_tool_permissions"] = {**_tools(held.get(id(owner))), server["server_id"]: list(tools)}
        wanted.append(fields)
    made = changes.update(stage, entity, owners, wanted)
    if entity.name in UNASKED and stage.unit.release < ASKED_FROM:
        for change in made:
            change.warn(f"this gateway's release does not ask what {entity.group} may reach of MCP servers")
    return made


def revoke(stage: Stage, entity: Entity, owners: Sequence[Row], server: Row) -> list[Change]:
    """Owners of a kind may not reach the server by their own lists; refused where that would lift a limit."""
    held, wanted = _held(stage, entity, owners), []
    opened = []
    for owner in owners:
        permission = held.get(id(owner))
        fields: dict[str, Any] = {"mcp_servers": Edit(remove=(server["server_id"],))}
        tools = _tools(permission)
        if server["server_id"] in tools:
            left = {name: listed for name, listed in tools.items() if name != server["server_id"]}
            fields["mcp_tool_permissions"] = left
        wanted.append(fields)
        if permission is not None and mcp_reach.named(permission) == {server["server_id"]}:
            opened.append(owner)
    made = changes.update(stage, entity, owners, wanted)
    for change in made:
        if change.row in opened:
            mcp_reach.refuse_opening(stage, change, [change.row])
    return made


def _held(stage: Stage, entity: Entity, owners: Sequence[Row]) -> dict[int, Row]:
    """The permission rows of owners."""
    looked = linking.looked_at(stage, entity, owners)
    return {owner: rows[sharing.PERMISSIONS] for owner, rows in looked.items() if sharing.PERMISSIONS in rows}


def _tools(permission: Row | None) -> dict[str, Any]:
    return permission.object("mcp_tool_permissions") if permission is not None else {}
