"""Virtual keys: what a request is admitted with. A row is known by the SHA-256 of its secret."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ValidationInfo, field_validator

from gwctl import secrets
from gwctl.describe import (
    BigCount,
    Count,
    Digest,
    Dollars,
    DurationText,
    Entity,
    Inside,
    JsonObject,
    Masked,
    Merged,
    ModelBudgets,
    Moment,
    Name,
    Names,
    OpenNames,
    Ref,
    Refs,
    Ruled,
    Text,
)
from gwctl.entities.shared import Controls, Period, Reach


class KeySpec(Period, Controls, Reach):
    key_alias: Name | None = None
    """The key's name; no two keys may share one."""

    token: Digest | None = None
    """The SHA-256 of the secret, in hexadecimal: carries a key to another gateway without its secret."""

    key: Annotated[Any, Ruled(), Masked(secrets.check_custom)] = None
    """Where a secret of your own comes from: {env: NAME} or {file: PATH}."""

    grace: Annotated[DurationText | None, Ruled(beside=("key", "token"))] = None
    """How long the old secret of a key stays valid where key or token gives it another one, as 24h."""

    team: Annotated[Name | None, Ref("team", "team_id")] = None
    """The team whose models and budget it shares."""

    user: Annotated[Name | None, Ref("user", "user_id")] = None
    """The user who owns it."""

    org: Annotated[Name | None, Ref("org", "organization_id")] = None
    """The organisation it counts for; a new key of a team takes the team's."""

    project: Annotated[Name | None, Ref("project", "project_id")] = None
    """The project it belongs to."""

    agent_id: Name | None = None
    """The agent that its spend counts for."""

    budget: Annotated[Name | None, Ref("budget", "budget_id")] = None
    """A budget whose limits apply where the key has none of its own."""

    models: OpenNames | None = None
    """Models it may call: names, patterns, access groups, all-team-models; an empty list means all."""

    aliases: dict[str, str] | None = None
    """Names that its requests may use for models: {"ALIAS": "MODEL"}."""

    max_budget: Dollars | None = None
    """What it may spend in a budget period, in US dollars."""

    soft_budget: Annotated[Dollars | None, Ruled()] = None
    """From what spend on the proxy sends alerts, in US dollars; kept in a budget row of its own."""

    tpm_limit: BigCount | None = None
    """Tokens per minute."""

    rpm_limit: BigCount | None = None
    """Requests per minute."""

    max_parallel_requests: Count | None = None
    """Requests at the same time."""

    model_max_budget: ModelBudgets | None = None
    """A budget for each model: {"MODEL": {"budget_limit": 5, "time_period": "1d"}}. Setting it needs a licence at the
    proxy."""

    duration: Annotated[DurationText | None, Ruled(once=True)] = None
    """How long a new key lives, as 90d; counts when it is made."""

    expires: Moment | None = None
    """From when on it is refused."""

    @field_validator("expires")
    @classmethod
    def _is_alone(cls, value: Any, info: ValidationInfo) -> Any:
        if info.data.get("duration") is not None:
            raise ValueError("expires and duration say the same thing: give one of them")
        return value

    blocked: bool | None = None
    """Whether every call is refused."""

    key_type: Annotated[Literal["default", "llm_api", "management", "read_only"] | None, Ruled(once=True)] = None
    """What a new key is for: sets its allowed routes."""

    allowed_routes: OpenNames | None = None
    """Routes it may call: paths, prefixes with *, or groups as llm_api_routes; an empty list means what its user's
    role has."""

    allowed_cache_controls: OpenNames | None = None
    """Cache controls that a request may use; an empty list means all."""

    permissions: JsonObject | None = None
    """Special rights; the proxy asks for get_spend_routes alone."""

    config: JsonObject | None = None
    """Settings of the proxy's router, the older form. A key that has any is not held to its models."""

    router_settings: JsonObject | None = None
    """Settings of the proxy's router for its requests."""

    access_groups: Annotated[Names | None, Refs("access_group", "access_group_ids")] = None
    """Access groups whose models, MCP servers and agents it may use besides its own."""

    auto_rotate: bool | None = None
    """Whether the proxy's own job rotates it. The job needs a licence, and hands the new secret to mail or a vault
    alone."""

    rotation_interval: DurationText | None = None
    """How often it is to be rotated, as 30d."""

    temp_budget_increase: Annotated[Dollars | None, Inside("metadata")] = None
    """What is added to max_budget until temp_budget_expiry, in US dollars."""

    temp_budget_expiry: Annotated[Text | None, Inside("metadata")] = None
    """Until when the increase counts, in the proxy's local time: 2026-03-31T12:00:00, without a zone."""

    service_account_id: Annotated[Name | None, Inside("metadata")] = None
    """Marks the key of a service account; needs a team."""

    litellm_disabled_callbacks: Annotated[Names | None, Inside("metadata")] = None
    """Callbacks that are not run for its requests."""

    disable_global_guardrails: Annotated[bool | None, Inside("metadata")] = None
    """Whether the proxy's default guardrails are left out."""

    spend_logs_metadata: Annotated[JsonObject | None, Inside("metadata")] = None
    """What is noted in the log of each of its requests."""

    cache: Annotated[JsonObject | None, Inside("metadata")] = None
    """Cache controls that its requests bear: {"no-cache": true}."""

    disable_fallbacks: Annotated[bool | None, Inside("metadata")] = None
    """Whether no other model takes its requests where theirs fails."""

    priority: Annotated[Name | None, Inside("metadata")] = None
    """Its class where the proxy shares limits by priority."""

    max_iterations: Annotated[Count | None, Inside("metadata")] = None
    """How many calls one session of an agent may make."""

    metadata: Annotated[JsonObject | None, Merged()] = None
    """Anything else that is kept with the key; merged by key, null removes one."""


KEY = Entity(
    name="key",
    group="keys",
    table="LiteLLM_VerificationToken",
    key="token",
    spec=KeySpec,
    identity="key_alias",
    names=("key_alias",),
    columns=("key_alias", "key_name", "team_id", "user_id", "models", "spend", "max_budget", "expires", "blocked", "…",
             "token", "organization_id", "budget_duration", "budget_reset_at", "tpm_limit", "rpm_limit",
             "last_active", "created_at"),
    observed=("spend", "key_name", "budget_reset_at", "last_active", "created_at", "created_by",
              "updated_at", "updated_by", "rotation_count", "last_rotation_at", "key_rotation_at", "model_spend",
              "soft_budget_cooldown"),
    fixed=("project",),
)  # fmt: skip
