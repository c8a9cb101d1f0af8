"""Agents, tools, search providers, skills and plug-ins."""

from __future__ import annotations

from sqlalchemy import Index, PrimaryKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gwctl.schema.base import (
    Base,
    Binary,
    EmptyObject,
    Integer,
    Json,
    Moment,
    NoTexts,
    Now,
    On,
    SmallCount,
    Text,
    Zero,
    reference,
)


class Agent(Base):
    """An agent that the gateway routes to."""

    __tablename__ = "LiteLLM_AgentsTable"
    __table_args__ = (
        PrimaryKeyConstraint("agent_id", name="LiteLLM_AgentsTable_pkey"),
        Index("LiteLLM_AgentsTable_agent_name_key", "agent_name", unique=True),
    )

    agent_id: Mapped[Text]
    agent_name: Mapped[Text]
    litellm_params: Mapped[Json | None]
    agent_card_params: Mapped[Json]
    static_headers: Mapped[EmptyObject | None]
    extra_headers: Mapped[NoTexts | None]
    agent_access_groups: Mapped[NoTexts | None]
    object_permission_id: Mapped[Text | None] = mapped_column(
        reference("LiteLLM_ObjectPermissionTable.object_permission_id", "LiteLLM_AgentsTable_object_permission_id_fkey")
    )
    spend: Mapped[Zero]
    tpm_limit: Mapped[Integer | None]
    rpm_limit: Mapped[Integer | None]
    session_tpm_limit: Mapped[Integer | None]
    session_rpm_limit: Mapped[Integer | None]
    created_at: Mapped[Now]
    created_by: Mapped[Text]
    updated_at: Mapped[Now]
    updated_by: Mapped[Text]


class Tool(Base):
    """A tool that the gateway has seen, with what it may take in and give out."""

    __tablename__ = "LiteLLM_ToolTable"
    __table_args__ = (
        PrimaryKeyConstraint("tool_id", name="LiteLLM_ToolTable_pkey"),
        Index("LiteLLM_ToolTable_tool_name_key", "tool_name", unique=True),
        Index("LiteLLM_ToolTable_input_policy_idx", "input_policy"),
        Index("LiteLLM_ToolTable_output_policy_idx", "output_policy"),
        Index("LiteLLM_ToolTable_team_id_idx", "team_id"),
    )

    tool_id: Mapped[Text]
    tool_name: Mapped[Text]
    origin: Mapped[Text | None]
    input_policy: Mapped[Text] = mapped_column(server_default="untrusted")
    output_policy: Mapped[Text] = mapped_column(server_default="untrusted")
    call_count: Mapped[SmallCount]
    assignments: Mapped[EmptyObject | None]
    key_hash: Mapped[Text | None]
    team_id: Mapped[Text | None]
    key_alias: Mapped[Text | None]
    user_agent: Mapped[Text | None]
    last_used_at: Mapped[Moment | None]
    created_at: Mapped[Now]
    created_by: Mapped[Text | None]
    updated_at: Mapped[Now]
    updated_by: Mapped[Text | None]


class SearchTool(Base):
    """A search provider."""

    __tablename__ = "LiteLLM_SearchToolsTable"
    __table_args__ = (
        PrimaryKeyConstraint("search_tool_id", name="LiteLLM_SearchToolsTable_pkey"),
        Index("LiteLLM_SearchToolsTable_search_tool_name_key", "search_tool_name", unique=True),
    )

    search_tool_id: Mapped[Text]
    search_tool_name: Mapped[Text]
    litellm_params: Mapped[Json]
    search_tool_info: Mapped[Json | None]
    created_at: Mapped[Now]
    updated_at: Mapped[Moment]


class Skill(Base):
    """A skill; `file_content` holds its zip archive."""

    __tablename__ = "LiteLLM_SkillsTable"
    __table_args__ = (PrimaryKeyConstraint("skill_id", name="LiteLLM_SkillsTable_pkey"),)

    skill_id: Mapped[Text]
    display_title: Mapped[Text | None]
    description: Mapped[Text | None]
    instructions: Mapped[Text | None]
    source: Mapped[Text] = mapped_column(server_default="custom")
    latest_version: Mapped[Text | None]
    file_content: Mapped[Binary | None]
    file_name: Mapped[Text | None]
    file_type: Mapped[Text | None]
    metadata_: Mapped[EmptyObject | None] = mapped_column("metadata")
    created_at: Mapped[Now]
    created_by: Mapped[Text | None]
    updated_at: Mapped[Now]
    updated_by: Mapped[Text | None]


class Plugin(Base):
    """A plug-in of the marketplace."""

    __tablename__ = "LiteLLM_ClaudeCodePluginTable"
    __table_args__ = (
        PrimaryKeyConstraint("id", name="LiteLLM_ClaudeCodePluginTable_pkey"),
        Index("LiteLLM_ClaudeCodePluginTable_name_key", "name", unique=True),
    )

    id: Mapped[Text]
    name: Mapped[Text]
    version: Mapped[Text | None]
    description: Mapped[Text | None]
    manifest_json: Mapped[Text | None]
    files_json: Mapped[Text | None] = mapped_column(server_default="{}")
    enabled: Mapped[On]
    created_at: Mapped[Now | None]
    updated_at: Mapped[Now | None]
    created_by: Mapped[Text | None]
