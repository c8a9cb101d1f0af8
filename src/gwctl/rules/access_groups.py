"""Access groups: which teams and keys have one is told on their side; a group that goes is taken from all of them.

Source: proxy/management_endpoints/access_group_endpoints.py, delete_access_group.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gwctl.core import sharing
from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.rules import assignments, named_lists
from gwctl.rules.naming import need_name

GROUPS = assignments.GROUPS
OWNERS = {"LiteLLM_TeamTable": "assigned_team_ids", "LiteLLM_VerificationToken": "assigned_key_ids"}
AGENTS = ("agents", "agent_access_groups")


def create(_stage: Stage, changes: Sequence[Change]) -> None:
    """create_access_group."""
    for change in changes:
        need_name(change)


def delete(stage: Stage, changes: Sequence[Change]) -> None:
    """What the group opened is closed again: the lists of models that teams and keys have of their own are not
    touched. Its agents, though, may be all that limits a team or a key to some: to the gateway none means every agent
    (proxy/agent_endpoints/auth/agent_permission_handler.py)."""
    causes = {change.id: change for change in changes}
    limiting = {name: change for name, change in causes.items() if (change.value("access_agent_ids") or [])}
    rows = [row for table in OWNERS for row in stage.load(table, "access_group_ids", limiting)]
    for name, change in limiting.items():
        opened = [row for row in rows if name in row.items("access_group_ids") and not _limited(stage, row, causes)]
        if opened:
            named_lists.refuse(stage, change, named_lists.whose(stage, opened), "call every agent")
    if any(change.troubles for change in changes):
        return
    for table in OWNERS:
        named_lists.leave(stage, causes, table, "access_group_ids")


def replace(stage: Stage, changes: Sequence[Change], heir: Row) -> None:
    """Another group in the place of these, for teams and keys; both sides are kept in step."""
    new = heir["access_group_id"]
    moved = named_lists.moved({change.id: change for change in changes}, new)
    for table, column in OWNERS.items():
        key = stage.unit.key_of(table)[0]
        ids = [row[key] for row in stage.load(table, "access_group_ids", moved)]
        named_lists.swap(stage, moved, table, "access_group_ids")
        group = stage.get(GROUPS, new, change=True)
        if group is not None and ids:
            held = group.items(column)
            stage.update(group, {column: [*held, *(one for one in ids if one not in held)]}, cause=changes[0])


def _limited(stage: Stage, row: Row, going: Mapping[str, Change]) -> bool:
    """Whether something else limits an owner to some agents: its own lists, or another group."""
    permission = stage.get(sharing.PERMISSIONS, row["object_permission_id"])
    if permission is not None and any(permission.items(name) for name in AGENTS):
        return True
    others = [one for one in row.items("access_group_ids") if one not in going]
    return any(group.items("access_agent_ids") for group in stage.load(GROUPS, "access_group_id", others))
