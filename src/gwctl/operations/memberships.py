"""People into teams and organisations, out of them, and what they may do there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gwctl.core import changes
from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.describe import Entity
from gwctl.errors import Conflict, NotFound, Refused
from gwctl.rules import members


def add(
    stage: Stage, entity: Entity, row: Row, people: Sequence[Mapping[str, Any]], *, if_not_exists: bool = False
) -> list[Change]:
    """Makes people members. One who is a member already is a Conflict, unless that is as well."""
    known = _known(stage, entity, row, people)
    if known and not if_not_exists:
        hint = f"gwctl {entity.group} members update changes a member."
        raise Conflict(f"{', '.join(known)} is in {entity.name} {_name(entity, row)!r} already", hint)
    return changes.update(stage, entity, [row], [{"members": [one for one in people if one["user"] not in known]}])


def update(stage: Stage, entity: Entity, row: Row, people: Sequence[Mapping[str, Any]]) -> list[Change]:
    """Changes what people are as members. One who is none is NotFound."""
    known = _known(stage, entity, row, people)
    strangers = [one["user"] for one in people if one["user"] not in known]
    if strangers:
        hint = f"gwctl {entity.group} members add adds members."
        raise NotFound(f"{', '.join(strangers)} is not in {entity.name} {_name(entity, row)!r}", hint)
    return changes.update(stage, entity, [row], [{"members": list(people)}])


def remove(stage: Stage, entity: Entity, row: Row, people: Sequence[str]) -> list[Change]:
    """Ends memberships, and what hangs on them."""
    change = Change("update", entity, {"members": []}, row, audited="updated", was={"members": list(people)})
    rules = stage.unit.kinds.rules(entity)
    assert rules is not None
    rules.take(stage, change, people)
    if not change.troubles:
        stage.update(row, change.columns, cause=change, audited="updated")
    return [change]


def models(
    stage: Stage, team: Entity, row: Row, *, add: Sequence[str] = (), remove: Sequence[str] = (), force: bool = False
) -> list[Change]:
    """Adds to a team's models or takes from them (team_model_add, team_model_delete).

    An empty list means all: adding to it keeps all, as the gateway does, and taking the last name away is refused.
    """
    now = row.items("models") or (["all-proxy-models"] if add and not remove else [])
    left = [one for one in now if one not in remove]
    if remove and now and not left and not add and not force:
        raise Refused(
            "without these no model is left in the list, and an empty list means all models",
            "--replace-with NAME puts another in; --force goes on.",
        )
    return changes.update(stage, team, [row], [{"models": [*left, *(one for one in add if one not in left)]}])


def _name(entity: Entity, row: Row) -> str:
    return str(row[entity.identity] or row[entity.key])


def _known(stage: Stage, entity: Entity, row: Row, people: Sequence[Mapping[str, Any]]) -> list[str]:
    """Those who are members, by what they were called."""
    named = {str(one["user"]) for one in people}
    listed = changes.ruled_fields(stage, entity, [row], ["members"])[row[entity.key]]["members"]
    ids = {str(one["user"]) for one in listed}
    emails = {one.lower() for one in ids if "@" in one}
    emails |= {
        str(user["user_email"]).lower() for user in stage.load(members.USERS, "user_id", ids) if user["user_email"]
    }
    return sorted(name for name in named if name in ids or name.lower() in emails)
