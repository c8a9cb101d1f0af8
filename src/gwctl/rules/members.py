"""Team membership: one fact that the gateway keeps in three places, moved together.

The team's `members_with_roles` is the authority, the user's `teams` the way back, and a `TeamMembership` row, which
exists only for members with a budget, holds spend and limits.
Source: proxy/management_endpoints/team_endpoints.py (team_member_add, team_member_update, team_member_delete),
proxy/management_helpers/utils.py (add_new_member),
proxy/management_endpoints/common_utils.py (_upsert_budget_and_membership).
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from gwctl.core import sharing
from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.errors import Conflict, NotFound
from gwctl.rules import keys, proxy_defaults
from gwctl.rules.key_secrets import KEYS

USERS = "LiteLLM_UserTable"
MEMBERSHIPS = "LiteLLM_TeamMembership"
LIMITS = ("max_budget", "tpm_limit", "rpm_limit")
EVERY_MEMBER_HAS_A_ROW = (1, 110)

Member = Mapping[str, Any]


@dataclass(frozen=True)
class Team:
    """A team whose members change: `members` is its list, as it is and as it becomes."""

    change: Change
    team_id: str
    members: list[dict[str, Any]]
    default_budget: str | None

    def entry(self, user_id: str | None, email: str | None) -> dict[str, Any] | None:
        for entry in self.members:
            if (user_id and entry.get("user_id") == user_id) or (
                email and _lower(entry.get("user_email")) == _lower(email)
            ):
                return entry
        return None


def put(stage: Stage, teams: Sequence[tuple[Team, Sequence[Member]]]) -> None:
    """Makes people members, or changes what they are as members. `user` names one by id or e-mail."""
    found = people(stage, [(team.change, str(member["user"])) for team, members in teams for member in members])
    memberships = _memberships(stage, [team for team, _ in teams])
    budgets = own_budgets(stage, memberships.values())
    for team, members in teams:
        for member in members:
            person = found.get(str(member["user"]))
            if person is not None:
                _put(stage, team, member, person, memberships, budgets)


def take(stage: Stage, team: Team, users: Sequence[str]) -> None:
    """Ends memberships: their list entry, the user's way back, the membership row with its own budget, and the user's
    keys in the team."""
    ids: list[str] = []
    for name in users:
        entry = team.entry(name, name)
        if entry is None:
            team.change.refuse(
                f"{name!r} is no member of team {team.change.name!r}",
                kind=NotFound,
                hint="gwctl teams members list shows who is.",
            )
            continue
        team.members[:] = [
            one for one in team.members if one is not entry and one.get("user_id") != entry.get("user_id")
        ]
        ids += [str(entry["user_id"])] if entry.get("user_id") else _ids_of(stage, str(entry.get("user_email")))
    leave(stage, {team.team_id}, ids, cause=team.change)


def leave(stage: Stage, teams: set[str], users: Sequence[str], *, cause: object) -> None:
    """Everything but the list entries of the end of memberships, for each of the users in each of the teams."""
    gone = set(users)
    for user in stage.load(USERS, "user_id", users, change=True):
        if teams & set(user.items("teams")):
            stage.update(user, {"teams": [one for one in user.items("teams") if one not in teams]}, cause=cause)
    rows = [row for row in stage.load(MEMBERSHIPS, "team_id", teams, change=True) if row["user_id"] in gone]
    for row in rows:
        stage.delete(row, cause=cause)
    sharing.drop(stage, sharing.BUDGETS, {row["budget_id"]: cause for row in rows})
    theirs = [row for row in stage.load(KEYS, "team_id", teams, change=True) if row["user_id"] in gone]
    keys.remove(stage, {row["token"]: cause for row in theirs})


def listed(stage: Stage, teams: Sequence[Row]) -> Mapping[str, list[dict[str, Any]]]:
    """The members of teams as a manifest says them: user, role, and the limits of a budget of their own."""
    ids = [team["team_id"] for team in teams]
    memberships = {(row["team_id"], row["user_id"]): row for row in stage.load(MEMBERSHIPS, "team_id", ids)}
    budgets = own_budgets(stage, memberships.values(), change=False)
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for team in teams:
        for entry in team.items("members_with_roles"):
            row = memberships.get((team["team_id"], entry.get("user_id")))
            own = budgets.get(row["budget_id"]) if row else None
            limits = {name: own[name] for name in (*LIMITS, "budget_duration") if own and own[name] is not None}
            found[team["team_id"]].append(
                {"user": entry.get("user_id") or entry.get("user_email"), "role": entry.get("role"), **limits}
            )
    return found


def people(stage: Stage, named: Sequence[tuple[Change, str]]) -> dict[str, Row]:
    """The user rows that names stand for. An id that is not there becomes a new user; an e-mail as well, with an id
    of its own."""
    names = list(dict.fromkeys(name for _, name in named))
    by_id = {row["user_id"]: row for row in stage.load(USERS, "user_id", names, change=True)}
    by_email = _by_email(stage, [name for name in names if name not in by_id])
    found: dict[str, Row] = {}
    newcomer: Mapping[str, Any] | None = None
    for change, name in named:
        matches = [by_id[name]] if name in by_id else by_email.get(name.lower(), [])
        if len(matches) > 1:
            ids = ", ".join(row["user_id"] for row in matches)
            change.refuse(
                f"{name!r} is the e-mail address of {len(matches)} users: {ids}",
                "members",
                kind=Conflict,
                hint="Name the user by id.",
            )
        elif matches:
            found[name] = matches[0]
        elif name not in found:
            newcomer = proxy_defaults.newcomer(stage) if newcomer is None else newcomer
            found[name] = _new_user(stage, name, change, newcomer)
    return found


def _by_email(stage: Stage, names: Sequence[str]) -> dict[str, list[Row]]:
    table = stage.unit.table(USERS)
    emails = [name.lower() for name in names if "@" in name]
    if table is None or not emails:
        return {}
    stage.search(USERS, sa.func.lower(table.c.user_email) == sa.any_(sa.literal(emails, ARRAY(sa.Text()))), change=True)
    found: dict[str, list[Row]] = defaultdict(list)
    for row in stage.rows.get(USERS, {}).values():
        if row.after is not None and _lower(row["user_email"]) in emails:
            found[row["user_email"].lower()].append(row)
    return found


def _ids_of(stage: Stage, email: str) -> list[str]:
    """The users with that address, of a member who is listed by it alone."""
    return [row["user_id"] for row in _by_email(stage, [email]).get(email.lower(), [])]


def _new_user(stage: Stage, name: str, cause: Change, given: Mapping[str, Any]) -> Row:
    """add_new_member: the row of a member that had none, with the role that newcomers get."""
    by_email = "@" in name
    values = {
        "user_id": str(uuid.uuid4()) if by_email else name,
        "user_email": name if by_email else None,
        "user_role": "internal_user",
        **given,
    }
    cause.warn(f"there was no user {name!r}: it is made")
    return stage.insert(USERS, values, cause=cause, audited="created")


def _put(
    stage: Stage,
    team: Team,
    member: Member,
    person: Row,
    memberships: dict[tuple[str, str], Row],
    budgets: dict[str, Row],
) -> None:
    entry = team.entry(person["user_id"], person["user_email"])
    new = entry is None
    if entry is None:
        entry = {"user_id": person["user_id"], "user_email": person["user_email"], "role": "user"}
        team.members.append(entry)
    if "role" in member:
        entry["role"] = member["role"]
    if team.team_id not in person.items("teams"):
        stage.update(person, {"teams": [*person.items("teams"), team.team_id]}, cause=team.change)
    asked = {name: member[name] for name in (*LIMITS, "budget_duration") if name in member}
    membership = memberships.get((team.team_id, person["user_id"]))
    budget = _budget(stage, team, asked, membership, budgets, new=new)
    if membership is not None:
        if budget != membership["budget_id"]:
            stage.update(membership, {"budget_id": budget}, cause=team.change)
    elif budget or stage.unit.release >= EVERY_MEMBER_HAS_A_ROW:
        values = {"user_id": person["user_id"], "team_id": team.team_id, "budget_id": budget}
        memberships[team.team_id, person["user_id"]] = stage.insert(MEMBERSHIPS, values, cause=team.change)


def _budget(
    stage: Stage, team: Team, asked: Mapping[str, Any], membership: Row | None, budgets: dict[str, Row], *, new: bool
) -> str | None:
    """The budget row of a member: his own, changed in place; a copy of the team's default once he gets limits of his
    own; else the default."""
    known = membership["budget_id"] if membership else None
    if new and not any(value is not None for value in asked.values()):
        return team.default_budget
    if not asked or (known not in budgets and not any(value is not None for value in asked.values())):
        return known
    values = dict(asked)
    if "budget_duration" in asked:
        values["budget_reset_at"] = sharing.reset_of(stage.unit, asked["budget_duration"])
    own = budgets.get(known or "")
    if own is not None:
        stage.update(own, {**values, "updated_by": stage.unit.actor}, cause=team.change)
        return str(known)
    default = stage.get(sharing.BUDGETS, known) if known else None
    copied = {name: default[name] for name in (*LIMITS, "budget_duration", "budget_reset_at")} if default else {}
    row = {
        **copied,
        **values,
        "budget_id": str(uuid.uuid4()),
        "created_by": stage.unit.actor,
        "updated_by": stage.unit.actor,
    }
    budgets[row["budget_id"]] = stage.insert(sharing.BUDGETS, row, cause=team.change)
    return str(row["budget_id"])


def _memberships(stage: Stage, teams: Iterable[Team]) -> dict[tuple[str, str], Row]:
    rows = stage.load(MEMBERSHIPS, "team_id", [team.team_id for team in teams], change=True)
    return {(row["team_id"], row["user_id"]): row for row in rows}


def own_budgets(stage: Stage, memberships: Iterable[Row], *, change: bool = True) -> dict[str, Row]:
    """The budget rows that are a membership's own."""
    ids = [row["budget_id"] for row in memberships if row["budget_id"]]
    used = sharing.referring(stage, sharing.BUDGETS, ids)
    own = [one for one in ids if sharing.is_own(one, used.get(one, []))]
    return {row["budget_id"]: row for row in stage.load(sharing.BUDGETS, "budget_id", own, change=change)}


def _lower(text: str | None) -> str | None:
    return text.lower() if text else None
