"""Spend tags: requests that bear one are counted together, and may have a budget."""

from __future__ import annotations

from gwctl.describe import Entity, Name, Names, Text
from gwctl.entities.shared import OwnLimits


class TagSpec(OwnLimits):
    tag_name: Name | None = None
    """The tag, as requests bear it."""

    description: Text | None = None
    """What it is for."""

    models: Names | None = None
    """Models that requests with the tag are routed to, by id or name."""


TAG = Entity(
    name="tag",
    group="tags",
    table="LiteLLM_TagTable",
    key="tag_name",
    spec=TagSpec,
    identity="tag_name",
    columns=(
        "tag_name",
        "description",
        "models",
        "spend",
        "max_budget",
        "budget_duration",
        "…",
        "budget_id",
        "created_at",
    ),
    observed=("spend", "created_at", "created_by", "updated_at", "model_info", "budget_reset_at"),
    fixed=("tag_name",),
)
