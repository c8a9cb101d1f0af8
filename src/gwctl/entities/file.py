"""Files: what the proxy calls an uploaded file, and what the providers call it. The proxy writes them; here they are
looked at and removed.
"""

from __future__ import annotations

from gwctl.describe import Entity, Name, Spec


class FileSpec(Spec):
    id: Name | None = None
    """The row's id."""


FILE = Entity(
    name="file",
    group="files",
    table="LiteLLM_ManagedFileTable",
    key="id",
    spec=FileSpec,
    identity="id",
    names=("unified_file_id",),
    columns=("id", "created_by", "flat_model_file_ids", "storage_backend", "created_at", "…", "unified_file_id",
             "storage_url", "updated_at"),
    observed=("unified_file_id", "file_object", "model_mappings", "flat_model_file_ids", "storage_backend",
              "storage_url", "created_at", "created_by", "updated_at", "updated_by"),
    fixed=("id",),
    in_manifests=False,
)  # fmt: skip
