"""Indexes of vector stores: names that keys and teams are given rights to."""

from __future__ import annotations

from typing import Annotated

from gwctl.describe import Entity, Inside, JsonObject, Merged, Name, Spec

PARAMETER = Inside("litellm_params")


class VectorStoreIndexSpec(Spec):
    index_name: Name | None = None
    """The index's name."""

    vector_store_index: Annotated[Name | None, PARAMETER] = None
    """The index at the provider."""

    vector_store_name: Annotated[Name | None, PARAMETER] = None
    """The vector store that it is in."""

    litellm_params: Annotated[JsonObject | None, Merged()] = None
    """Its other parameters; merged by key, null removes one."""

    index_info: Annotated[JsonObject | None, Merged()] = None
    """Anything else that is kept with it; merged by key, null removes one."""


VECTOR_STORE_INDEX = Entity(
    name="vector_store_index",
    group="vector-store-indexes",
    table="LiteLLM_ManagedVectorStoreIndexTable",
    key="id",
    spec=VectorStoreIndexSpec,
    identity="index_name",
    names=("index_name",),
    columns=("index_name", "vector_store_index", "vector_store_name", "created_at", "…", "id", "created_by"),
    observed=("created_at", "created_by", "updated_at", "updated_by"),
)  # fmt: skip
