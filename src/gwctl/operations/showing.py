"""What everybody is shown: MCP servers and agents that the proxy's public pages list.

The gateway's make_public writes its whole configuration into the database, the master key in the clear; here one entry
of litellm_settings changes. Source: proxy/management_endpoints/mcp_management_endpoints.py (make_mcp_servers_public),
proxy/agent_endpoints/endpoints.py (make_agent_public).
"""

from __future__ import annotations

from collections.abc import Sequence

from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.describe import Entity
from gwctl.operations import settings
from gwctl.rules import agents, mcp, setting_places

LISTS = {"mcp": mcp.PUBLIC, "agent": agents.PUBLIC}
SECTION = "litellm_settings"


def show(stage: Stage, entity: Entity, rows: Sequence[Row]) -> list[Change]:
    """Puts things on the list; those that are there already stay where they are."""
    held = _listed(stage, entity)
    ids = [str(row[entity.key]) for row in rows]
    return _put(stage, entity, [*held, *(one for one in ids if one not in held)])


def hide(stage: Stage, entity: Entity, rows: Sequence[Row]) -> list[Change]:
    """Takes things off the list."""
    ids = {str(row[entity.key]) for row in rows}
    held = _listed(stage, entity)
    return _put(stage, entity, [one for one in held if one not in ids]) if ids & set(held) else []


def _listed(stage: Stage, entity: Entity) -> list[str]:
    row = stage.get(setting_places.CONFIG, SECTION)
    found = row.object("param_value").get(LISTS[entity.name]) if row is not None else None
    return [str(one) for one in found] if isinstance(found, list) else []


def _put(stage: Stage, entity: Entity, ids: list[str]) -> list[Change]:
    setting = stage.unit.kinds.entity("setting")
    return settings.set_value(stage, setting, [SECTION, LISTS[entity.name]], ids)
