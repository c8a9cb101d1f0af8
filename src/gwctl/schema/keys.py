"""Virtual keys, what is left of those rotated or deleted, and the JWT claims that stand for one."""

from __future__ import annotations

from sqlalchemy import Index, PrimaryKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gwctl.schema.base import (
    Base,
    BigInteger,
    Double,
    EmptyObject,
    Flag,
    Integer,
    Moment,
    NoTexts,
    Now,
    Off,
    On,
    SmallCount,
    Text,
    Texts,
    Zero,
    reference,
)


class Key(Base):
    """A virtual key; its hash is the primary key."""

    __tablename__ = "LiteLLM_VerificationToken"
    __table_args__ = (
        PrimaryKeyConstraint("token", name="LiteLLM_VerificationToken_pkey"),
        Index("LiteLLM_VerificationToken_user_id_team_id_idx", "user_id", "team_id"),
        Index("LiteLLM_VerificationToken_team_id_idx", "team_id"),
        Index("LiteLLM_VerificationToken_budget_reset_at_expires_idx", "budget_reset_at", "expires"),
    )

    token: Mapped[Text]
    key_name: Mapped[Text | None]
    key_alias: Mapped[Text | None]
    soft_budget_cooldown: Mapped[Off]
    spend: Mapped[Zero]
    expires: Mapped[Moment | None]
    models: Mapped[Texts | None]
    aliases: Mapped[EmptyObject]
    config: Mapped[EmptyObject]
    router_settings: Mapped[EmptyObject | None]
    user_id: Mapped[Text | None]
    team_id: Mapped[Text | None]
    agent_id: Mapped[Text | None]
    project_id: Mapped[Text | None] = mapped_column(
        reference("LiteLLM_ProjectTable.project_id", "LiteLLM_VerificationToken_project_id_fkey")
    )
    permissions: Mapped[EmptyObject]
    max_parallel_requests: Mapped[Integer | None]
    metadata_: Mapped[EmptyObject] = mapped_column("metadata")
    blocked: Mapped[Flag | None]
    tpm_limit: Mapped[BigInteger | None]
    rpm_limit: Mapped[BigInteger | None]
    max_budget: Mapped[Double | None]
    budget_duration: Mapped[Text | None]
    budget_reset_at: Mapped[Moment | None]
    allowed_cache_controls: Mapped[NoTexts | None]
    allowed_routes: Mapped[NoTexts | None]
    policies: Mapped[NoTexts | None]
    access_group_ids: Mapped[NoTexts | None]
    model_spend: Mapped[EmptyObject]
    model_max_budget: Mapped[EmptyObject]
    budget_id: Mapped[Text | None] = mapped_column(
        reference("LiteLLM_BudgetTable.budget_id", "LiteLLM_VerificationToken_budget_id_fkey")
    )
    organization_id: Mapped[Text | None] = mapped_column(
        reference("LiteLLM_OrganizationTable.organization_id", "LiteLLM_VerificationToken_organization_id_fkey")
    )
    object_permission_id: Mapped[Text | None] = mapped_column(
        reference(
            "LiteLLM_ObjectPermissionTable.object_permission_id", "LiteLLM_VerificationToken_object_permission_id_fkey"
        )
    )
    created_at: Mapped[Now | None]
    created_by: Mapped[Text | None]
    updated_at: Mapped[Now | None]
    updated_by: Mapped[Text | None]
    last_active: Mapped[Moment | None]
    rotation_count: Mapped[SmallCount | None]
    auto_rotate: Mapped[Off | None]
    rotation_interval: Mapped[Text | None]
    last_rotation_at: Mapped[Moment | None]
    key_rotation_at: Mapped[Moment | None]


class DeprecatedKey(Base):
    """The former hash of a rotated key, good until `revoke_at`."""

    __tablename__ = "LiteLLM_DeprecatedVerificationToken"
    __table_args__ = (
        PrimaryKeyConstraint("id", name="LiteLLM_DeprecatedVerificationToken_pkey"),
        Index("LiteLLM_DeprecatedVerificationToken_token_revoke_at_idx", "token", "revoke_at"),
        Index("LiteLLM_DeprecatedVerificationToken_revoke_at_idx", "revoke_at"),
        Index("LiteLLM_DeprecatedVerificationToken_token_key", "token", unique=True),
    )

    id: Mapped[Text]
    token: Mapped[Text]
    active_token_id: Mapped[Text]
    revoke_at: Mapped[Moment]
    created_at: Mapped[Now]


class DeletedKey(Base):
    """A deleted key, as it was."""

    __tablename__ = "LiteLLM_DeletedVerificationToken"
    __table_args__ = (
        PrimaryKeyConstraint("id", name="LiteLLM_DeletedVerificationToken_pkey"),
        Index("LiteLLM_DeletedVerificationToken_token_idx", "token"),
        Index("LiteLLM_DeletedVerificationToken_deleted_at_idx", "deleted_at"),
        Index("LiteLLM_DeletedVerificationToken_user_id_idx", "user_id"),
        Index("LiteLLM_DeletedVerificationToken_team_id_idx", "team_id"),
        Index("LiteLLM_DeletedVerificationToken_organization_id_idx", "organization_id"),
        Index("LiteLLM_DeletedVerificationToken_key_alias_idx", "key_alias"),
        Index("LiteLLM_DeletedVerificationToken_created_at_idx", "created_at"),
    )

    id: Mapped[Text]
    token: Mapped[Text]
    key_name: Mapped[Text | None]
    key_alias: Mapped[Text | None]
    soft_budget_cooldown: Mapped[Off]
    spend: Mapped[Zero]
    expires: Mapped[Moment | None]
    models: Mapped[Texts | None]
    aliases: Mapped[EmptyObject]
    config: Mapped[EmptyObject]
    user_id: Mapped[Text | None]
    team_id: Mapped[Text | None]
    agent_id: Mapped[Text | None]
    project_id: Mapped[Text | None]
    permissions: Mapped[EmptyObject]
    max_parallel_requests: Mapped[Integer | None]
    metadata_: Mapped[EmptyObject] = mapped_column("metadata")
    blocked: Mapped[Flag | None]
    tpm_limit: Mapped[BigInteger | None]
    rpm_limit: Mapped[BigInteger | None]
    max_budget: Mapped[Double | None]
    budget_duration: Mapped[Text | None]
    budget_reset_at: Mapped[Moment | None]
    allowed_cache_controls: Mapped[NoTexts | None]
    allowed_routes: Mapped[NoTexts | None]
    policies: Mapped[NoTexts | None]
    access_group_ids: Mapped[NoTexts | None]
    model_spend: Mapped[EmptyObject]
    model_max_budget: Mapped[EmptyObject]
    router_settings: Mapped[EmptyObject | None]
    budget_id: Mapped[Text | None]
    organization_id: Mapped[Text | None]
    object_permission_id: Mapped[Text | None]
    created_at: Mapped[Moment | None]
    created_by: Mapped[Text | None]
    updated_at: Mapped[Moment | None]
    updated_by: Mapped[Text | None]
    last_active: Mapped[Moment | None]
    rotation_count: Mapped[SmallCount | None]
    auto_rotate: Mapped[Off | None]
    rotation_interval: Mapped[Text | None]
    last_rotation_at: Mapped[Moment | None]
    key_rotation_at: Mapped[Moment | None]
    deleted_at: Mapped[Now]
    deleted_by: Mapped[Text | None]
    deleted_by_api_key: Mapped[Text | None]
    litellm_changed_by: Mapped[Text | None]


class JwtKeyMapping(Base):
    """A JWT claim's value that stands for a key."""

    __tablename__ = "LiteLLM_JWTKeyMapping"
    __table_args__ = (
        PrimaryKeyConstraint("id", name="LiteLLM_JWTKeyMapping_pkey"),
        Index(
            "LiteLLM_JWTKeyMapping_jwt_claim_name_jwt_claim_value_is_act_idx",
            "jwt_claim_name",
            "jwt_claim_value",
            "is_active",
        ),
        Index(
            "LiteLLM_JWTKeyMapping_jwt_claim_name_jwt_claim_value_key", "jwt_claim_name", "jwt_claim_value", unique=True
        ),
    )

    id: Mapped[Text]
    jwt_claim_name: Mapped[Text]
    jwt_claim_value: Mapped[Text]
    token: Mapped[Text] = mapped_column(
        reference("LiteLLM_VerificationToken.token", "LiteLLM_JWTKeyMapping_token_fkey", on_delete="RESTRICT")
    )
    description: Mapped[Text | None]
    is_active: Mapped[On]
    created_at: Mapped[Now]
    created_by: Mapped[Text | None]
    updated_at: Mapped[Now]
    updated_by: Mapped[Text | None]
