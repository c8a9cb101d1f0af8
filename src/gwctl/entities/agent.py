"""Agents: what the gateway routes agent-to-agent calls to."""

from __future__ import annotations

from typing import Annotated

from gwctl.describe import Count, Entity, JsonObject, Merged, Name, Names, OpenNames, Sealed, Spec, Through


class AgentSpec(Spec):
    agent_name: Name | None = None
    """The agent's name."""

    agent_id: Name | None = None
    """The agent's id; made if it is left out."""

    agent_card_params: Annotated[JsonObject | None, Merged()] = None
    """Its agent card: name, description, url, version, capabilities, skills, …; merged by key, null removes one."""

    litellm_params: Annotated[JsonObject | None, Merged(), Sealed(plain=True)] = None
    """How it is called; merged by key, null removes one. The gateway stores it in plain text."""

    static_headers: Annotated[JsonObject | None, Merged(), Sealed(plain=True)] = None
    """Headers that are sent with each call: {"NAME": "VALUE"}. The gateway stores them in plain text."""

    extra_headers: Names | None = None
    """Headers of requests that are passed on, by name."""

    agent_access_groups: Names | None = None
    """Groups that it is in; whoever may call a group calls it."""

    tpm_limit: Count | None = None
    """Tokens per minute."""

    rpm_limit: Count | None = None
    """Requests per minute."""

    session_tpm_limit: Count | None = None
    """Tokens per minute of one session."""

    session_rpm_limit: Count | None = None
    """Requests per minute of one session."""

    mcp_servers: Annotated[Names | None, Through()] = None
    """MCP servers that it may reach, by server id."""

    mcp_access_groups: Annotated[Names | None, Through()] = None
    """Groups of MCP servers that it may reach."""

    mcp_tool_permissions: Annotated[JsonObject | None, Through(entity="mcp")] = None
    """Tools that it may call on a server: {"SERVER": ["TOOL", ...]}."""

    agents: Annotated[OpenNames | None, Through(entity="agent")] = None
    """Agents that it may call; an empty list means all."""

    models: Annotated[Names | None, Through()] = None
    """Models that it may call; stored, but not enforced by the proxy."""


AGENT = Entity(
    name="agent",
    group="agents",
    table="LiteLLM_AgentsTable",
    key="agent_id",
    spec=AgentSpec,
    identity="agent_name",
    names=("agent_name",),
    columns=("agent_name", "agent_access_groups", "spend", "tpm_limit", "rpm_limit", "mcp_servers", "…", "agent_id",
             "session_tpm_limit", "session_rpm_limit", "created_at", "created_by"),
    observed=("spend", "created_at", "created_by", "updated_at", "updated_by"),
    fixed=("agent_id",),
)  # fmt: skip
