"""Whom a policy applies to: attachments come and go one at a time.

Source: proxy/policy_engine/policy_endpoints.py (create_policy_attachment, delete_policy_attachment).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gwctl.core import changes
from gwctl.core.binding import valued
from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.describe import Entity
from gwctl.errors import NotFound
from gwctl.rules import attachments


def attach(stage: Stage, entity: Entity, row: Row, wanted: Mapping[str, Any]) -> list[Change]:
    """A policy that is in production applies to somebody more. What it applies to already stays as it is."""
    if row["version_status"] != "production":
        raise NotFound(
            f"no version of {row['policy_name']!r} is in production", "gwctl policies promote puts one in force."
        )
    now = _now(stage, row)
    return changes.update(stage, entity, [row], [{"attachments": [*now, dict(wanted)]}])


def detach(
    stage: Stage, entity: Entity, row: Row, wanted: Mapping[str, Any] | None, attachment_id: str | None = None
) -> list[Change]:
    """The attachments of that value, or of that id, go; all of them where neither is given. Raises NotFound."""
    name = row["policy_name"]
    if attachment_id is not None:
        one = stage.get(attachments.ATTACHMENTS, attachment_id, change=True)
        if one is None or one["policy_name"] != name:
            raise _missing(name)
        wanted = attachments.value(one)
    now = _now(stage, row)
    left = [item for item in now if wanted is not None and valued([item]) != valued([wanted])]
    if len(left) == len(now):
        raise _missing(name)
    return changes.update(stage, entity, [row], [{"attachments": left}])


def _now(stage: Stage, row: Row) -> Sequence[dict[str, Any]]:
    return attachments.listed(stage, [row["policy_name"]]).get(row["policy_name"], [])


def _missing(name: str) -> NotFound:
    return NotFound(f"policy {name!r} has no such attachment", f"gwctl policies attachments {name} shows what it has.")
