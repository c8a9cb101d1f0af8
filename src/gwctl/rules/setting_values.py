"""What each setting may be: the gateway's own checks, and those that it leaves out and then falls over.

Sources: proxy/_types.py: ConfigGeneralSettings; proxy/proxy_server.py: update_config_general_settings,
_add_router_settings_from_db_config; proxy/ui_crud_endpoints/proxy_setting_endpoints.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from gwctl import durations
from gwctl.errors import GwctlError
from gwctl.rules import setting_places as places

_GENERAL = {
    str: "completion_model key_management_system master_key database_url database_type custom_auth user_header_name "
    "maximum_spend_logs_retention_period ui_access_mode user_mcp_management_mode",
    bool: "use_google_kms use_azure_key_vault otel infer_model_from_keys background_health_checks "
    "reject_clientside_metadata_tags enable_public_model_hub store_prompts_in_spend_logs store_model_in_db "
    "forward_client_headers_to_llm_api",
    int: "database_connection_pool_limit max_parallel_requests global_max_parallel_requests max_request_size_mb "
    "max_response_size_mb health_check_interval health_check_concurrency alerting_threshold",
    float: "database_connection_timeout",
    dict: "database_args alert_to_webhook_url alerting_args email_settings",
    list: "alerting alert_types allowed_routes pass_through_endpoints user_header_mappings supported_db_objects "
    "mcp_internal_ip_ranges mcp_trusted_proxy_ranges mcp_required_fields",
}
GENERAL: Mapping[str, type] = {name: kind for kind, names in _GENERAL.items() for name in names.split()}
_UI_LISTS = "enabled_ui_pages_internal_users"
_UI_FLAGS = (
    "disable_model_add_for_internal_users disable_team_admin_delete_team_user require_auth_for_public_ai_hub "
    "forward_client_headers_to_llm_api enable_projects_ui disable_agents_for_internal_users "
    "disable_vector_stores_for_internal_users allow_agents_for_team_admins allow_vector_stores_for_team_admins "
    "scope_user_search_to_org disable_custom_api_keys"
)
UI: Mapping[str, type] = {_UI_LISTS: list, **dict.fromkeys(_UI_FLAGS.split(), bool)}
VAULT = frozenset({
    "vault_addr", "vault_token", "approle_role_id", "approle_secret_id", "approle_mount_path", "client_cert",
    "client_key", "vault_cert_role", "vault_namespace", "vault_mount_name", "vault_path_prefix",
})  # fmt: skip
SSO = (
    "google_client_id", "google_client_secret", "microsoft_client_id", "microsoft_client_secret", "microsoft_tenant",
    "generic_client_id", "generic_client_secret", "generic_authorization_endpoint", "generic_token_endpoint",
    "generic_userinfo_endpoint", "proxy_base_url", "user_email", "ui_access_mode", "role_mappings", "team_mappings",
)  # fmt: skip
ROUTER_NUMBERS = frozenset({"timeout", "num_retries", "retry_after", "allowed_fails", "cooldown_time", "max_retries"})
CHOICES = {
    "general_settings.ui_access_mode": ("admin_only", "all"),
    "general_settings.user_mcp_management_mode": ("restricted", "view_all"),
}
NOUNS = {
    str: "text", bool: "true or false", int: "a whole number", float: "a number", dict: "an object", list: "a list",
}  # fmt: skip


def complaints(section: str, key: str, value: Any) -> Iterator[str]:
    """What is wrong with a value for an entry, a sentence each."""
    known = {"general_settings": GENERAL, "ui_settings": UI, "sso_settings": SSO, "hashicorp_vault": VAULT}.get(section)
    if known is not None and key not in known:
        near = get_close_matches(key, known, n=1)
        yield f"the gateway knows no {section}.{key}" + (f"; did you mean {near[0]}?" if near else "")
        return
    if isinstance(known, Mapping) and not _is(value, known[key]):
        yield f"should be {NOUNS[known[key]]}"
        return
    check = _CHECKS.get(section)
    if check is not None:
        yield from check(key, value)
    choices = CHOICES.get(f"{section}.{key}")
    if choices and value not in choices:
        yield f"should be {' or '.join(choices)}"


def kind_of(section: str, key: str) -> type | None:
    """What an entry holds, where that is known."""
    if places.is_sealed(section, key):
        return None if section == "cache_settings" else str
    return {"general_settings": GENERAL, "ui_settings": UI}.get(section, {}).get(key)


def whole(section: str, values: Mapping[str, Any]) -> Iterator[str]:
    """What a section as it would be lacks."""
    if section != "hashicorp_vault" or not values:
        return
    if not values.get("vault_addr"):
        yield "hashicorp_vault needs vault_addr"
    ways = (("vault_token",), ("approle_role_id", "approle_secret_id"), ("client_cert", "client_key"))
    if not any(all(values.get(name) for name in way) for way in ways):
        listed = ", or ".join(" and ".join(way) for way in ways)
        yield f"hashicorp_vault needs {listed}"


def _is(value: Any, kind: type) -> bool:
    if isinstance(value, bool):
        return kind is bool
    return isinstance(value, int | float) if kind is float else isinstance(value, kind)


def _general(key: str, value: Any) -> Iterator[str]:
    if key == "maximum_spend_logs_retention_period":
        try:
            durations.parse(value)
        except GwctlError as error:
            yield error.message
    if key == "pass_through_endpoints":
        for one in value:
            if not isinstance(one, dict) or not one.get("path") or not one.get("target"):
                yield 'should hold objects with "path" and "target"'
                return


def _router(key: str, value: Any) -> Iterator[str]:
    if key in ROUTER_NUMBERS and not _is(value, float):
        yield "should be a number"


def _litellm(key: str, value: Any) -> Iterator[str]:
    if key != "mcp_semantic_tool_filter":
        return
    if not isinstance(value, dict):
        yield "should be an object"
        return
    top, least = value.get("top_k", 1), value.get("similarity_threshold", 0)
    if not _is(top, int) or not 1 <= top <= 100:
        yield "top_k should be a whole number from 1 to 100"
    if not _is(least, float) or not 0 <= least <= 1:
        yield "similarity_threshold should be a number from 0 to 1"


def _texts(_: str, value: Any) -> Iterator[str]:
    if not isinstance(value, str):
        yield "should be text"


def _sso(key: str, value: Any) -> Iterator[str]:
    if key in ("role_mappings", "team_mappings") and not isinstance(value, dict):
        yield "should be an object"
    elif key not in ("role_mappings", "team_mappings", "ui_access_mode") and not isinstance(value, str):
        yield "should be text"


_CHECKS: Mapping[str, Callable[[str, Any], Iterator[str]]] = {
    "general_settings": _general, "router_settings": _router, "litellm_settings": _litellm,
    "environment_variables": _texts, "hashicorp_vault": _texts, "sso_settings": _sso,
}  # fmt: skip
