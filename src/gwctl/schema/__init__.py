"""The gateway's 57 tables by domain, and gwctl's own (`own`), without behaviour.

Which module declares a table is data, so that a command loads the tables it uses and no others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Table

TABLES: dict[str, str] = {
    "LiteLLM_BudgetTable": "budgets",
    "LiteLLM_VerificationToken": "keys",
    "LiteLLM_DeprecatedVerificationToken": "keys",
    "LiteLLM_DeletedVerificationToken": "keys",
    "LiteLLM_JWTKeyMapping": "keys",
    "LiteLLM_OrganizationTable": "orgs",
    "LiteLLM_OrganizationMembership": "orgs",
    "LiteLLM_TeamTable": "teams",
    "LiteLLM_TeamMembership": "teams",
    "LiteLLM_DeletedTeamTable": "teams",
    "LiteLLM_ProjectTable": "teams",
    "LiteLLM_UserTable": "users",
    "LiteLLM_InvitationLink": "users",
    "LiteLLM_UserNotifications": "users",
    "LiteLLM_EndUserTable": "customers",
    "LiteLLM_TagTable": "customers",
    "LiteLLM_ObjectPermissionTable": "access",
    "LiteLLM_AccessGroupTable": "access",
    "LiteLLM_ProxyModelTable": "models",
    "LiteLLM_ModelTable": "models",
    "LiteLLM_CredentialsTable": "models",
    "LiteLLM_MCPServerTable": "mcp",
    "LiteLLM_MCPUserCredentials": "mcp",
    "LiteLLM_AgentsTable": "agents",
    "LiteLLM_ToolTable": "agents",
    "LiteLLM_SearchToolsTable": "agents",
    "LiteLLM_SkillsTable": "agents",
    "LiteLLM_ClaudeCodePluginTable": "agents",
    "LiteLLM_GuardrailsTable": "policies",
    "LiteLLM_PolicyTable": "policies",
    "LiteLLM_PolicyAttachmentTable": "policies",
    "LiteLLM_PromptTable": "policies",
    "LiteLLM_SpendLogs": "spend",
    "LiteLLM_ErrorLogs": "spend",
    "LiteLLM_SpendLogGuardrailIndex": "spend",
    "LiteLLM_SpendLogToolIndex": "spend",
    "LiteLLM_DailyUserSpend": "daily",
    "LiteLLM_DailyTeamSpend": "daily",
    "LiteLLM_DailyOrganizationSpend": "daily",
    "LiteLLM_DailyEndUserSpend": "daily",
    "LiteLLM_DailyAgentSpend": "daily",
    "LiteLLM_DailyTagSpend": "daily",
    "LiteLLM_DailyGuardrailMetrics": "daily",
    "LiteLLM_DailyPolicyMetrics": "daily",
    "LiteLLM_ManagedFileTable": "files",
    "LiteLLM_ManagedObjectTable": "files",
    "LiteLLM_ManagedVectorStoreTable": "files",
    "LiteLLM_ManagedVectorStoresTable": "files",
    "LiteLLM_ManagedVectorStoreIndexTable": "files",
    "LiteLLM_Config": "state",
    "LiteLLM_ConfigOverrides": "state",
    "LiteLLM_CacheConfig": "state",
    "LiteLLM_SSOConfig": "state",
    "LiteLLM_UISettings": "state",
    "LiteLLM_CronJob": "state",
    "LiteLLM_HealthCheckTable": "state",
    "LiteLLM_AuditLog": "audit",
}


def table(name: str) -> Table:
    """The table of that name in the database, as `LiteLLM_TeamTable`; loads the one module that declares it."""
    from importlib import import_module

    import_module(f"{__name__}.{TABLES[name]}")
    from gwctl.schema.base import Base

    return Base.metadata.tables[name]
