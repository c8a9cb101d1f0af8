"""Internal users: people who own keys, join teams and log in to the gateway's interface."""

from __future__ import annotations

from typing import Annotated, Literal

from gwctl.describe import (
    AnyCase,
    BigCount,
    Count,
    Dollars,
    Elsewhere,
    Entity,
    JsonObject,
    Merged,
    ModelBudgets,
    Name,
    Names,
    OpenNames,
    Ruled,
    Text,
)
from gwctl.entities.shared import Period, Reach


class UserSpec(Period, Reach):
    user_id: Name | None = None
    """The user's id."""

    user_email: Annotated[Text | None, AnyCase()] = None
    """The user's e-mail address; no two users may share one, whatever the case of its letters."""

    user_alias: Text | None = None
    """A name to show."""

    user_role: Literal["proxy_admin", "proxy_admin_viewer", "internal_user", "internal_user_viewer"] | None = None
    """What the user may do at the proxy; nothing given is read as internal_user."""

    sso_user_id: Name | None = None
    """The user's id at the identity provider."""

    models: OpenNames | None = None
    """Models that the user's own keys may call; an empty list means all, no-default-models none."""

    max_budget: Dollars | None = None
    """What the user may spend with keys of no team, in US dollars."""

    tpm_limit: BigCount | None = None
    """Tokens per minute, over all keys of the user."""

    rpm_limit: BigCount | None = None
    """Requests per minute, over all keys of the user."""

    max_parallel_requests: Count | None = None
    """Requests at the same time; stored, but not enforced by the proxy."""

    allowed_cache_controls: OpenNames | None = None
    """Cache controls that a request may use; an empty list means all."""

    model_max_budget: ModelBudgets | None = None
    """A budget for each model; stored, but not enforced by the proxy for users."""

    teams: Annotated[Names | None, Ruled(once=True), Elsewhere("membership is written on the team, as its members")] = (
        None
    )
    """Teams that a new user joins."""

    metadata: Annotated[JsonObject | None, Merged()] = None
    """Anything else that is kept with the user; merged by key, null removes one."""


USER = Entity(
    name="user",
    group="users",
    table="LiteLLM_UserTable",
    key="user_id",
    spec=UserSpec,
    identity="user_id",
    names=("user_email", "user_alias", "sso_user_id"),
    columns=("user_id", "user_email", "user_role", "teams", "spend", "max_budget", "budget_duration", "…",
             "user_alias", "models", "tpm_limit", "rpm_limit", "budget_reset_at", "created_at"),
    observed=("spend", "budget_reset_at", "created_at", "updated_at", "model_spend"),
    fixed=("user_id",),
)  # fmt: skip
