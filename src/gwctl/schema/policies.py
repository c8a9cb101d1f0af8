"""Guardrails, policies, where these apply, and prompts."""

from __future__ import annotations

from sqlalchemy import Index, PrimaryKeyConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from gwctl.schema.base import Base, EmptyObject, Integer, Json, Moment, NoTexts, Now, On, Text


class Guardrail(Base):
    """A guardrail, and where its submission stands."""

    __tablename__ = "LiteLLM_GuardrailsTable"
    __table_args__ = (
        PrimaryKeyConstraint("guardrail_id", name="LiteLLM_GuardrailsTable_pkey"),
        Index("LiteLLM_GuardrailsTable_guardrail_name_key", "guardrail_name", unique=True),
        Index("LiteLLM_GuardrailsTable_status_idx", "status"),
    )

    guardrail_id: Mapped[Text]
    guardrail_name: Mapped[Text]
    litellm_params: Mapped[Json]
    guardrail_info: Mapped[Json | None]
    team_id: Mapped[Text | None]
    created_at: Mapped[Now]
    updated_at: Mapped[Moment]
    status: Mapped[Text] = mapped_column(server_default="active")
    submitted_at: Mapped[Moment | None]
    reviewed_at: Mapped[Moment | None]


class Policy(Base):
    """A version of a policy."""

    __tablename__ = "LiteLLM_PolicyTable"
    __table_args__ = (
        PrimaryKeyConstraint("policy_id", name="LiteLLM_PolicyTable_pkey"),
        Index("LiteLLM_PolicyTable_policy_name_version_status_idx", "policy_name", "version_status"),
        Index("LiteLLM_PolicyTable_policy_name_version_number_key", "policy_name", "version_number", unique=True),
    )

    policy_id: Mapped[Text]
    policy_name: Mapped[Text]
    version_number: Mapped[Integer] = mapped_column(server_default=text("1"))
    version_status: Mapped[Text] = mapped_column(server_default="production")
    parent_version_id: Mapped[Text | None]
    is_latest: Mapped[On]
    published_at: Mapped[Moment | None]
    production_at: Mapped[Moment | None]
    inherit: Mapped[Text | None]
    description: Mapped[Text | None]
    guardrails_add: Mapped[NoTexts | None]
    guardrails_remove: Mapped[NoTexts | None]
    condition: Mapped[EmptyObject | None]
    pipeline: Mapped[Json | None]
    created_at: Mapped[Now]
    created_by: Mapped[Text | None]
    updated_at: Mapped[Now]
    updated_by: Mapped[Text | None]


class PolicyAttachment(Base):
    """Where a policy applies."""

    __tablename__ = "LiteLLM_PolicyAttachmentTable"
    __table_args__ = (PrimaryKeyConstraint("attachment_id", name="LiteLLM_PolicyAttachmentTable_pkey"),)

    attachment_id: Mapped[Text]
    policy_name: Mapped[Text]
    scope: Mapped[Text | None]
    teams: Mapped[NoTexts | None]
    keys: Mapped[NoTexts | None]
    models: Mapped[NoTexts | None]
    tags: Mapped[NoTexts | None]
    created_at: Mapped[Now]
    created_by: Mapped[Text | None]
    updated_at: Mapped[Now]
    updated_by: Mapped[Text | None]


class Prompt(Base):
    """A version of a prompt."""

    __tablename__ = "LiteLLM_PromptTable"
    __table_args__ = (
        PrimaryKeyConstraint("id", name="LiteLLM_PromptTable_pkey"),
        Index("LiteLLM_PromptTable_prompt_id_idx", "prompt_id"),
        Index("LiteLLM_PromptTable_prompt_id_version_key", "prompt_id", "version", unique=True),
    )

    id: Mapped[Text]
    prompt_id: Mapped[Text]
    version: Mapped[Integer] = mapped_column(server_default=text("1"))
    litellm_params: Mapped[Json]
    prompt_info: Mapped[Json | None]
    created_at: Mapped[Now]
    updated_at: Mapped[Moment]
