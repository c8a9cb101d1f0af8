"""Guardrails: what the gateway checks and writes when one is made, changed or deleted.

Source: proxy/guardrails/guardrail_endpoints.py, guardrail_registry.py. Its poll compares a row with the parameters'
defaults: a row that lacks one is set up anew every 30 seconds, so they are all written. Policies, keys and teams go by
the name: a rename takes them along, and a guardrail that goes leaves them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.errors import Invalid
from gwctl.rules import guardrail_names

DEFAULTS: Mapping[str, Any] = {
    "action": "block", "confidence_threshold": 0.5, "detect_execution_intent": True, "on_flagged": "block",
    "is_detector_server": True, "verify_ssl": True, "block_on_violation": True,
    "experimental_use_latest_role_message_only": False, "default_on": False, "fail_on_error": True,
    "unreachable_fallback": "fail_closed", "api_version": "v1", "send_user_api_key_alias": False,
    "send_user_api_key_user_id": False, "send_user_api_key_team_id": False, "default_action": "deny",
    "on_disallowed_action": "block", "use_v2": False, "on_flagged_action": "monitor", "include_scanners": True,
    "include_evidence": True, "mask": False, "payload": True, "breakdown": True, "dev_info": True,
    "disable_exception_on_block": False, "presidio_language": "en",
}  # fmt: skip
"""The parameters whose default is something (types/guardrails.py, LitellmParams)."""


def create(stage: Stage, changes: Sequence[Change]) -> None:
    """create_guardrail: active at once."""
    for change in changes:
        change.columns.setdefault("guardrail_info", {})
        change.columns["status"] = "active"
        _parameters(change)
    _has_name(changes)
    _stamp(stage, changes)


def update(stage: Stage, changes: Sequence[Change]) -> None:
    """patch_guardrail: parameters are merged."""
    for change in changes:
        if "litellm_params" in change.columns:
            _parameters(change)
    renamed = [change for change in changes if change.row and change.columns.get("guardrail_name")]
    guardrail_names.rename(stage, {change.row["guardrail_name"]: (change.columns["guardrail_name"], change)
                                   for change in renamed if change.row})  # fmt: skip
    _has_name([change for change in changes if "guardrail_name" in change.columns])


def delete(stage: Stage, changes: Sequence[Change]) -> None:
    """delete_guardrail. A step of a pipeline that names it would be an error to the gateway, which blocks: taking it
    out would let pass what it stops."""
    guardrail_names.forget(stage, {change.name: change for change in changes})


def replace(stage: Stage, changes: Sequence[Change], heir: Row) -> None:
    """Another guardrail in the place of these: in policies, their pipelines, keys, teams and projects."""
    guardrail_names.rename(stage, {change.name: (heir["guardrail_name"], change) for change in changes})


def exported(_: Stage, found: Iterable[tuple[Row, dict[str, Any]]]) -> Iterator[dict[str, Any]]:
    """Without the parameters that a guardrail gets anyway, and without those that wait for their review or failed it:
    elsewhere they would run."""
    for row, document in found:
        if row["status"] not in (None, "active"):
            continue
        params = document.get("litellm_params") or {}
        kept = {name: value for name, value in params.items() if DEFAULTS.get(name) != value}
        said = {name: value for name, value in document.items() if name != "default_on" or value}
        said["litellm_params"] = kept
        yield {name: value for name, value in said.items() if value is not kept or kept}


def _parameters(change: Change) -> None:
    params = {**DEFAULTS, **(change.columns.get("litellm_params") or {})}
    for name, hint in (("guardrail", "--guardrail presidio"), ("mode", "--mode pre_call")):
        if not params.get(name):
            change.refuse(f"a guardrail needs its {name}", name, kind=Invalid, hint=f"As {hint}.")
    change.columns["litellm_params"] = params


def _has_name(changes: Sequence[Change]) -> None:
    for change in changes:
        if not change.columns.get("guardrail_name"):
            change.refuse("a guardrail needs a name", "guardrail_name", kind=Invalid)


def _stamp(stage: Stage, changes: Sequence[Change]) -> None:
    for change in changes:
        change.columns["updated_at"] = stage.unit.now
