"""Access groups: the ids of teams and keys that they are given to, kept in step with the other side.

The gateway's team and key endpoints write one side alone; here both sides move in one transaction.
Source: proxy/management_endpoints/access_group_endpoints.py, which writes both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gwctl.core.change import Change
from gwctl.core.stage import Stage

GROUPS = "LiteLLM_AccessGroupTable"


def follow(stage: Stage, changes: Iterable[Change], column: str) -> None:
    """Brings `column` (assigned_team_ids, assigned_key_ids) of groups in step with changes of `access_group_ids`."""
    for change in changes:
        if "access_group_ids" not in change.columns:
            continue
        now = set(change.row.items("access_group_ids")) if change.row else set()
        wanted = set(change.columns["access_group_ids"])
        for group in stage.load(GROUPS, "access_group_id", sorted(now ^ wanted), change=True):
            members = [one for one in group.items(column) if one != change.id]
            stage.update(
                group, {column: [*members, change.id] if group["access_group_id"] in wanted else members}, cause=change
            )


def forget(stage: Stage, column: str, causes: Mapping[str, object]) -> None:
    """Takes ids out of every group; each is given with the change on whose behalf it goes."""
    for group in stage.load(GROUPS, column, causes, change=True):
        held = group.items(column)
        cause = next(causes[one] for one in held if one in causes)
        stage.update(group, {column: [one for one in held if one not in causes]}, cause=cause)


def rename(stage: Stage, column: str, old: str, new: str, *, cause: object = None) -> None:
    """Puts an id in the place of another."""
    for group in stage.load(GROUPS, column, [old], change=True):
        stage.update(group, {column: [new if one == old else one for one in group.items(column)]}, cause=cause)
