"""Organisations and who belongs to them."""

from __future__ import annotations

from sqlalchemy import Index, PrimaryKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gwctl.schema.base import Base, EmptyObject, Now, Text, Texts, Zero, reference


class Organization(Base):
    """An organisation; it always has a budget."""

    __tablename__ = "LiteLLM_OrganizationTable"
    __table_args__ = (PrimaryKeyConstraint("organization_id", name="LiteLLM_OrganizationTable_pkey"),)

    organization_id: Mapped[Text]
    organization_alias: Mapped[Text]
    budget_id: Mapped[Text] = mapped_column(
        reference("LiteLLM_BudgetTable.budget_id", "LiteLLM_OrganizationTable_budget_id_fkey", on_delete="RESTRICT")
    )
    metadata_: Mapped[EmptyObject] = mapped_column("metadata")
    models: Mapped[Texts | None]
    spend: Mapped[Zero]
    model_spend: Mapped[EmptyObject]
    object_permission_id: Mapped[Text | None] = mapped_column(
        reference(
            "LiteLLM_ObjectPermissionTable.object_permission_id", "LiteLLM_OrganizationTable_object_permission_id_fkey"
        )
    )
    created_at: Mapped[Now]
    created_by: Mapped[Text]
    updated_at: Mapped[Now]
    updated_by: Mapped[Text]


class OrganizationMembership(Base):
    """A user in an organisation, with a role and perhaps a budget of his own."""

    __tablename__ = "LiteLLM_OrganizationMembership"
    __table_args__ = (
        PrimaryKeyConstraint("user_id", "organization_id", name="LiteLLM_OrganizationMembership_pkey"),
        Index("LiteLLM_OrganizationMembership_user_id_organization_id_key", "user_id", "organization_id", unique=True),
    )

    user_id: Mapped[Text] = mapped_column(
        reference("LiteLLM_UserTable.user_id", "LiteLLM_OrganizationMembership_user_id_fkey", on_delete="RESTRICT")
    )
    organization_id: Mapped[Text] = mapped_column(
        reference(
            "LiteLLM_OrganizationTable.organization_id",
            "LiteLLM_OrganizationMembership_organization_id_fkey",
            on_delete="RESTRICT",
        )
    )
    user_role: Mapped[Text | None]
    spend: Mapped[Zero | None]
    budget_id: Mapped[Text | None] = mapped_column(
        reference("LiteLLM_BudgetTable.budget_id", "LiteLLM_OrganizationMembership_budget_id_fkey")
    )
    created_at: Mapped[Now | None]
    updated_at: Mapped[Now | None]
