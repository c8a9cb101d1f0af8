"""The policy of a tool: for everybody, or blocked for one key or team.

Source: proxy/management_endpoints/tool_management_endpoints.py (update_tool_policy, delete_tool_policy_override).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gwctl.core import changes, linking, references, sharing
from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.describe import Entity
from gwctl.errors import NotFound

BLOCKED = "blocked_tools"


def set_policy(stage: Stage, entity: Entity, name: str, wanted: Mapping[str, Any]) -> list[Change]:
    """For everybody. A tool that no proxy has seen yet is noted."""
    found = references.find(stage, entity, [name], change=True)
    row = found.rows.get(name)
    if row is not None:
        return changes.update(stage, entity, [row], [wanted])
    if not isinstance(found.errors[name], NotFound):
        raise found.errors[name]
    return changes.create(stage, entity, [{"tool_name": name, **wanted}])


def block(stage: Stage, owner: Entity, row: Row, tool: str) -> list[Change]:
    """For one key or team. It need not have been seen."""
    held = _held(stage, row)
    return [] if tool in held else [_put(stage, owner, row, [*held, tool])]


def unblock(stage: Stage, owner: Entity, row: Row, tool: str) -> list[Change]:
    """What was blocked for one key or team is so no more; what is blocked for everybody stays so. Raises NotFound."""
    held = _held(stage, row)
    if tool not in held:
        name = next((row[one] for one in owner.names if row[one]), row[owner.key])
        raise NotFound(f"tool {tool!r} is not blocked for {owner.name} {name!r}", f"gwctl {owner.group} get shows it.")
    return [_put(stage, owner, row, [one for one in held if one != tool])]


def _held(stage: Stage, row: Row) -> list[str]:
    permission = stage.get(sharing.PERMISSIONS, row["object_permission_id"]) if row["object_permission_id"] else None
    return permission.items(BLOCKED) if permission else []


def _put(stage: Stage, owner: Entity, row: Row, wanted: list[str]) -> Change:
    change = Change("update", owner, {}, row, audited="updated")
    change.linked = {sharing.PERMISSIONS: {BLOCKED: wanted}}
    linking.link(stage, [change])
    if change.columns:
        stage.update(row, change.columns, cause=change, audited="updated")
    return change
