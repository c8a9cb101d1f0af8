"""Customers: the gateway's end users, named by the `user` of their requests."""

from __future__ import annotations

from typing import Literal

from gwctl.describe import Entity, Name, Text
from gwctl.entities.shared import OwnLimits, Reach


class CustomerSpec(OwnLimits, Reach):
    user_id: Name | None = None
    """The customer's id, as requests say it."""

    alias: Text | None = None
    """A name to show."""

    blocked: bool | None = None
    """Whether it is blocked. Only the enterprise callback asks for it; the proxy alone does not."""

    allowed_model_region: Literal["eu", "us"] | None = None
    """The region that models for it must be in."""

    default_model: Name | None = None
    """The model for requests that name none."""


CUSTOMER = Entity(
    name="customer",
    group="customers",
    table="LiteLLM_EndUserTable",
    key="user_id",
    spec=CustomerSpec,
    identity="user_id",
    names=("alias",),
    columns=("user_id", "alias", "spend", "max_budget", "budget_duration", "allowed_model_region", "blocked", "…",
             "default_model", "budget_id", "tpm_limit", "rpm_limit"),
    observed=("spend", "budget_reset_at"),
    fixed=("user_id",),
)  # fmt: skip
