"""Teams, their members and projects, and the archive of deleted teams."""

from __future__ import annotations

from sqlalchemy import Index, PrimaryKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gwctl.schema.base import (
    Base,
    BigInteger,
    Double,
    EmptyObject,
    Integer,
    Moment,
    NoTexts,
    Now,
    Off,
    Text,
    Texts,
    Zero,
    reference,
)


class Team(Base):
    """A team: members with roles (JSON), limits and models."""

    __tablename__ = "LiteLLM_TeamTable"
    __table_args__ = (
        PrimaryKeyConstraint("team_id", name="LiteLLM_TeamTable_pkey"),
        Index("LiteLLM_TeamTable_model_id_key", "model_id", unique=True),
    )

    team_id: Mapped[Text]
    team_alias: Mapped[Text | None]
    organization_id: Mapped[Text | None] = mapped_column(
        reference("LiteLLM_OrganizationTable.organization_id", "LiteLLM_TeamTable_organization_id_fkey")
    )
    object_permission_id: Mapped[Text | None] = mapped_column(
        reference("LiteLLM_ObjectPermissionTable.object_permission_id", "LiteLLM_TeamTable_object_permission_id_fkey")
    )
    admins: Mapped[Texts | None]
    members: Mapped[Texts | None]
    members_with_roles: Mapped[EmptyObject]
    metadata_: Mapped[EmptyObject] = mapped_column("metadata")
    max_budget: Mapped[Double | None]
    soft_budget: Mapped[Double | None]
    spend: Mapped[Zero]
    models: Mapped[Texts | None]
    max_parallel_requests: Mapped[Integer | None]
    tpm_limit: Mapped[BigInteger | None]
    rpm_limit: Mapped[BigInteger | None]
    budget_duration: Mapped[Text | None]
    budget_reset_at: Mapped[Moment | None]
    blocked: Mapped[Off]
    created_at: Mapped[Now]
    updated_at: Mapped[Now]
    model_spend: Mapped[EmptyObject]
    model_max_budget: Mapped[EmptyObject]
    router_settings: Mapped[EmptyObject | None]
    team_member_permissions: Mapped[NoTexts | None]
    access_group_ids: Mapped[NoTexts | None]
    policies: Mapped[NoTexts | None]
    model_id: Mapped[Integer | None] = mapped_column(
        reference("LiteLLM_ModelTable.id", "LiteLLM_TeamTable_model_id_fkey")
    )
    allow_team_guardrail_config: Mapped[Off]


class TeamMembership(Base):
    """What a member has spent in a team, and his budget there."""

    __tablename__ = "LiteLLM_TeamMembership"
    __table_args__ = (PrimaryKeyConstraint("user_id", "team_id", name="LiteLLM_TeamMembership_pkey"),)

    user_id: Mapped[Text]
    team_id: Mapped[Text]
    spend: Mapped[Zero]
    budget_id: Mapped[Text | None] = mapped_column(
        reference("LiteLLM_BudgetTable.budget_id", "LiteLLM_TeamMembership_budget_id_fkey")
    )


class DeletedTeam(Base):
    """A deleted team, as it was."""

    __tablename__ = "LiteLLM_DeletedTeamTable"
    __table_args__ = (
        PrimaryKeyConstraint("id", name="LiteLLM_DeletedTeamTable_pkey"),
        Index("LiteLLM_DeletedTeamTable_team_id_idx", "team_id"),
        Index("LiteLLM_DeletedTeamTable_deleted_at_idx", "deleted_at"),
        Index("LiteLLM_DeletedTeamTable_organization_id_idx", "organization_id"),
        Index("LiteLLM_DeletedTeamTable_team_alias_idx", "team_alias"),
        Index("LiteLLM_DeletedTeamTable_created_at_idx", "created_at"),
    )

    id: Mapped[Text]
    team_id: Mapped[Text]
    team_alias: Mapped[Text | None]
    organization_id: Mapped[Text | None]
    object_permission_id: Mapped[Text | None]
    admins: Mapped[Texts | None]
    members: Mapped[Texts | None]
    members_with_roles: Mapped[EmptyObject]
    metadata_: Mapped[EmptyObject] = mapped_column("metadata")
    max_budget: Mapped[Double | None]
    soft_budget: Mapped[Double | None]
    spend: Mapped[Zero]
    models: Mapped[Texts | None]
    max_parallel_requests: Mapped[Integer | None]
    tpm_limit: Mapped[BigInteger | None]
    rpm_limit: Mapped[BigInteger | None]
    budget_duration: Mapped[Text | None]
    budget_reset_at: Mapped[Moment | None]
    blocked: Mapped[Off]
    model_spend: Mapped[EmptyObject]
    model_max_budget: Mapped[EmptyObject]
    router_settings: Mapped[EmptyObject | None]
    team_member_permissions: Mapped[NoTexts | None]
    access_group_ids: Mapped[NoTexts | None]
    policies: Mapped[NoTexts | None]
    model_id: Mapped[Integer | None]
    allow_team_guardrail_config: Mapped[Off]
    created_at: Mapped[Moment | None]
    updated_at: Mapped[Moment | None]
    deleted_at: Mapped[Now]
    deleted_by: Mapped[Text | None]
    deleted_by_api_key: Mapped[Text | None]
    litellm_changed_by: Mapped[Text | None]


class Project(Base):
    """A project, between a team and its keys."""

    __tablename__ = "LiteLLM_ProjectTable"
    __table_args__ = (PrimaryKeyConstraint("project_id", name="LiteLLM_ProjectTable_pkey"),)

    project_id: Mapped[Text]
    project_alias: Mapped[Text | None]
    description: Mapped[Text | None]
    team_id: Mapped[Text | None] = mapped_column(
        reference("LiteLLM_TeamTable.team_id", "LiteLLM_ProjectTable_team_id_fkey")
    )
    budget_id: Mapped[Text | None] = mapped_column(
        reference("LiteLLM_BudgetTable.budget_id", "LiteLLM_ProjectTable_budget_id_fkey")
    )
    metadata_: Mapped[EmptyObject] = mapped_column("metadata")
    models: Mapped[Texts | None]
    spend: Mapped[Zero]
    model_spend: Mapped[EmptyObject]
    model_rpm_limit: Mapped[EmptyObject]
    model_tpm_limit: Mapped[EmptyObject]
    blocked: Mapped[Off]
    object_permission_id: Mapped[Text | None] = mapped_column(
        reference(
            "LiteLLM_ObjectPermissionTable.object_permission_id", "LiteLLM_ProjectTable_object_permission_id_fkey"
        )
    )
    created_at: Mapped[Now]
    created_by: Mapped[Text]
    updated_at: Mapped[Now]
    updated_by: Mapped[Text]
