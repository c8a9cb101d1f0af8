"""Budgets: rows of limits that keys, members, customers, organisations, projects and tags refer to."""

from __future__ import annotations

from gwctl.describe import BigCount, Count, Dollars, DurationText, Entity, ModelBudgets, Name, Spec


class BudgetSpec(Spec):
    budget_id: Name | None = None
    """The budget's name; others refer to it by this."""

    max_budget: Dollars | None = None
    """What may be spent in a period, in US dollars."""

    soft_budget: Dollars | None = None
    """From what spend on the proxy sends alerts, in US dollars."""

    budget_duration: DurationText | None = None
    """How long a period lasts, counted from the moment it starts: 1d, 30d, 1mo. Without it, it never ends."""

    tpm_limit: BigCount | None = None
    """Tokens per minute."""

    rpm_limit: BigCount | None = None
    """Requests per minute."""

    max_parallel_requests: Count | None = None
    """Requests at the same time."""

    model_max_budget: ModelBudgets | None = None
    """A budget for each model: {"MODEL": {"max_budget": 5, "budget_duration": "1d"}}. Setting it needs a licence at
    the proxy."""


BUDGET = Entity(
    name="budget",
    group="budgets",
    table="LiteLLM_BudgetTable",
    key="budget_id",
    spec=BudgetSpec,
    identity="budget_id",
    columns=("budget_id", "max_budget", "soft_budget", "budget_duration", "budget_reset_at", "tpm_limit", "rpm_limit"),
    observed=("budget_reset_at", "created_at", "created_by", "updated_at", "updated_by"),
)
