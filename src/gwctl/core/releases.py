"""With which release of the gateway its tables and columns came: for messages about a database that lacks them.

The oldest release that is told of is 1.75.9. What is not named here is older, or newer than the schema of record.
"""

from __future__ import annotations

from collections.abc import Mapping

from gwctl.errors import SchemaMismatch

KEYS, TEAMS = "VerificationToken", "TeamTable"

TABLES: Mapping[str, str] = {
    "1.79.3": "CacheConfig ManagedVectorStoreIndexTable SSOConfig SearchToolsTable TagTable",
    "1.80.5": "AgentsTable",
    "1.80.17": "DailyAgentSpend DailyEndUserSpend DailyOrganizationSpend DeletedTeamTable DeletedVerificationToken "
    "SkillsTable UISettings",
    "1.81.16": "AccessGroupTable DailyGuardrailMetrics DailyPolicyMetrics DeprecatedVerificationToken "
    "ManagedVectorStoreTable PolicyAttachmentTable PolicyTable ProjectTable SpendLogGuardrailIndex ToolTable",
    "1.82.0": "ClaudeCodePluginTable",
    "1.82.2": "ConfigOverrides JWTKeyMapping MCPUserCredentials SpendLogToolIndex",
}
"""Tables by the release that brought them, without the prefix that all have."""

COLUMNS: Mapping[str, Mapping[str, str]] = {
    "1.77.7": {
        KEYS: "auto_rotate key_rotation_at last_rotation_at rotation_count rotation_interval",
        "MCPServerTable": "allowed_tools extra_headers",
    },
    "1.79.3": {"MCPServerTable": "credentials static_headers", "ObjectPermissionTable": "mcp_tool_permissions"},
    "1.80.5": {"PromptTable": "version"},
    "1.80.17": {
        KEYS: "router_settings",
        TEAMS: "router_settings",
        "MCPServerTable": "allow_all_keys authorization_url registration_url token_url",
        "ObjectPermissionTable": "agents agent_access_groups",
        "SpendLogs": "agent_id organization_id",
    },
    "1.81.16": {
        KEYS: "access_group_ids agent_id last_active policies project_id",
        "DeletedVerificationToken": "access_group_ids last_active policies project_id",
        TEAMS: "access_group_ids allow_team_guardrail_config policies soft_budget",
        "DeletedTeamTable": "access_group_ids allow_team_guardrail_config policies soft_budget",
        "UserTable": "policies",
        "EndUserTable": "object_permission_id",
        "AgentsTable": "object_permission_id",
        "GuardrailsTable": "team_id",
        "MCPServerTable": "available_on_public_internet",
        "SpendLogs": "request_duration_ms",
        "ManagedObjectTable": "batch_processed",
        "ManagedVectorStoresTable": "team_id user_id",
    },
    "1.82.0": {"DeletedVerificationToken": "agent_id"},
    "1.82.2": {
        "MCPServerTable": "approval_status submitted_by submitted_at reviewed_at review_notes source_url is_byok "
        "byok_description byok_api_key_help_url spec_path tool_name_to_display_name tool_name_to_description",
        "ObjectPermissionTable": "models blocked_tools",
        "GuardrailsTable": "status submitted_at reviewed_at",
        "AgentsTable": "rpm_limit tpm_limit session_rpm_limit session_tpm_limit spend static_headers extra_headers",
        "ToolTable": "input_policy output_policy user_agent last_used_at",
    },
}
"""Columns by the release that brought them, to tables that were there before."""


def since(table: str, column: str = "") -> str:
    """The release that brought a table or a column; "" where it was always there, or is not known."""
    name = table.removeprefix("LiteLLM_")
    if column:
        for release, tables in COLUMNS.items():
            if column in tables.get(name, "").split():
                return release
    return next((release for release, tables in TABLES.items() if name in tables.split()), "")


def lacking(table: str, column: str = "", purpose: str = "") -> SchemaMismatch:
    """What to raise where a database lacks a table or a column; `purpose`: what it would be needed for."""
    release = since(table, column)
    what = f"{table}.{column}" if column else f"table {table}"
    needs = f"; it needs gateway {release} or later" if release else ""
    return SchemaMismatch(
        f"this database has no {what}{f', {purpose}' if purpose else ''}{needs}",
        "gwctl db check says which release it looks like.",
    )
