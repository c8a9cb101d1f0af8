"""Where the gateway keeps its settings, which of them it seals, and when a running proxy acts on a change.

Sources: proxy/proxy_server.py (_update_config_from_db, _add_router_settings_from_db_config, save_config and the
config endpoints), proxy/management_endpoints/ui_sso.py, proxy/management_endpoints/cache_settings_endpoints.py and
config_override_endpoints.py, proxy/ui_crud_endpoints/proxy_setting_endpoints.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

CONFIG = "LiteLLM_Config"


@dataclass(frozen=True, slots=True)
class Place:
    """The row of a section: its table, the column and value that identify it, and the column that holds it."""

    table: str
    key: str
    id: str
    column: str


OWN_TABLES: Mapping[str, Place] = {
    "ui_settings": Place("LiteLLM_UISettings", "id", "ui_settings", "ui_settings"),
    "cache_settings": Place("LiteLLM_CacheConfig", "id", "cache_config", "cache_settings"),
    "sso_settings": Place("LiteLLM_SSOConfig", "id", "sso_config", "sso_settings"),
    "hashicorp_vault": Place("LiteLLM_ConfigOverrides", "config_type", "hashicorp_vault", "config_value"),
}
"""Sections with a table of their own."""

READ = (
    "general_settings", "router_settings", "litellm_settings", "environment_variables", "cloudzero_settings",
    "vantage_settings", "model_cost_map_reload_config", "anthropic_beta_headers_reload_config",
)  # fmt: skip
"""Rows of LiteLLM_Config that a proxy reads; any other lies there without effect."""
SEALED_WHOLE = frozenset({"environment_variables", "cache_settings", "sso_settings", "hashicorp_vault"})
"""Sections of which the gateway seals every text."""
SEALED_PARTS = {
    "cloudzero_settings": frozenset({"api_key"}),
    "vantage_settings": frozenset({"api_key", "integration_token"}),
}

ROUTER_LIVE = frozenset({
    "routing_strategy", "routing_strategy_args", "allowed_fails", "cooldown_time", "num_retries", "timeout",
    "max_retries", "retry_after", "fallbacks", "context_window_fallbacks", "model_group_retry_policy",
    "model_group_alias",
})  # fmt: skip
GENERAL_LIVE = frozenset({
    "max_parallel_requests", "global_max_parallel_requests", "alerting", "alert_types", "alert_to_webhook_url",
    "alerting_args", "pass_through_endpoints", "ui_access_mode", "store_prompts_in_spend_logs", "store_model_in_db",
    "maximum_spend_logs_retention_period",
})  # fmt: skip
LITELLM_LIVE = frozenset({
    "public_mcp_servers", "public_agent_groups", "public_model_groups", "public_model_groups_links",
    "default_internal_user_params", "default_team_params", "cost_discount_config", "cost_margin_config",
    "mcp_semantic_tool_filter", "callbacks", "success_callback", "failure_callback",
})  # fmt: skip
POLLED, RESTART = "within 30 seconds", "after a restart"


def place_of(section: str) -> Place:
    return OWN_TABLES.get(section) or Place(CONFIG, "param_name", section, "param_value")


def is_sealed(section: str, key: str) -> bool:
    """Whether the gateway seals the texts of that entry."""
    whole = section in SEALED_WHOLE and key not in ("role_mappings", "team_mappings")
    return whole or key in SEALED_PARTS.get(section, ())


def is_read(section: str) -> bool:
    return section in OWN_TABLES or section in READ


def takes_effect(section: str, key: str) -> str:
    """When a running proxy acts on another value of an entry; "never" where none reads it."""
    match section:
        case "general_settings":
            return POLLED if key in GENERAL_LIVE else RESTART
        case "router_settings":
            return POLLED if key in ROUTER_LIVE else RESTART
        case "litellm_settings":
            return POLLED if key in LITELLM_LIVE else RESTART
        case "ui_settings":
            return "within 600 seconds"
        case "cloudzero_settings" | "vantage_settings":
            return "at its next export"
    return POLLED if is_read(section) else "never: no proxy reads this section"


def removal_takes_effect(section: str) -> str:
    """The same for an entry that goes: what is gone from the database, a proxy keeps until it starts anew."""
    return {"hashicorp_vault": POLLED, "ui_settings": "within 600 seconds"}.get(section, RESTART)
