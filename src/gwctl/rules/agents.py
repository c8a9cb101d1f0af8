"""Agents: what the gateway checks and writes when one is made, changed or deleted.

Source: proxy/agent_endpoints/endpoints.py, agent_registry.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gwctl.core import sharing
from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.errors import Invalid
from gwctl.rules import mcp_reach, named_lists, public_lists

KEYS = "LiteLLM_VerificationToken"
GROUPS = "LiteLLM_AccessGroupTable"
PUBLIC = "public_agent_groups"
LIMITS = ("tpm_limit", "rpm_limit", "session_tpm_limit", "session_rpm_limit")
OPENS = "call every agent"


def create(_stage: Stage, changes: Sequence[Change]) -> None:
    """create_agent."""
    for change in changes:
        if not change.columns.get("agent_name"):
            change.refuse("an agent needs a name", "agent_name", kind=Invalid)
        if not change.columns.get("agent_card_params"):
            hint = "As --agent-card-params name=helper --agent-card-params url=http://…"
            change.refuse("an agent needs its card", "agent_card_params", kind=Invalid, hint=hint)
        change.columns.setdefault("litellm_params", {})


def update(_stage: Stage, changes: Sequence[Change]) -> None:
    """patch_agent: only what is sent."""
    for change in changes:
        for column in ("agent_name", "agent_card_params"):
            if column in change.columns and not change.columns[column]:
                change.refuse(f"an agent must have its {column}", column, kind=Invalid)


def delete(stage: Stage, changes: Sequence[Change]) -> None:
    """delete_agent leaves its id in every list. Taking it out must not let everybody call every agent: to the gateway
    an empty list of agents allows all of them."""
    gone = {change.id: change for change in changes}
    named_lists.leave(stage, gone, sharing.PERMISSIONS, "agents", opens=OPENS)
    named_lists.leave(stage, gone, GROUPS, "access_agent_ids", opens=OPENS)
    keys = stage.load(KEYS, "agent_id", gone, change=True)
    _keep_limits(stage, gone, keys)
    if any(change.troubles for change in changes):
        return
    for key in keys:
        stage.update(key, {"agent_id": None}, cause=gone[key["agent_id"]], audited="updated")
    public_lists.change(stage, PUBLIC, {name: (None, change) for name, change in gone.items()})


def replace(stage: Stage, changes: Sequence[Change], heir: Row) -> None:
    """Another agent in the place of these, in every list and as the agent of keys."""
    moved = named_lists.moved({change.id: change for change in changes}, heir["agent_id"])
    named_lists.swap(stage, moved, sharing.PERMISSIONS, "agents")
    named_lists.swap(stage, moved, GROUPS, "access_agent_ids")
    for key in stage.load(KEYS, "agent_id", moved, change=True):
        new, change = moved[key["agent_id"]]
        stage.update(key, {"agent_id": new}, cause=change, audited="updated")
    public_lists.change(stage, PUBLIC, dict(moved))


def _keep_limits(stage: Stage, gone: Mapping[str, Change], keys: Sequence[Row]) -> None:
    """An agent's limits and its MCP servers bound the keys that are its own; they would be bound no longer."""
    for name, change in gone.items():
        mine = [key for key in keys if key["agent_id"] == name]
        if mine and _limits(stage, change):
            named_lists.refuse_lifting(stage, change, named_lists.whose(stage, mine))


def _limits(stage: Stage, change: Change) -> bool:
    permission = change.value("object_permission_id")
    return any(change.value(column) is not None for column in LIMITS) or bool(
        permission and mcp_reach.named(stage.get(sharing.PERMISSIONS, permission))
    )
