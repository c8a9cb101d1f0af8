"""Batches, fine-tuning jobs and stored responses: what the proxy calls each, and what the provider calls it. The proxy
writes them; here they are looked at and removed.
"""

from __future__ import annotations

from gwctl.describe import Entity, Name, Spec


class BatchSpec(Spec):
    id: Name | None = None
    """The row's id."""


BATCH = Entity(
    name="batch",
    group="batches",
    table="LiteLLM_ManagedObjectTable",
    key="id",
    spec=BatchSpec,
    identity="id",
    names=("model_object_id", "unified_object_id"),
    columns=("id", "file_purpose", "status", "batch_processed", "model_object_id", "created_by", "created_at", "…",
             "unified_object_id", "updated_at"),
    observed=("unified_object_id", "model_object_id", "file_object", "file_purpose", "status", "batch_processed",
              "created_at", "created_by", "updated_at", "updated_by"),
    fixed=("id",),
    in_manifests=False,
)  # fmt: skip
