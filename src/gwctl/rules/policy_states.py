"""States of a policy's versions: draft, published, production; and how a version gives way to the next.

Source: proxy/policy_engine/policy_registry.py (create_new_version, update_version_status).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage

POLICIES = "LiteLLM_PolicyTable"
CONTENT = ("inherit", "description", "guardrails_add", "guardrails_remove", "condition", "pipeline")
"""What a version says; its name and where it is attached are the policy's."""


def stamps(stage: Stage, old: str | None, new: str, *, created: bool = False) -> dict[str, Any]:
    """The moments that a version bears once it has come from one state to another. One that is made in production was
    never published."""
    found: dict[str, Any] = {}
    if new == "published" or (new == "production" and old == "draft" and not created):
        found["published_at"] = stage.unit.now
    if new == "production":
        found["production_at"] = stage.unit.now
    return found


def put(stage: Stage, change: Change) -> None:
    """Carries out a change of one version: a draft is changed in place, any other gives way to a new version."""
    row = change.row
    assert row is not None
    content = {name: change.columns.pop(name) for name in CONTENT if name in change.columns}
    old, wanted = row["version_status"], change.columns.pop("version_status", None)
    new = wanted or old
    if old == "draft":
        change.columns |= content
    elif content or new == "draft" or (old == "production" and new == "published"):
        succeed(stage, change, row, content, new)
        return
    if new == old:
        if not content:
            change.columns.pop("updated_by", None)  # nothing of the version's own changes
        return
    change.columns |= {"version_status": new, **stamps(stage, old, new)}
    if new == "production":
        step_down(stage, change, row["policy_name"], row)


def succeed(stage: Stage, change: Change, row: Row, content: Mapping[str, Any], state: str) -> Row:
    """A new version, made of `row` and what is to be different. One that goes to production is published on the way."""
    kept = {name: row[name] for name in CONTENT}
    made = {
        **kept, **content,
        "policy_id": str(uuid.uuid4()), "policy_name": row["policy_name"], "version_status": state,
        "version_number": 1 + _highest(stage, row["policy_name"]), "parent_version_id": row["policy_id"],
        "is_latest": True, "created_by": stage.unit.actor, "updated_by": stage.unit.actor,
        **({} if state == "draft" else stamps(stage, "draft", state)),
    }  # fmt: skip
    change.columns.pop("updated_by", None)
    for one in stage.load(POLICIES, "policy_name", [row["policy_name"]], change=True):
        if one["is_latest"]:
            stage.update(one, {"is_latest": False, "updated_by": stage.unit.actor}, cause=change)
    if state == "production":
        step_down(stage, change, row["policy_name"])
    change.heir = stage.insert(POLICIES, made, cause=change)
    return change.heir


def step_down(stage: Stage, change: Change, name: str, but: Row | None = None) -> None:
    """Every version of a name that is in production is published from now on: there is one at a time."""
    for one in stage.load(POLICIES, "policy_name", [name], change=True):
        if one is not but and one["version_status"] == "production":
            stage.update(one, {"version_status": "published", "updated_by": stage.unit.actor}, cause=change)


def _highest(stage: Stage, name: str) -> int:
    return max(row["version_number"] or 0 for row in stage.load(POLICIES, "policy_name", [name]))
