"""Agents: what the gateway checks and writes when one is made, changed or deleted.

Source: proxy/agent_endpoints/endpoints.py, agent_registry.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from gwctl.core import sharing
from gwctl.core.change import Change
from gwctl.core.stage import Stage
from gwctl.errors import Invalid
from gwctl.rules import named_lists

KEYS = "LiteLLM_VerificationToken"
GROUPS = "LiteLLM_AccessGroupTable"
CONFIG = "LiteLLM_Config"
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
    if any(change.troubles for change in changes):
        return
    for key in stage.load(KEYS, "agent_id", gone, change=True):
        stage.update(key, {"agent_id": None}, cause=gone[key["agent_id"]], audited="updated")
    _no_longer_public(stage, gone)


def _no_longer_public(stage: Stage, gone: dict[str, Change]) -> None:
    settings = stage.get(CONFIG, "litellm_settings", change=True)
    values = settings.object("param_value") if settings else {}
    public = values.get("public_agent_groups")
    if settings is None or not isinstance(public, list) or not any(one in gone for one in public):
        return
    left = [one for one in public if one not in gone]
    cause = named_lists.cause(public, gone)
    stage.update(settings, {"param_value": {**values, "public_agent_groups": left}}, cause=cause)
