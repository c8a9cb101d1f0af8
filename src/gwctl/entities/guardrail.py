"""Guardrails: checks that requests and answers run through, as policies, keys and requests name them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator

from gwctl.describe import Entity, Inside, JsonObject, Merged, Name, Sealed, Spec

PARAMETER = Inside("litellm_params")

Type = Literal[
    "aim", "aporia", "azure/prompt_shield", "azure/text_moderations", "bedrock", "block_code_execution",
    "crowdstrike_aidr", "custom_code", "dynamoai", "enkryptai", "generic_guardrail_api", "grayswan", "guardrails_ai",
    "hiddenlayer", "hide-secrets", "ibm_guardrails", "javelin", "lakera", "lakera_v2", "lasso",
    "litellm_content_filter", "mcp_end_user_permission", "mcp_security", "model_armor", "noma", "noma_v2", "onyx",
    "openai_moderation", "pangea", "panw_prisma_airs", "pillar", "presidio", "prompt_security", "qualifire",
    "semantic_guard", "tool_permission", "zscaler_ai_guard", "tool_policy",
]  # fmt: skip
"""What the gateway knows; a Python class works from its own file alone, and out of the database ends the loading of
all guardrails."""

MODES = (
    "pre_call", "post_call", "during_call", "logging_only", "pre_mcp_call", "during_mcp_call",
    "realtime_input_transcription",
)  # fmt: skip


def _mode(value: Any) -> Any:
    """One mode, or several, or an object that tells it by tag; text with commas is several."""
    if isinstance(value, dict) and value:
        return value
    modes = [one.strip() for one in value.split(",")] if isinstance(value, str) else value
    if not isinstance(modes, list) or not modes:
        raise ValueError("should be a mode, a list of them, or an object that tells it by tag")
    for one in modes:
        if one not in MODES:
            raise ValueError(f"{one!r} is no mode; there are {', '.join(MODES)}")
    return modes[0] if isinstance(value, str) and len(modes) == 1 else modes


class GuardrailSpec(Spec):
    guardrail_name: Name | None = None
    """The guardrail's name."""

    guardrail_id: Name | None = None
    """The guardrail's id; made if it is left out."""

    guardrail: Annotated[Type | None, PARAMETER] = None
    """Which guardrail it is."""

    mode: Annotated[Annotated[Any, AfterValidator(_mode)] | None, PARAMETER] = None
    """When it runs, as pre_call, or pre_call,post_call; a manifest may also give an object that tells it by tag."""

    default_on: Annotated[bool | None, PARAMETER] = None
    """Whether it runs for every request, named or not."""

    api_base: Annotated[Name | None, PARAMETER] = None
    """Where its provider is reached."""

    api_key: Annotated[Any | None, PARAMETER, Sealed(plain=True)] = None
    """Its provider's key, out of a place. The gateway stores it in plain text."""

    litellm_params: Annotated[JsonObject | None, Merged(), Sealed(plain=True)] = None
    """Its other parameters; merged by key, null removes one. The gateway stores them in plain text."""

    guardrail_info: Annotated[JsonObject | None, Merged()] = None
    """Anything else that is kept with it; merged by key, null removes one."""


GUARDRAIL = Entity(
    name="guardrail",
    group="guardrails",
    table="LiteLLM_GuardrailsTable",
    key="guardrail_id",
    spec=GuardrailSpec,
    identity="guardrail_name",
    names=("guardrail_name",),
    columns=("guardrail_name", "guardrail", "mode", "default_on", "status", "…", "guardrail_id", "team_id",
             "submitted_at", "reviewed_at", "created_at", "updated_at"),
    observed=("team_id", "status", "submitted_at", "reviewed_at", "created_at", "updated_at"),
    fixed=("guardrail_id",),
)  # fmt: skip
