"""Spend tags: requests that bear one are counted together, and may have a budget."""

from __future__ import annotations

from typing import Annotated

from gwctl.describe import Entity, Name, Names, Ref, Spec, Text


class TagSpec(Spec):
    tag_name: Name | None = None
    """The tag, as requests bear it."""

    description: Text | None = None
    """What it is for."""

    models: Names | None = None
    """Models that requests with the tag are routed to, by id or name."""

    budget: Annotated[Name | None, Ref("budget", "budget_id")] = None
    """The budget that requests with the tag share."""


TAG = Entity(
    name="tag",
    group="tags",
    table="LiteLLM_TagTable",
    key="tag_name",
    spec=TagSpec,
    identity="tag_name",
    columns=("tag_name", "description", "models", "spend", "budget_id", "created_at"),
    observed=("spend", "created_at", "created_by", "updated_at", "model_info"),
    fixed=("tag_name",),
)
