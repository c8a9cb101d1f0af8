"""Deployed models, aliases, and the credentials they use."""

from __future__ import annotations

from sqlalchemy import Index, PrimaryKeyConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from gwctl.schema.base import Base, Integer, Json, Now, Text


class ProxyModel(Base):
    """A deployment of a model; its parameters are encrypted."""

    __tablename__ = "LiteLLM_ProxyModelTable"
    __table_args__ = (PrimaryKeyConstraint("model_id", name="LiteLLM_ProxyModelTable_pkey"),)

    model_id: Mapped[Text]
    model_name: Mapped[Text]
    litellm_params: Mapped[Json]
    model_info: Mapped[Json | None]
    created_at: Mapped[Now]
    created_by: Mapped[Text]
    updated_at: Mapped[Now]
    updated_by: Mapped[Text]


class ModelAliases(Base):
    """A team's aliases of models."""

    __tablename__ = "LiteLLM_ModelTable"
    __table_args__ = (PrimaryKeyConstraint("id", name="LiteLLM_ModelTable_pkey"),)

    id: Mapped[Integer] = mapped_column(
        autoincrement=True, server_default=text("nextval('\"LiteLLM_ModelTable_id_seq\"'::regclass)")
    )
    aliases: Mapped[Json | None]
    created_at: Mapped[Now]
    created_by: Mapped[Text]
    updated_at: Mapped[Now]
    updated_by: Mapped[Text]


class Credential(Base):
    """Named credentials of a provider; the values are encrypted."""

    __tablename__ = "LiteLLM_CredentialsTable"
    __table_args__ = (
        PrimaryKeyConstraint("credential_id", name="LiteLLM_CredentialsTable_pkey"),
        Index("LiteLLM_CredentialsTable_credential_name_key", "credential_name", unique=True),
    )

    credential_id: Mapped[Text]
    credential_name: Mapped[Text]
    credential_values: Mapped[Json]
    credential_info: Mapped[Json | None]
    created_at: Mapped[Now]
    created_by: Mapped[Text]
    updated_at: Mapped[Now]
    updated_by: Mapped[Text]
