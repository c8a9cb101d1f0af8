"""Groups of fields that several entities have, told once."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from gwctl.describe import (
    BigCount,
    Count,
    Dollars,
    DurationText,
    Inside,
    JsonObject,
    ModelBudgets,
    Name,
    Names,
    OpenNames,
    Ref,
    Spec,
    Through,
)

LimitType = Literal["guaranteed_throughput", "best_effort_throughput", "dynamic"]


OWN_BUDGET = Through("budget_id", "LiteLLM_BudgetTable", "budget_id")


class Reach(Spec):
    """What the owner's requests may reach: the lists of its object-permission row."""

    mcp_servers: Annotated[Names | None, Through(entity="mcp")] = None
    """MCP servers it may reach."""

    mcp_access_groups: Annotated[Names | None, Through()] = None
    """Groups of MCP servers it may reach."""

    mcp_tool_permissions: Annotated[JsonObject | None, Through(entity="mcp")] = None
    """Tools it may call on a server: {"SERVER": ["TOOL", ...]}."""

    vector_stores: Annotated[OpenNames | None, Through()] = None
    """Vector stores it may search; an empty list means all."""

    agents: Annotated[OpenNames | None, Through(entity="agent")] = None
    """Agents it may call; an empty list means all."""

    agent_access_groups: Annotated[OpenNames | None, Through()] = None
    """Groups of agents it may call."""


class Controls(Spec):
    """What keys, teams and projects keep inside `metadata`, each under its own name."""

    model_rpm_limit: Annotated[dict[str, int] | None, Inside("metadata")] = None
    """Requests per minute for each model: {"MODEL": N}."""

    model_tpm_limit: Annotated[dict[str, int] | None, Inside("metadata")] = None
    """Tokens per minute for each model: {"MODEL": N}."""

    rpm_limit_type: Annotated[LimitType | None, Inside("metadata")] = None
    """How the request limit is meant; guaranteed_throughput is checked against what is promised already."""

    tpm_limit_type: Annotated[LimitType | None, Inside("metadata")] = None
    """How the token limit is meant; guaranteed_throughput is checked against what is promised already."""

    guardrails: Annotated[Names | None, Inside("metadata")] = None
    """Guardrails that every request runs through. Without a licence the proxy refuses every call of its owner."""

    policies: Annotated[Names | None, Inside("metadata")] = None
    """Policies that apply to every request. Without a licence the proxy refuses every call of its owner."""

    tags: Annotated[Names | None, Inside("metadata")] = None
    """Spend tags that are put on every request."""

    prompts: Annotated[Names | None, Inside("metadata")] = None
    """Stored prompts that may be used."""

    enforced_params: Annotated[Names | None, Inside("metadata")] = None
    """Parameters that a request must bring. Without a licence the proxy fails every call of its owner."""

    logging: Annotated[list[dict[str, Any]] | None, Inside("metadata")] = None
    """Callbacks that requests are logged to: [{"callback_name", "callback_type", "callback_vars"}]."""

    allowed_passthrough_routes: Annotated[Names | None, Inside("metadata")] = None
    """Pass-through routes that may be called."""

    allowed_vector_store_indexes: Annotated[list[dict[str, Any]] | None, Inside("metadata")] = None
    """Vector store indexes: [{"index_name", "index_permissions": ["read", "write"]}]."""

    enforced_batch_output_expires_after: Annotated[JsonObject | None, Inside("metadata")] = None
    """When a batch's output expires: {"anchor", "seconds"}."""

    enforced_file_expires_after: Annotated[JsonObject | None, Inside("metadata")] = None
    """When an uploaded file expires: {"anchor", "seconds"}."""

    allowed_tools: Annotated[OpenNames | None, Inside("metadata")] = None
    """Tools that a request may name; an empty list means all."""


class Period(Spec):
    """A budget's period, with the clock that the gateway runs for the owner's own columns."""

    budget_duration: DurationText | None = None
    """When the budget starts anew: 1d, 7d, 30d, 1mo. Without it, it never does."""


class OwnLimits(Spec):
    """Limits of an object that has none in its own row: they lie in a budget row, its own or one that others share."""

    budget: Annotated[Name | None, Ref("budget", "budget_id")] = None
    """A budget that has a name, whose limits it takes; or give limits of its own."""

    max_budget: Annotated[Dollars | None, OWN_BUDGET] = None
    """What it may spend in a budget period, in US dollars."""

    soft_budget: Annotated[Dollars | None, OWN_BUDGET] = None
    """From what spend on the proxy sends alerts, in US dollars."""

    budget_duration: Annotated[DurationText | None, OWN_BUDGET] = None
    """How long a period lasts, counted from the moment it starts: 1d, 30d, 1mo. Without it, it never ends."""

    tpm_limit: Annotated[BigCount | None, OWN_BUDGET] = None
    """Tokens per minute."""

    rpm_limit: Annotated[BigCount | None, OWN_BUDGET] = None
    """Requests per minute."""

    max_parallel_requests: Annotated[Count | None, OWN_BUDGET] = None
    """Requests at the same time; stored, but not enforced by the proxy."""

    model_max_budget: Annotated[ModelBudgets | None, OWN_BUDGET] = None
    """A budget for each model: {"MODEL": {"max_budget": 5, "budget_duration": "1d"}}. Setting it needs a licence."""
