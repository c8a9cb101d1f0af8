"""Files, batches and vector stores: the proxy's id of each, and what the providers call it."""

from __future__ import annotations

from sqlalchemy import Index, PrimaryKeyConstraint
from sqlalchemy.orm import Mapped

from gwctl.schema.base import Base, Json, Moment, NoTexts, Now, Off, Text


class ManagedFile(Base):
    """A file under the proxy's id, and its ids at the providers."""

    __tablename__ = "LiteLLM_ManagedFileTable"
    __table_args__ = (
        PrimaryKeyConstraint("id", name="LiteLLM_ManagedFileTable_pkey"),
        Index("LiteLLM_ManagedFileTable_unified_file_id_key", "unified_file_id", unique=True),
        Index("LiteLLM_ManagedFileTable_unified_file_id_idx", "unified_file_id"),
    )

    id: Mapped[Text]
    unified_file_id: Mapped[Text]
    file_object: Mapped[Json | None]
    model_mappings: Mapped[Json]
    flat_model_file_ids: Mapped[NoTexts | None]
    storage_backend: Mapped[Text | None]
    storage_url: Mapped[Text | None]
    created_at: Mapped[Now]
    created_by: Mapped[Text | None]
    updated_at: Mapped[Moment]
    updated_by: Mapped[Text | None]


class ManagedObject(Base):
    """A batch or fine-tuning job that runs at a provider."""

    __tablename__ = "LiteLLM_ManagedObjectTable"
    __table_args__ = (
        PrimaryKeyConstraint("id", name="LiteLLM_ManagedObjectTable_pkey"),
        Index("LiteLLM_ManagedObjectTable_unified_object_id_key", "unified_object_id", unique=True),
        Index("LiteLLM_ManagedObjectTable_model_object_id_key", "model_object_id", unique=True),
        Index("LiteLLM_ManagedObjectTable_unified_object_id_idx", "unified_object_id"),
        Index("LiteLLM_ManagedObjectTable_model_object_id_idx", "model_object_id"),
    )

    id: Mapped[Text]
    unified_object_id: Mapped[Text]
    model_object_id: Mapped[Text]
    file_object: Mapped[Json]
    file_purpose: Mapped[Text]
    status: Mapped[Text | None]
    batch_processed: Mapped[Off]
    created_at: Mapped[Now]
    created_by: Mapped[Text | None]
    updated_at: Mapped[Moment]
    updated_by: Mapped[Text | None]


class ManagedVectorStoreResource(Base):
    """A vector store under the proxy's id, and its ids at the providers."""

    __tablename__ = "LiteLLM_ManagedVectorStoreTable"
    __table_args__ = (
        PrimaryKeyConstraint("id", name="LiteLLM_ManagedVectorStoreTable_pkey"),
        Index("LiteLLM_ManagedVectorStoreTable_unified_resource_id_key", "unified_resource_id", unique=True),
        Index("LiteLLM_ManagedVectorStoreTable_unified_resource_id_idx", "unified_resource_id"),
    )

    id: Mapped[Text]
    unified_resource_id: Mapped[Text]
    resource_object: Mapped[Json | None]
    model_mappings: Mapped[Json]
    flat_model_resource_ids: Mapped[NoTexts | None]
    storage_backend: Mapped[Text | None]
    storage_url: Mapped[Text | None]
    created_at: Mapped[Now]
    created_by: Mapped[Text | None]
    updated_at: Mapped[Moment]
    updated_by: Mapped[Text | None]


class ManagedVectorStore(Base):
    """A vector store that requests may name."""

    __tablename__ = "LiteLLM_ManagedVectorStoresTable"
    __table_args__ = (
        PrimaryKeyConstraint("vector_store_id", name="LiteLLM_ManagedVectorStoresTable_pkey"),
        Index("LiteLLM_ManagedVectorStoresTable_team_id_idx", "team_id"),
        Index("LiteLLM_ManagedVectorStoresTable_user_id_idx", "user_id"),
    )

    vector_store_id: Mapped[Text]
    custom_llm_provider: Mapped[Text]
    vector_store_name: Mapped[Text | None]
    vector_store_description: Mapped[Text | None]
    vector_store_metadata: Mapped[Json | None]
    created_at: Mapped[Now]
    updated_at: Mapped[Moment]
    litellm_credential_name: Mapped[Text | None]
    litellm_params: Mapped[Json | None]
    team_id: Mapped[Text | None]
    user_id: Mapped[Text | None]


class ManagedVectorStoreIndex(Base):
    """An index of a vector store."""

    __tablename__ = "LiteLLM_ManagedVectorStoreIndexTable"
    __table_args__ = (
        PrimaryKeyConstraint("id", name="LiteLLM_ManagedVectorStoreIndexTable_pkey"),
        Index("LiteLLM_ManagedVectorStoreIndexTable_index_name_key", "index_name", unique=True),
    )

    id: Mapped[Text]
    index_name: Mapped[Text]
    litellm_params: Mapped[Json]
    index_info: Mapped[Json | None]
    created_at: Mapped[Now]
    created_by: Mapped[Text | None]
    updated_at: Mapped[Moment]
    updated_by: Mapped[Text | None]
