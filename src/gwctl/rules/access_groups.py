"""Access groups: which teams and keys have one is told on their side; a group that goes is taken from all of them.

Source: proxy/management_endpoints/access_group_endpoints.py, delete_access_group.
"""

from __future__ import annotations

from collections.abc import Sequence

from gwctl.core.change import Change
from gwctl.core.stage import Stage

OWNERS = ("LiteLLM_TeamTable", "LiteLLM_VerificationToken")


def delete(stage: Stage, changes: Sequence[Change]) -> None:
    """What the group opened is closed again: the lists of models that teams and keys have of their own are not
    touched."""
    causes = {change.id: change for change in changes}
    for table in OWNERS:
        for row in stage.load(table, "access_group_ids", causes, change=True):
            held = row.items("access_group_ids")
            left = [one for one in held if one not in causes]
            stage.update(row, {"access_group_ids": left}, cause=next(causes[one] for one in held if one in causes))
