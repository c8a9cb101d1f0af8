"""What became of a transaction whose COMMIT was not answered: the database is asked on another connection."""

from __future__ import annotations

import time

import sqlalchemy as sa

from gwctl.errors import Unreachable

PATIENCE = 10.0
"""Seconds for which a server that starts again, or is still at it, is waited for."""


def is_answered(error: BaseException) -> bool:
    """Whether the database itself refused to keep the transaction."""
    if not isinstance(error, sa.exc.DBAPIError) or error.connection_invalidated:
        return False
    return getattr(error.orig, "sqlstate", None) is not None


def is_kept(engine: sa.Engine, xid: str) -> bool:
    """Whether a transaction was. Raises Unreachable where nobody says so in time."""
    until = time.monotonic() + PATIENCE
    while (status := _status(engine, xid)) not in ("committed", "aborted"):
        if time.monotonic() > until:
            raise Unreachable(
                "the connection was lost while the change was kept, and the database cannot be asked whether it was",
                "Look with gwctl audit list before you run the command again; files with secrets were kept.",
            )
        time.sleep(0.05)
    return status == "committed"


def _status(engine: sa.Engine, xid: str) -> str | None:
    """What the database says of a transaction; None if it says nothing."""
    try:
        with engine.connect() as connection:
            status: str | None = connection.scalar(sa.text("SELECT pg_xact_status(CAST(:xid AS xid8))"), {"xid": xid})
            return status
    except sa.exc.DBAPIError as error:
        never_given = getattr(error.orig, "sqlstate", None) == "22023"  # its crash went back behind that number
        return "aborted" if never_given else None
