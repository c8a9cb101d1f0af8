"""Access groups: the ids of teams and keys that they are given to, kept in step with the other side.

The gateway's team and key endpoints write one side alone; here both sides move in one transaction.
Source: proxy/management_endpoints/access_group_endpoints.py, which writes both.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from gwctl.core.change import Change
from gwctl.core.stage import Stage

GROUPS = "LiteLLM_AccessGroupTable"


def follow(stage: Stage, changes: Iterable[Change], column: str) -> None:
    """Brings `column` (assigned_team_ids, assigned_key_ids) of groups in step with changes of `access_group_ids`."""
    come: dict[str, dict[str, Change]] = defaultdict(dict)
    go: dict[str, dict[str, Change]] = defaultdict(dict)
    for change in changes:
        if "access_group_ids" in change.columns:
            now = set(change.row.items("access_group_ids")) if change.row else set()
            wanted = set(change.columns["access_group_ids"])
            for group_id in wanted - now:
                come[group_id][change.id] = change
            for group_id in now - wanted:
                go[group_id][change.id] = change
    for group in stage.load(GROUPS, "access_group_id", sorted({*come, *go}), change=True):
        new, gone = come[group["access_group_id"]], go[group["access_group_id"]]
        stay = [one for one in group.items(column) if one not in gone and one not in new]
        stage.update(group, {column: [*stay, *new]}, cause=next(iter([*new.values(), *gone.values()])))


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
