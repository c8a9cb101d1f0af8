"""Spend tags (proxy/management_endpoints/tag_management_endpoints.py)."""

from __future__ import annotations

from collections.abc import Sequence

from gwctl.core.change import Change
from gwctl.core.stage import Stage
from gwctl.rules.naming import need_name

MODELS = "LiteLLM_ProxyModelTable"


def create(stage: Stage, changes: Sequence[Change]) -> None:
    """new_tag notes the names of those models that the database knows by id."""
    for change in changes:
        need_name(change)
        change.columns.setdefault("model_info", {})
    _names_of_models(stage, changes)


def update(stage: Stage, changes: Sequence[Change]) -> None:
    """update_tag overwrites description and models also where they are left out; here they stay."""
    _names_of_models(stage, changes)


def _names_of_models(stage: Stage, changes: Sequence[Change]) -> None:
    asked = [change for change in changes if "models" in change.columns]
    rows = stage.load(MODELS, "model_id", [model for change in asked for model in change.columns["models"]])
    names = {row["model_id"]: row["model_name"] for row in rows}
    for change in asked:
        change.columns["model_info"] = {model: names[model] for model in change.columns["models"] if model in names}
