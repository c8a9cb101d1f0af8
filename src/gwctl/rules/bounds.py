"""What the gateway lets nobody make, though it can come about: a parent's limits went below those of its children.

A manifest out of such a gateway has to be taken by another, so `apply --force` goes on with a warning.
"""

from __future__ import annotations

from gwctl.core.change import Change
from gwctl.core.stage import Stage


def exceed(stage: Stage, change: Change, message: str, field: str | None = None, *, hint: str = "") -> None:
    """Refuses what is beyond a bound; out of a manifest that is forced, it is warned of."""
    if stage.force and change.origin is not None:
        change.warn(f"{change.name}: {message}")
    else:
        change.refuse(message, field, hint=hint)
