"""Managed vector stores: what the proxy calls a store that a request made, and what the providers call it. The proxy
writes them; here they are looked at and removed.
"""

from __future__ import annotations

from gwctl.describe import Entity, Name, Spec


class ManagedVectorStoreSpec(Spec):
    id: Name | None = None
    """The row's id."""


MANAGED_VECTOR_STORE = Entity(
    name="managed_vector_store",
    group="managed-vector-stores",
    table="LiteLLM_ManagedVectorStoreTable",
    key="id",
    spec=ManagedVectorStoreSpec,
    identity="id",
    names=("unified_resource_id",),
    columns=("id", "created_by", "flat_model_resource_ids", "storage_backend", "created_at", "…",
             "unified_resource_id", "storage_url", "updated_at"),
    observed=("unified_resource_id", "resource_object", "model_mappings", "flat_model_resource_ids", "storage_backend",
              "storage_url", "created_at", "created_by", "updated_at", "updated_by"),
    fixed=("id",),
    in_manifests=False,
)  # fmt: skip
