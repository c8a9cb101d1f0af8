"""Things that cannot be without a name: nobody makes one up for them."""

from __future__ import annotations

from gwctl.core.change import Change
from gwctl.errors import Invalid, Usage


def need_name(change: Change) -> None:
    """Refuses a new object that was given no name; manifests are told so before."""
    entity = change.entity
    if not change.fields.get(entity.identity):
        thing = entity.name.replace("_", " ")
        article = "an" if thing[0] in "aeiou" else "a"
        hint = f"gwctl {entity.group} create NAME"
        kind = Usage if change.origin is None else Invalid
        change.refuse(f"{article} {thing} needs a name", entity.identity, kind=kind, hint=hint)
