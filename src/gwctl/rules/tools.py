"""Tools: the proxy finds them; what is set is their policy, for all or for one key or team.

Source: proxy/management_endpoints/tool_management_endpoints.py, proxy/db/tool_registry_writer.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from gwctl.core import sharing
from gwctl.core.change import Change
from gwctl.core.stage import Stage
from gwctl.errors import Invalid, Refused
from gwctl.rules import named_lists

BLOCKED = "blocked_tools"
HINT = "--force goes on."


def create(_stage: Stage, changes: Sequence[Change]) -> None:
    """update_tool_policy of a tool that was not seen yet: what is not said is untrusted."""
    for change in changes:
        if not change.columns.get("tool_name"):
            change.refuse("a tool needs its name", "tool_name", kind=Invalid)
        change.columns.setdefault("input_policy", "untrusted")
        change.columns.setdefault("output_policy", "untrusted")


def update(_stage: Stage, changes: Sequence[Change]) -> None:
    """update_tool_policy."""
    for change in changes:
        for column in ("input_policy", "output_policy"):
            if column in change.columns and not change.columns[column]:
                change.columns[column] = "untrusted"


def delete(stage: Stage, changes: Sequence[Change]) -> None:
    """No endpoint deletes one. A blocked tool would come back untrusted at its next call, and who may not call it
    could, were its name taken from what is blocked for them."""
    gone = {change.name: change for change in changes}
    for row in stage.load(sharing.PERMISSIONS, BLOCKED, gone):
        for change in (gone[name] for name in row.items(BLOCKED) if name in gone):
            whose = named_lists.owner(stage, row)
            if stage.force:
                change.warn(f"tool {change.name!r} is blocked for {whose} no longer")
            else:
                change.refuse(f"tool {change.name!r} is blocked for {whose}", kind=Refused, hint=HINT)
    if stage.force:
        named_lists.leave(stage, gone, sharing.PERMISSIONS, BLOCKED)
    for change in changes:
        if change.row and change.row["input_policy"] == "blocked" and not stage.force:
            change.refuse(
                f"tool {change.name!r} is blocked; at its next call it would come back, and pass", kind=Refused,
                hint=HINT,
            )  # fmt: skip
