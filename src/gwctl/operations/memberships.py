"""People into teams, out of teams, and what they may do there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gwctl.core import changes
from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.describe import Entity
from gwctl.errors import Conflict, NotFound, Refused
from gwctl.rules import members, teams


def add(
    stage: Stage, team: Entity, row: Row, people: Sequence[Mapping[str, Any]], *, if_not_exists: bool = False
) -> list[Change]:
    """Makes people members. One who is a member already is a Conflict, unless that is as well."""
    known = _known(stage, row, people)
    if known and not if_not_exists:
        raise Conflict(
            f"{', '.join(known)} is in team {row['team_alias'] or row['team_id']!r} already",
            "gwctl teams members update changes a member.",
        )
    return changes.update(stage, team, [row], [{"members": [one for one in people if one["user"] not in known]}])


def update(stage: Stage, team: Entity, row: Row, people: Sequence[Mapping[str, Any]]) -> list[Change]:
    """Changes what people are as members. One who is none is NotFound."""
    strangers = [one["user"] for one in people if one["user"] not in _known(stage, row, people)]
    if strangers:
        raise NotFound(
            f"{', '.join(strangers)} is not in team {row['team_alias'] or row['team_id']!r}",
            "gwctl teams members add adds members.",
        )
    return changes.update(stage, team, [row], [{"members": list(people)}])


def remove(stage: Stage, team: Entity, row: Row, people: Sequence[str]) -> list[Change]:
    """Ends memberships, and with them the people's keys in the team."""
    change = Change("update", team, {"members": []}, row, audited="updated")
    change.was = {"members": list(people)}
    leaving = teams.as_team(change)
    members.take(stage, leaving, people)
    if not change.troubles:
        stage.update(row, {"members_with_roles": leaving.members}, cause=change, audited="updated")
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


def _known(stage: Stage, row: Row, people: Sequence[Mapping[str, Any]]) -> list[str]:
    """Those who are members, by what they were called."""
    named = {str(one["user"]) for one in people}
    entries = row.items("members_with_roles")
    ids = {entry.get("user_id") for entry in entries}
    emails = {str(entry.get("user_email") or "").lower() for entry in entries} - {""}
    users = {user["user_id"]: user for user in stage.load(members.USERS, "user_id", ids)}
    emails |= {str(user["user_email"] or "").lower() for user in users.values()} - {""}
    return sorted(name for name in named if name in ids or name.lower() in emails)
