"""Budgets: the limits that organisations, projects, keys, customers, tags and memberships share."""

from __future__ import annotations

from sqlalchemy import PrimaryKeyConstraint
from sqlalchemy.orm import Mapped

from gwctl.schema.base import Base, BigInteger, Double, Integer, Json, Moment, Now, Text


class Budget(Base):
    """Limits of money, tokens and requests, with the period after which spend counts from zero again."""

    __tablename__ = "LiteLLM_BudgetTable"
    __table_args__ = (PrimaryKeyConstraint("budget_id", name="LiteLLM_BudgetTable_pkey"),)

    budget_id: Mapped[Text]
    max_budget: Mapped[Double | None]
    soft_budget: Mapped[Double | None]
    max_parallel_requests: Mapped[Integer | None]
    tpm_limit: Mapped[BigInteger | None]
    rpm_limit: Mapped[BigInteger | None]
    model_max_budget: Mapped[Json | None]
    budget_duration: Mapped[Text | None]
    budget_reset_at: Mapped[Moment | None]
    created_at: Mapped[Now]
    created_by: Mapped[Text]
    updated_at: Mapped[Now]
    updated_by: Mapped[Text]
