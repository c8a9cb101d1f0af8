"""What spend is counted by besides keys, teams and users: customers and tags."""

from __future__ import annotations

from sqlalchemy import PrimaryKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gwctl.schema.base import Base, Json, Now, Off, Text, Texts, Zero, reference


class Customer(Base):
    """A customer: the end user that a request names."""

    __tablename__ = "LiteLLM_EndUserTable"
    __table_args__ = (PrimaryKeyConstraint("user_id", name="LiteLLM_EndUserTable_pkey"),)

    user_id: Mapped[Text]
    alias: Mapped[Text | None]
    spend: Mapped[Zero]
    allowed_model_region: Mapped[Text | None]
    default_model: Mapped[Text | None]
    budget_id: Mapped[Text | None] = mapped_column(
        reference("LiteLLM_BudgetTable.budget_id", "LiteLLM_EndUserTable_budget_id_fkey")
    )
    object_permission_id: Mapped[Text | None] = mapped_column(
        reference(
            "LiteLLM_ObjectPermissionTable.object_permission_id", "LiteLLM_EndUserTable_object_permission_id_fkey"
        )
    )
    blocked: Mapped[Off]


class Tag(Base):
    """A tag that requests carry, with a budget."""

    __tablename__ = "LiteLLM_TagTable"
    __table_args__ = (PrimaryKeyConstraint("tag_name", name="LiteLLM_TagTable_pkey"),)

    tag_name: Mapped[Text]
    description: Mapped[Text | None]
    models: Mapped[Texts | None]
    model_info: Mapped[Json | None]
    spend: Mapped[Zero]
    budget_id: Mapped[Text | None] = mapped_column(
        reference("LiteLLM_BudgetTable.budget_id", "LiteLLM_TagTable_budget_id_fkey")
    )
    created_at: Mapped[Now]
    created_by: Mapped[Text | None]
    updated_at: Mapped[Now]
