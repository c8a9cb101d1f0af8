"""Questions about what lies on this machine. Those about a database are asked by the session, which names it."""

from __future__ import annotations

import typer

from gwctl.cli import session
from gwctl.errors import Usage


def confirm(question: str, *, yes: bool) -> None:
    """Returns if the answer is yes; raises Declined, or Usage where nobody can be asked."""
    if yes:
        return
    if not session.current().terminal.can_ask:
        raise Usage(f"{question}: there is no terminal to ask on", "Add --yes to go on without being asked.")
    if not typer.confirm(f"{question}?", err=True):
        raise session.Declined
