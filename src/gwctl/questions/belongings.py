"""How much belongs to an object: its keys, members, teams and so on, counted with one statement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from gwctl.core.unit import Unit
from gwctl.describe import Entity
from gwctl.rules.key_secrets import GRACE, KEYS, MAPPINGS
from gwctl.rules.members import MEMBERSHIPS
from gwctl.rules.org_members import MEMBERSHIPS as ORG_MEMBERSHIPS
from gwctl.rules.teams import TEAMS

COLUMNS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "key": {"jwt_mappings": (MAPPINGS, "token"), "grace_secrets": (GRACE, "active_token_id")},
    "team": {"keys": (KEYS, "team_id"), "projects": ("LiteLLM_ProjectTable", "team_id")},
    "user": {
        "keys": (KEYS, "user_id"),
        "orgs": (ORG_MEMBERSHIPS, "user_id"),
        "invitations": ("LiteLLM_InvitationLink", "user_id"),
    },
    "org": {
        "teams": (TEAMS, "organization_id"),
        "keys": (KEYS, "organization_id"),
        "members": (ORG_MEMBERSHIPS, "organization_id"),
    },
    "project": {"keys": (KEYS, "project_id")},
    "customer": {},
    "budget": {
        "keys": (KEYS, "budget_id"),
        "orgs": ("LiteLLM_OrganizationTable", "budget_id"),
        "org_members": (ORG_MEMBERSHIPS, "budget_id"),
        "members": (MEMBERSHIPS, "budget_id"),
        "projects": ("LiteLLM_ProjectTable", "budget_id"),
        "customers": ("LiteLLM_EndUserTable", "budget_id"),
        "tags": ("LiteLLM_TagTable", "budget_id"),
    },
    "tag": {},
}
"""For each kind what is counted: rows of a table whose column is its id."""
COUNTED = frozenset(COLUMNS)


def counts(unit: Unit, entity: Entity, identifier: str) -> dict[str, int]:
    """How many of each; a table that this database does not have holds none."""
    asked = {
        name: _rows_of(table, column, identifier) if unit.has(table, column) else sa.literal(0)
        for name, (table, column) in COLUMNS[entity.name].items()
    }
    asked |= {"team": _of_team, "user": _of_user, "tag": _of_tag}.get(entity.name, _nothing)(identifier)
    if not asked:
        return {}
    found = unit.connection.execute(sa.select(*(value.label(name) for name, value in asked.items()))).mappings().one()
    return {name: count or 0 for name, count in found.items()}


Counts = dict[str, sa.ColumnElement[Any]]


def _nothing(_: str) -> Counts:
    return {}


def _rows_of(table: str, column: str, identifier: str) -> sa.ColumnElement[Any]:
    return _counted(table, sa.column(column) == identifier)


def _of_team(identifier: str) -> Counts:
    listed = sa.column("members_with_roles", JSONB)
    size = sa.case((sa.func.jsonb_typeof(listed) == "array", sa.func.jsonb_array_length(listed)), else_=0)
    team = sa.table(TEAMS, sa.column("team_id"), listed)
    return {"members": sa.select(size).select_from(team).where(team.c.team_id == identifier).scalar_subquery()}


def _of_user(identifier: str) -> Counts:
    user = sa.table("LiteLLM_UserTable", sa.column("user_id"), sa.column("teams"))
    size = sa.func.coalesce(sa.func.cardinality(user.c.teams), 0)
    return {"teams": sa.select(size).where(user.c.user_id == identifier).scalar_subquery()}


def _of_tag(identifier: str) -> Counts:
    """Who puts the tag on requests, and the deployments that such requests are routed to."""
    borne = sa.column("metadata", JSONB)["tags"].contains([identifier])
    routed = sa.column("litellm_params", JSONB)["tags"].contains([identifier])
    return {
        "keys": _counted(KEYS, borne),
        "teams": _counted(TEAMS, borne),
        "models": _counted("LiteLLM_ProxyModelTable", routed),
    }


def _counted(table: str, clause: sa.ColumnElement[bool]) -> sa.ColumnElement[Any]:
    return sa.select(sa.func.count()).select_from(sa.table(table)).where(clause).scalar_subquery()
