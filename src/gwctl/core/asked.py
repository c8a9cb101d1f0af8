"""How manifests are to be applied. Imports nothing, so that options can be told without the database stack."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Asked:
    """How manifests are to be applied. `prune` deletes what `set_name` applied earlier and no longer names."""

    create_only: bool = False
    strict: bool = False
    set_name: str | None = None
    prune: bool = False
    force: bool = False
    need_place: bool = False
    """Secrets that are minted have nowhere to go."""
    most_created: int | None = None
    """How many new objects of a kind the plan tells of; None: all of them."""
