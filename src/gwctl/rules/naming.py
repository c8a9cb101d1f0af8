"""Things whose id is their name: nobody makes one up for them."""

from __future__ import annotations

from gwctl.core.change import Change
from gwctl.errors import Usage


def need_name(change: Change) -> None:
    """Refuses a new object that was given no name; manifests are told so before."""
    entity = change.entity
    if not change.fields.get(entity.identity):
        change.refuse(
            f"a {entity.name} needs a name", entity.identity, kind=Usage, hint=f"gwctl {entity.group} create NAME"
        )
