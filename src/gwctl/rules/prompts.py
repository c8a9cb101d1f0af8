"""Prompts: what the gateway checks and writes when one is made, changed or deleted.

Source: proxy/prompts/prompt_endpoints.py. Its PATCH is broken, and other proxies would not see it: a change is a new
version here, as with its PUT.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.errors import Invalid
from gwctl.rules import named_lists

PROMPTS = "LiteLLM_PromptTable"
OWNERS = ("LiteLLM_VerificationToken", "LiteLLM_TeamTable", "LiteLLM_ProjectTable")
DEFAULTS: Mapping[str, Any] = {
    "prompt_id": None, "api_base": None, "api_key": None, "provider_specific_query_params": None,
    "ignore_prompt_manager_model": False, "ignore_prompt_manager_optional_params": False, "dotprompt_content": None,
}  # fmt: skip
"""What the stored parameters hold where nothing is said (types/prompts/init_prompts.py, PromptLiteLLMParams)."""


def create(_stage: Stage, changes: Sequence[Change]) -> None:
    """create_prompt: version 1."""
    for change in changes:
        change.columns.setdefault("prompt_info", {"prompt_type": "db"})
        change.columns["version"] = 1
        _parameters(change)
        if not change.columns.get("prompt_id"):
            change.refuse("a prompt needs an id", "prompt_id", kind=Invalid)


def update(stage: Stage, changes: Sequence[Change]) -> None:
    """update_prompt: one version more; those that were there stay."""
    for change in changes:
        row = change.row
        assert row is not None
        said = dict(change.columns)
        _parameters(change)
        said["litellm_params"] = change.columns["litellm_params"]
        change.columns.clear()
        made = {**(row.after or {}), **said, "id": str(uuid.uuid4()), "version": 1 + _highest(stage, row)}
        if change.troubles:
            continue
        stamps = {"created_at": stage.unit.now, "updated_at": stage.unit.now, "created_by": stage.unit.actor}
        change.heir = stage.insert(PROMPTS, {**made, **stamps}, cause=change)


def delete(stage: Stage, changes: Sequence[Change]) -> None:
    """delete_prompt. Keys that name prompts may use these alone: a list must not become empty by it."""
    for table in OWNERS:
        named_lists.leave_metadata(stage, _gone(stage, changes), table, "prompts", opens="use every prompt")


def replace(stage: Stage, changes: Sequence[Change], heir: Row) -> None:
    """Another prompt in the place of these, in every list."""
    moved = named_lists.moved(_gone(stage, changes), heir["prompt_id"])
    for table in OWNERS:
        named_lists.rename_in_metadata(stage, moved, table, "prompts")


def _gone(stage: Stage, changes: Sequence[Change]) -> dict[str, Change]:
    """The prompts of which no version is left."""
    going = {change.id for change in changes}
    names = {change.name: change for change in changes}
    left = {row["prompt_id"] for row in stage.load(PROMPTS, "prompt_id", names) if row["id"] not in going}
    return {name: change for name, change in names.items() if name not in left}


def _parameters(change: Change) -> None:
    params = {**DEFAULTS, **(change.value("litellm_params") or {})}
    if not params.get("prompt_integration"):
        hint = "As --prompt-integration dotprompt."
        change.refuse("a prompt needs its prompt_integration", "prompt_integration", kind=Invalid, hint=hint)
    change.columns["litellm_params"] = params


def _highest(stage: Stage, row: Row) -> int:
    rows = stage.load(PROMPTS, "prompt_id", [row["prompt_id"]])
    return max(one["version"] or 0 for one in rows if one["environment"] == row["environment"])
