"""Budgets: rows of limits. Deleting one lifts the limits of whoever refers to it, so it is looked first.

Source: proxy/management_endpoints/budget_management_endpoints.py.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from gwctl.core import sharing
from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.core.unit import Unit
from gwctl.errors import Conflict
from gwctl.rules import named_lists
from gwctl.rules.naming import need_name

ORGANISATIONS = "LiteLLM_OrganizationTable"
KEYS = "LiteLLM_VerificationToken"
CONFIG = "LiteLLM_Config"


def create(stage: Stage, changes: Sequence[Change]) -> None:
    """new_budget: the reset moment is now plus the duration."""
    for change in changes:
        need_name(change)
        _check(change)
        _reset(stage, change)


def update(stage: Stage, changes: Sequence[Change]) -> None:
    """update_budget, which leaves the reset moment behind; here it moves with the duration."""
    for change in changes:
        _check(change)
        _reset(stage, change)


def delete(stage: Stage, changes: Sequence[Change]) -> None:
    """delete_budget, where the database would set every owner's reference to NULL without a word."""
    used = sharing.referring(stage, sharing.BUDGETS, [change.id for change in changes])
    default = customers_default(stage)
    for change in changes:
        owners = used.get(change.id, [])
        if change.id == default:
            change.refuse(
                f"budget {change.id!r} is the default of customers",
                kind=Conflict,
                hint="The setting max_end_user_budget_id names it.",
            )
            continue
        bound = [row for row in owners if row.table == ORGANISATIONS]
        if bound:
            change.refuse(
                f"budget {change.id!r} is used by {_listed(stage, owners)}",
                kind=Conflict,
                hint="An organisation must have a budget: --replace-with NAME puts another in its place.",
            )
            continue
        if owners and not named_lists.refuse_lifting(stage, change, _listed(stage, owners)):
            continue
        for row in owners:
            _link(stage, row, None, change)


def replace(stage: Stage, changes: Sequence[Change], heir: Row) -> None:
    """Another budget in the place of these, for whoever refers to one, the default of customers among them."""
    used = sharing.referring(stage, sharing.BUDGETS, [change.id for change in changes])
    for change in changes:
        for row in used.get(change.id, []):
            _link(stage, row, heir["budget_id"], change)
        if change.id == customers_default(stage):
            row = stage.load(CONFIG, "param_name", ["litellm_settings"], change=True)[0]
            value = {**row.object("param_value"), "max_end_user_budget_id": heir["budget_id"]}
            stage.update(row, {"param_value": value}, cause=change)


def hidden(unit: Unit, table: sa.Table) -> sa.ColumnElement[bool]:
    """Rows with an id that the gateway made up and one owner: they are the owner's, not things of their own.

    The default budget of a team's members counts as the team's, however many members it serves. Whoever refers to
    budgets is read once: no table has an index for it.
    """
    referrers = [name for name in sharing.REFERRERS[sharing.BUDGETS] if unit.has(name, "budget_id")]
    column: sa.ColumnClause[str] = sa.column("budget_id")
    every = sa.union_all(*(sa.select(column).select_from(sa.table(name)) for name in referrers)).subquery()
    single = sa.select(every.c.budget_id).where(every.c.budget_id.is_not(None))
    single = single.group_by(every.c.budget_id).having(sa.func.count() == 1)
    team = sa.table("LiteLLM_TeamTable", sa.column("metadata", JSONB))
    default = team.c.metadata["team_member_budget_id"].astext
    defaults = sa.select(default).where(default.is_not(None))
    made_up = table.c.budget_id.op("~*")(f"^({sharing.GENERATED.pattern})$")
    return sa.and_(made_up, sa.or_(table.c.budget_id.in_(single), table.c.budget_id.in_(defaults)))


def customers_default(stage: Stage) -> str | None:
    """The budget of customers that have none of their own, where the database holds that setting."""
    rows = stage.load(CONFIG, "param_name", ["litellm_settings"])
    found = rows[0].object("param_value").get("max_end_user_budget_id") if rows else None
    return str(found) if found else None


def _check(change: Change) -> None:
    soft, hard = change.value("soft_budget"), change.value("max_budget")
    if soft is not None and hard is not None and soft > hard:
        change.warn(f"soft_budget {soft:g} is above max_budget {hard:g}: its alert never comes")


def _reset(stage: Stage, change: Change) -> None:
    if "budget_duration" in change.columns:
        change.columns["budget_reset_at"] = sharing.reset_of(stage.unit, change.columns["budget_duration"])


def _link(stage: Stage, row: Row, budget_id: str | None, change: Change) -> None:
    """Another budget for what refers to one, or none; a team's default for its members lies in its metadata."""
    row = stage.search(row.table, _is(stage, row), change=True)[0]
    if row.table == "LiteLLM_TeamTable":
        rest = {key: value for key, value in row.object("metadata").items() if key != "team_member_budget_id"}
        named = {"team_member_budget_id": budget_id} if budget_id else {}
        stage.update(row, {"metadata": {**rest, **named}}, cause=change, audited="updated")
    else:
        stage.update(row, {"budget_id": budget_id}, cause=change, audited="updated" if row.table == KEYS else None)


def _is(stage: Stage, row: Row) -> sa.ColumnElement[bool]:
    live = stage.unit.needed(row.table)
    return sa.and_(*(live.c[name] == row[name] for name in stage.unit.key_of(row.table)))


def _listed(stage: Stage, owners: Sequence[Row]) -> str:
    nouns = {
        "LiteLLM_VerificationToken": "key", "LiteLLM_OrganizationTable": "organisation",
        "LiteLLM_OrganizationMembership": "organisation member",
        "LiteLLM_TeamMembership": "team member", "LiteLLM_ProjectTable": "project", "LiteLLM_EndUserTable": "customer",
        "LiteLLM_TagTable": "tag", "LiteLLM_TeamTable": "default of team",
    }  # fmt: skip
    named = [f"{nouns[row.table]} {_name(stage, row)}" for row in owners]
    return ", ".join(named[:5]) + (f" and {len(named) - 5} more" if len(named) > 5 else "")


def _name(stage: Stage, row: Row) -> str:
    alias = row["key_alias"] or row["team_alias"] or row["organization_alias"]
    return alias or ":".join(str(row[column]) for column in stage.unit.key_of(row.table))
