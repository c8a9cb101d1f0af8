"""What an owner may reach beyond its list of models."""

from __future__ import annotations

from sqlalchemy import Index, PrimaryKeyConstraint
from sqlalchemy.orm import Mapped

from gwctl.schema.base import Base, Json, NoTexts, Now, Text


class ObjectPermission(Base):
    """MCP servers, vector stores, agents and models that the owner may reach."""

    __tablename__ = "LiteLLM_ObjectPermissionTable"
    __table_args__ = (PrimaryKeyConstraint("object_permission_id", name="LiteLLM_ObjectPermissionTable_pkey"),)

    object_permission_id: Mapped[Text]
    mcp_servers: Mapped[NoTexts | None]
    mcp_access_groups: Mapped[NoTexts | None]
    mcp_tool_permissions: Mapped[Json | None]
    vector_stores: Mapped[NoTexts | None]
    agents: Mapped[NoTexts | None]
    agent_access_groups: Mapped[NoTexts | None]
    models: Mapped[NoTexts | None]
    blocked_tools: Mapped[NoTexts | None]


class AccessGroup(Base):
    """A named bundle of models, MCP servers and agents, and the teams and keys that have it."""

    __tablename__ = "LiteLLM_AccessGroupTable"
    __table_args__ = (
        PrimaryKeyConstraint("access_group_id", name="LiteLLM_AccessGroupTable_pkey"),
        Index("LiteLLM_AccessGroupTable_access_group_name_key", "access_group_name", unique=True),
    )

    access_group_id: Mapped[Text]
    access_group_name: Mapped[Text]
    description: Mapped[Text | None]
    access_model_names: Mapped[NoTexts | None]
    access_mcp_server_ids: Mapped[NoTexts | None]
    access_agent_ids: Mapped[NoTexts | None]
    assigned_team_ids: Mapped[NoTexts | None]
    assigned_key_ids: Mapped[NoTexts | None]
    created_at: Mapped[Now]
    created_by: Mapped[Text | None]
    updated_at: Mapped[Now]
    updated_by: Mapped[Text | None]
