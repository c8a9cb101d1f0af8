"""Passwords with which users enter the gateway's interface (proxy/auth/login_utils.py, authenticate_user).

The gateway compares hashes. Its /user/update stores the text as it was sent, which a login takes as well; here it is
stored hashed, as the claim of an invitation does.
"""

from __future__ import annotations

from gwctl import secrets
from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.describe import Entity
from gwctl.errors import Invalid
from gwctl.secrets import Secret


def put(stage: Stage, entity: Entity, row: Row, password: Secret | None) -> list[Change]:
    """Gives a user a password, or with None takes it. Raises Invalid for an empty one."""
    if password is not None and not password.reveal():
        raise Invalid("an empty password is none", "--clear takes the password of a user.")
    hashed = secrets.password_hash(password.reveal()) if password is not None else None
    if row["password"] == hashed:
        return []
    change = Change("update", entity, {}, row, audited="updated")
    stage.update(row, {"password": hashed}, cause=change, audited="updated")
    return [change]
