"""Access groups: models, MCP servers and agents under one name, given to teams and keys besides what those have."""

from __future__ import annotations

from gwctl.describe import Entity, Name, Names, Spec, Text


class AccessGroupSpec(Spec):
    access_group_name: Name | None = None
    """The group's name."""

    access_group_id: Name | None = None
    """The group's id; made if it is left out."""

    description: Text | None = None
    """What it is for."""

    access_model_names: Names | None = None
    """Models that it opens."""

    access_mcp_server_ids: Names | None = None
    """MCP servers that it opens, by server id."""

    access_agent_ids: Names | None = None
    """Agents that it opens, by agent id."""


ACCESS_GROUP = Entity(
    name="access_group",
    group="access-groups",
    table="LiteLLM_AccessGroupTable",
    key="access_group_id",
    spec=AccessGroupSpec,
    identity="access_group_name",
    names=("access_group_name",),
    columns=("access_group_name", "description", "access_model_names", "access_mcp_server_ids", "access_agent_ids", "…",
             "access_group_id", "assigned_team_ids", "assigned_key_ids", "created_at"),
    observed=("assigned_team_ids", "assigned_key_ids", "created_at", "created_by", "updated_at", "updated_by"),
    fixed=("access_group_id",),
)  # fmt: skip
