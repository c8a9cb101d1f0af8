"""Guardrails as a team submits them, for an administrator to approve or reject.

Source: proxy/guardrails/guardrail_endpoints.py (register_guardrail), where a team's key does it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from gwctl.core import binding, naming, sealed_fields
from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.describe import Entity
from gwctl.errors import Invalid
from gwctl.operations.guardrail_reviews import PENDING

KIND = "generic_guardrail_api"


def submit(stage: Stage, entity: Entity, team: Row, user: Row | None, fields: Mapping[str, Any]) -> list[Change]:
    """A guardrail that waits for its review; its parameters are stored as they are sent."""
    change = Change("create", entity, sealed_fields.wrap(entity, {"guardrail": KIND, **fields}), audited="created")
    naming.names_are_free(stage, entity, [change])
    _check(change)
    change.columns = {
        "guardrail_id": str(uuid.uuid4()), "guardrail_info": {},
        **binding.columns(stage.unit, entity, change.fields, None),
        "team_id": team["team_id"], "status": PENDING, "submitted_at": stage.unit.now,
    }  # fmt: skip
    change.columns["guardrail_info"] = {**change.columns["guardrail_info"], **_submitter(user), "team_guardrail": True}
    if not change.troubles:
        change.row = stage.insert(entity.table, change.columns, cause=change, audited="created")
    return [change]


def _submitter(user: Row | None) -> dict[str, Any]:
    return {
        "submitted_by_user_id": user["user_id"] if user else None,
        "submitted_by_email": user["user_email"] if user else None,
    }


def _check(change: Change) -> None:
    kind, address = change.fields["guardrail"], urlsplit(str(change.fields.get("api_base") or ""))
    if kind != KIND:
        change.refuse(f"a team may submit a {KIND} alone, not {kind!r}", "guardrail", kind=Invalid)
    if not change.fields.get("mode"):
        change.refuse("a guardrail needs its mode", "mode", kind=Invalid, hint="As --mode pre_call.")
    if address.scheme not in ("http", "https") or not address.hostname:
        change.refuse("api_base should be a URL as https://guard.example.org", "api_base", kind=Invalid)
