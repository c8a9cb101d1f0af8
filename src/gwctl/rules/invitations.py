"""Invitations: a link for seven days (proxy/proxy_server.py, new_invitation).

Both who made it and who changed it last are users by foreign key: the actor where a user row bears that name, else the
proxy's own administrator.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from gwctl.core.change import Change
from gwctl.core.stage import Stage
from gwctl.errors import Invalid

USERS = "LiteLLM_UserTable"
ADMINISTRATOR = "default_user_id"
LIFETIME = timedelta(days=7)


def create(stage: Stage, changes: Sequence[Change]) -> None:
    """The row has no defaults for its moments: all of them are written."""
    known = {row["user_id"] for row in stage.load(USERS, "user_id", [stage.unit.actor, ADMINISTRATOR])}
    inviter = stage.unit.actor if stage.unit.actor in known else ADMINISTRATOR
    for change in changes:
        if not change.columns.get("user_id"):
            change.refuse(
                "an invitation needs a user", "user", kind=Invalid, hint="gwctl invitations create --user NAME"
            )
        if inviter not in known:
            hint = f"gwctl users create {ADMINISTRATOR} --user-role proxy_admin makes it."
            change.refuse(f"an invitation needs an inviter, and there is no user {ADMINISTRATOR!r}", hint=hint)
        change.columns |= {"created_by": inviter, "updated_by": inviter}
        change.columns.setdefault("expires_at", stage.unit.now + LIFETIME)
