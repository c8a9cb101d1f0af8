"""Indexes of vector stores (proxy/vector_store_endpoints/endpoints.py, index_create)."""

from __future__ import annotations

from collections.abc import Sequence

from gwctl.core.change import Change
from gwctl.core.stage import Stage
from gwctl.errors import Invalid


def create(_stage: Stage, changes: Sequence[Change]) -> None:
    for change in changes:
        params = change.columns.get("litellm_params") or {}
        for name in ("vector_store_index", "vector_store_name"):
            if not params.get(name):
                change.refuse(f"an index needs its {name}", name, kind=Invalid)
        if not change.columns.get("index_name"):
            change.refuse("an index needs a name", "index_name", kind=Invalid)
