"""Who changed by hand what a plan would take back: a line for people, an object for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gwctl.cli import text
from gwctl.cli.render import values

if TYPE_CHECKING:
    from gwctl.questions.drift import Author


def sentence(author: Author) -> str:
    """`changed by ann at 2026-03-31T12:00:00.000Z, change set ID: REASON`."""
    where = f"change set {author.change_set}" if author.change_set else "as the gateway has logged"
    reason = f": {author.reason}" if author.reason else ""
    return text.printable(f"changed by {author.actor or 'somebody'} at {values.moment(author.at)}, {where}{reason}")


def as_json(author: Author) -> dict[str, Any]:
    """What `changed_by` of a step is."""
    return {
        "actor": author.actor,
        "at": values.moment(author.at),
        "reason": author.reason,
        "change_set": author.change_set,
        "audit_log": author.audit_log,
    }
