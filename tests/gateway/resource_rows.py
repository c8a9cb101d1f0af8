"""Guardrails, prompts, agents, vector stores, search tools and tools as whole rows (resources 6, 8-11, 14)."""

from __future__ import annotations

from typing import Any

from gateway.literals import NOW, Row, Step
from gateway.rows import LONG_AGO, UUID
from support.database import Database

_TIMES: Row = {"created_at": NOW, "updated_at": NOW}
_STAMPS: Row = {**_TIMES, "created_by": "ann", "updated_by": "ann"}
_OLD: Row = {"created_at": LONG_AGO, "updated_at": LONG_AGO, "created_by": "root", "updated_by": "root"}

CARRIED: Row = {
    "action": "block", "confidence_threshold": 0.5, "detect_execution_intent": True, "on_flagged": "block",
    "is_detector_server": True, "verify_ssl": True, "block_on_violation": True,
    "experimental_use_latest_role_message_only": False, "default_on": False, "fail_on_error": True,
    "unreachable_fallback": "fail_closed", "api_version": "v1", "send_user_api_key_alias": False,
    "send_user_api_key_user_id": False, "send_user_api_key_team_id": False, "default_action": "deny",
    "on_disallowed_action": "block", "use_v2": False, "on_flagged_action": "monitor", "include_scanners": True,
    "include_evidence": True, "mask": False, "payload": True, "breakdown": True, "dev_info": True,
    "disable_exception_on_block": False, "presidio_language": "en",
}  # fmt: skip
"""What the parameters of a guardrail must carry, or its row is set up anew every 30 seconds (8)."""

PROMPT_PARAMS: Row = {
    "prompt_id": None, "api_base": None, "api_key": None, "provider_specific_query_params": None,
    "ignore_prompt_manager_model": False, "ignore_prompt_manager_optional_params": False, "dotprompt_content": None,
}  # fmt: skip

CARD: Row = {"name": "helper", "url": "http://h"}

WHOLE: dict[str, Row] = {
    "GuardrailsTable": {
        "guardrail_id": UUID, "guardrail_name": None, "litellm_params": CARRIED, "guardrail_info": {},
        "team_id": None, "status": "active", "submitted_at": None, "reviewed_at": None, **_TIMES,
    },
    "PromptTable": {
        "id": UUID, "prompt_id": None, "version": 1, "litellm_params": PROMPT_PARAMS,
        "prompt_info": {"prompt_type": "db"}, **_TIMES,
    },
    "AgentsTable": {
        "agent_id": UUID, "agent_name": None, "litellm_params": {}, "agent_card_params": CARD, "static_headers": {},
        "extra_headers": [], "agent_access_groups": [], "object_permission_id": None, "spend": 0.0, "tpm_limit": None,
        "rpm_limit": None, "session_tpm_limit": None, "session_rpm_limit": None, **_STAMPS,
    },
    "ManagedVectorStoresTable": {
        "vector_store_id": None, "custom_llm_provider": "openai", "vector_store_name": None,
        "vector_store_description": None, "vector_store_metadata": None, "litellm_credential_name": None,
        "litellm_params": {}, "team_id": None, "user_id": None, **_TIMES,
    },
    "ManagedVectorStoreIndexTable": {"id": UUID, "index_name": None, "index_info": None, **_STAMPS},
    "SearchToolsTable": {
        "search_tool_id": UUID, "search_tool_name": None, "litellm_params": {"search_provider": "tavily"},
        "search_tool_info": {}, **_TIMES,
    },
    "ToolTable": {
        "tool_id": UUID, "tool_name": None, "origin": None, "input_policy": "untrusted", "output_policy": "untrusted",
        "call_count": 0, "assignments": {}, "key_hash": None, "team_id": None, "key_alias": None, "user_agent": None,
        "last_used_at": None, **_STAMPS,
    },
}  # fmt: skip


def made(table: str, **columns: Any) -> Step:
    return Step("+", columns={**WHOLE[table], **columns})


def put_thing(database: Database, table: str, **columns: Any) -> Row:
    """An old row that somebody else made."""
    old = {name: _OLD.get(name, value) for name, value in WHOLE[table].items()}
    return database.insert(f"LiteLLM_{table}", **{**old, **columns})
