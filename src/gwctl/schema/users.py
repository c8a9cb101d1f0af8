"""Internal users, invitations to them, and their requests for models."""

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


class User(Base):
    """An internal user."""

    __tablename__ = "LiteLLM_UserTable"
    __table_args__ = (
        PrimaryKeyConstraint("user_id", name="LiteLLM_UserTable_pkey"),
        Index("LiteLLM_UserTable_sso_user_id_key", "sso_user_id", unique=True),
    )

    user_id: Mapped[Text]
    user_alias: Mapped[Text | None]
    team_id: Mapped[Text | None]
    sso_user_id: Mapped[Text | None]
    organization_id: Mapped[Text | None] = mapped_column(
        reference("LiteLLM_OrganizationTable.organization_id", "LiteLLM_UserTable_organization_id_fkey")
    )
    object_permission_id: Mapped[Text | None] = mapped_column(
        reference("LiteLLM_ObjectPermissionTable.object_permission_id", "LiteLLM_UserTable_object_permission_id_fkey")
    )
    password: Mapped[Text | None]
    teams: Mapped[NoTexts | None]
    user_role: Mapped[Text | None]
    max_budget: Mapped[Double | None]
    spend: Mapped[Zero]
    user_email: Mapped[Text | None]
    models: Mapped[Texts | None]
    metadata_: Mapped[EmptyObject] = mapped_column("metadata")
    max_parallel_requests: Mapped[Integer | None]
    tpm_limit: Mapped[BigInteger | None]
    rpm_limit: Mapped[BigInteger | None]
    budget_duration: Mapped[Text | None]
    budget_reset_at: Mapped[Moment | None]
    allowed_cache_controls: Mapped[NoTexts | None]
    policies: Mapped[NoTexts | None]
    model_spend: Mapped[EmptyObject]
    model_max_budget: Mapped[EmptyObject]
    created_at: Mapped[Now | None]
    updated_at: Mapped[Now | None]


class Invitation(Base):
    """An invitation for a user to set a password."""

    __tablename__ = "LiteLLM_InvitationLink"
    __table_args__ = (PrimaryKeyConstraint("id", name="LiteLLM_InvitationLink_pkey"),)

    id: Mapped[Text]
    user_id: Mapped[Text] = mapped_column(
        reference("LiteLLM_UserTable.user_id", "LiteLLM_InvitationLink_user_id_fkey", on_delete="RESTRICT")
    )
    is_accepted: Mapped[Off]
    accepted_at: Mapped[Moment | None]
    expires_at: Mapped[Moment]
    created_at: Mapped[Moment]
    created_by: Mapped[Text] = mapped_column(
        reference("LiteLLM_UserTable.user_id", "LiteLLM_InvitationLink_created_by_fkey", on_delete="RESTRICT")
    )
    updated_at: Mapped[Moment]
    updated_by: Mapped[Text] = mapped_column(
        reference("LiteLLM_UserTable.user_id", "LiteLLM_InvitationLink_updated_by_fkey", on_delete="RESTRICT")
    )


class UserNotification(Base):
    """A request for access to models."""

    __tablename__ = "LiteLLM_UserNotifications"
    __table_args__ = (PrimaryKeyConstraint("request_id", name="LiteLLM_UserNotifications_pkey"),)

    request_id: Mapped[Text]
    user_id: Mapped[Text]
    models: Mapped[Texts | None]
    justification: Mapped[Text]
    status: Mapped[Text]
