"""Virtual keys: what the gateway checks and writes when one is made, changed or deleted.

Source: proxy/management_endpoints/key_management_endpoints.py; each function names its own.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from gwctl import durations
from gwctl.core import releases, sharing
from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.core.unit import Unit
from gwctl.errors import Invalid
from gwctl.rules import (
    archives,
    assignments,
    attachments,
    guaranteed,
    key_bounds,
    key_limits,
    key_secrets,
    mcp_scope,
    periods,
)
from gwctl.rules.key_secrets import ARCHIVE, GRACE, KEYS, MAPPINGS

UI_SESSIONS = "litellm-dashboard"

ROUTES = {"llm_api": ["llm_api_routes"], "management": ["management_routes"], "read_only": ["info_routes"]}


def create(stage: Stage, changes: Sequence[Change]) -> None:
    """generate_key_fn, _common_key_generation_helper, generate_key_helper_fn."""
    _needs_archive(stage)
    key_bounds.hold(stage.unit, changes)
    has_router = stage.unit.has(KEYS, "router_settings")
    for change in changes:
        key_secrets.give(change)
        _route_group(change)
        _expiry(stage.unit, change)
        _rotation(stage.unit, change)
        _temporary_increase(change)
        if has_router and change.columns.get("router_settings") is None:
            change.columns["router_settings"] = {}
    key_secrets.are_new(stage, changes)
    teams = _rows(stage, "LiteLLM_TeamTable", changes, "team_id")
    _inherit_organisation(stage.unit, changes, teams)
    periods.standard(stage.unit, changes)
    key_limits.check(stage, changes, teams)
    mcp_scope.check(stage, changes, teams)
    _promises(stage, changes, teams)
    _soft_budgets(stage, changes)
    assignments.follow(stage, changes, "assigned_key_ids")
    _stamp(stage, changes)


def update(stage: Stage, changes: Sequence[Change]) -> None:
    """update_key_fn, prepare_key_update_data; null clears throughout, and what belongs together is written together."""
    _needs_archive(stage)
    periods.warn_of_reset_job(stage.unit, changes)
    for change in changes:
        if "key_type" in change.fields:
            change.refuse("key_type counts when a key is made; allowed_routes is what it set", "key_type", kind=Invalid)
        _expiry(stage.unit, change)
        _rotation(stage.unit, change)
        _temporary_increase(change)
    key_secrets.replace(stage, [change for change in changes if {"key", "token"} & change.fields.keys()])
    teams = _rows(stage, "LiteLLM_TeamTable", changes, "team_id")
    key_limits.check_move(changes, teams)
    periods.standard(stage.unit, changes)
    key_limits.check(stage, changes, teams)
    mcp_scope.check(stage, changes, teams)
    _promises(stage, changes, teams)
    _soft_budgets(stage, changes)
    assignments.follow(stage, changes, "assigned_key_ids")
    attachments.follow_renames(stage, changes, "key_alias", "keys")
    _stamp(stage, changes)


def delete(stage: Stage, changes: Sequence[Change]) -> None:
    """delete_verification_tokens, and what it leaves behind."""
    clear(stage, {change.id: change for change in changes})


def remove(stage: Stage, causes: Mapping[str, object]) -> None:
    """Deletes keys on behalf of something else that goes: their team, their user, the user's place in the team.

    `causes`: the tokens, each with the change on whose behalf it goes.
    """
    clear(stage, causes)
    permissions: dict[str, object] = {}
    budgets: dict[str, object] = {}
    for row in stage.load(KEYS, "token", causes, change=True):
        permissions[row["object_permission_id"]] = budgets[row["budget_id"]] = causes[row["token"]]
        stage.delete(row, cause=causes[row["token"]], audited="deleted")
    sharing.drop(stage, sharing.PERMISSIONS, permissions)
    sharing.drop(stage, sharing.BUDGETS, budgets)


def clear(stage: Stage, causes: Mapping[str, object]) -> None:
    """Archives keys and takes away what hangs on them: JWT mappings (they would stop the deletion), grace rows,
    assignments, policy attachments by alias."""
    aliases: dict[str, object] = {}
    for row in stage.load(KEYS, "token", causes, change=True):
        archives.copy(stage, row, ARCHIVE, cause=causes[row["token"]])
        if row["key_alias"]:
            aliases[row["key_alias"]] = causes[row["token"]]
    for table, column in ((MAPPINGS, "token"), (GRACE, "token"), (GRACE, "active_token_id")):
        for hanging in stage.load(table, column, causes, change=True):
            stage.delete(hanging, cause=causes[hanging[column]])
    assignments.forget(stage, "assigned_key_ids", causes)
    for tool in stage.load("LiteLLM_ToolTable", "key_hash", causes, change=True):
        stage.update(tool, {"key_hash": None, "key_alias": None}, cause=causes[tool["key_hash"]])
    others = {row["key_alias"] for row in stage.load(KEYS, "key_alias", aliases) if row["token"] not in causes}
    attachments.let_go(stage, {one: cause for one, cause in aliases.items() if one not in others}, "keys")


def look(stage: Stage, rows: Sequence[Row]) -> Mapping[Any, Mapping[str, Any]]:
    """The soft budget, which lies in a budget row of the key's own, and the fingerprint of the secret."""
    own = _own_budgets(stage, rows)
    found: dict[Any, dict[str, Any]] = {}
    for row in rows:
        budget = own.get(row["budget_id"])
        found[row["token"]] = {"key": row["token"], "soft_budget": budget["soft_budget"] if budget else None}
        if budget:
            found[row["token"]]["budget"] = None
    return found


def plain(_unit: Unit, table: sa.FromClause) -> sa.ColumnElement[bool]:
    """Keys of which `look` reads nothing: those whose budget cannot be their own."""
    if "budget_id" not in table.c:
        return sa.true()
    made_up = table.c.budget_id.regexp_match(f"^({sharing.GENERATED.pattern})$", flags="i")
    return sa.func.coalesce(sa.not_(made_up), sa.true())


def hidden(_unit: Unit, table: sa.Table) -> sa.ColumnElement[bool]:
    """The gateway's interface keeps its sessions as keys of a team that does not exist."""
    return table.c.team_id.is_not_distinct_from(UI_SESSIONS)


# Single steps


def _needs_archive(stage: Stage) -> None:
    """A database without the archive is one on which no key may be changed: it could not be taken back."""
    if not stage.unit.has(ARCHIVE):
        raise releases.lacking(ARCHIVE, purpose="so that a deletion could not be archived")


def _route_group(change: Change) -> None:
    """handle_key_type: the type itself is not stored by releases before 1.95."""
    kind = change.fields.get("key_type")
    if kind in ROUTES:
        change.columns["allowed_routes"] = ROUTES[kind]


def _expiry(unit: Unit, change: Change) -> None:
    text = change.fields.get("duration")
    if text is None:
        return
    if change.fields.get("expires") is not None:
        change.refuse("duration and expires say the same thing: give one of them", "duration", kind=Invalid)
    change.columns["expires"] = durations.add(text, unit.now)


def _rotation(unit: Unit, change: Change) -> None:
    """_set_key_rotation_fields; the next date follows whichever of the two fields changes."""
    if "auto_rotate" not in change.columns and "rotation_interval" not in change.columns:
        return
    automatic, interval = change.value("auto_rotate"), change.value("rotation_interval")
    if interval and not automatic:
        change.warn("rotation_interval counts only with auto_rotate")
    elif automatic and not interval:
        change.warn("auto_rotate without rotation_interval rotates the key at every run of the proxy's job")
    change.columns["key_rotation_at"] = durations.add(interval, unit.now) if automatic and interval else None


def _temporary_increase(change: Change) -> None:
    """_get_temp_budget_increase in user_api_key_auth.py: both or neither; a zone in the moment would refuse every
    call."""
    metadata = change.value("metadata")
    if not metadata:
        return
    increase, expiry = metadata.get("temp_budget_increase"), metadata.get("temp_budget_expiry")
    if (increase is None) != (expiry is None):
        change.refuse("temp_budget_increase and temp_budget_expiry go together", "temp_budget_increase", kind=Invalid)
    if expiry is not None and "metadata" in change.columns and not _is_naive(expiry):
        change.refuse(
            "temp_budget_expiry should be a local time without a zone, as 2026-03-31T12:00:00",
            "temp_budget_expiry",
            kind=Invalid,
        )


def _is_naive(text: str) -> bool:
    from datetime import datetime

    try:
        return datetime.fromisoformat(text).tzinfo is None
    except ValueError:
        return False


def _inherit_organisation(unit: Unit, changes: Sequence[Change], teams: Mapping[str, Row]) -> None:
    """add_team_organization_id of the enterprise package: a new key of a team counts for the team's organisation."""
    if not unit.settings.options.key_inherits_org:
        return
    for change in changes:
        team = teams.get(change.columns.get("team_id", ""))
        if team is not None and "org" not in change.fields:
            change.columns["organization_id"] = team["organization_id"]


def _promises(stage: Stage, changes: Sequence[Change], teams: Mapping[str, Row]) -> None:
    guaranteed.check(stage, changes, "team_id", teams, dict(teams))
    organisations = _rows(stage, "LiteLLM_OrganizationTable", changes, "organization_id")
    budgets = {
        row["budget_id"]: row
        for row in stage.load(sharing.BUDGETS, "budget_id", [one["budget_id"] for one in organisations.values()])
    }
    guaranteed.check(
        stage,
        changes,
        "organization_id",
        organisations,
        {key: budgets.get(one["budget_id"]) for key, one in organisations.items()},
    )


def _soft_budgets(stage: Stage, changes: Sequence[Change]) -> None:
    """generate_key_helper_fn makes a budget row for a soft budget; update drops it silently, here it is changed in
    place."""
    own = _own_budgets(
        stage, [change.row for change in changes if change.row and "soft_budget" in change.fields], change=True
    )
    for change in changes:
        if "soft_budget" not in change.fields:
            continue
        value = change.fields["soft_budget"]
        if change.fields.get("budget"):
            change.warn(
                "soft_budget makes a budget row of the key's own, which takes the place of the budget that was named"
            )
            change.columns["budget_id"] = None
        row = own.get(change.row["budget_id"]) if change.row else None
        if row is not None:
            stage.update(row, {"soft_budget": value, "updated_by": stage.unit.actor}, cause=change)
        elif change.value("budget_id"):
            change.refuse(
                f"its soft budget is that of budget {change.value('budget_id')!r}",
                "soft_budget",
                kind=Invalid,
                hint="gwctl budgets update changes it.",
            )
        elif value is not None:
            change.columns["budget_id"] = str(uuid.uuid4())
            stage.insert(
                sharing.BUDGETS,
                {"budget_id": change.columns["budget_id"], "soft_budget": value,
                 "model_max_budget": change.value("model_max_budget") or {},
                 "created_by": stage.unit.actor, "updated_by": stage.unit.actor},
                cause=change,
            )  # fmt: skip


def _own_budgets(stage: Stage, rows: Sequence[Row], *, change: bool = False) -> dict[str, Row]:
    ids = [row["budget_id"] for row in rows if row["budget_id"] and sharing.GENERATED.fullmatch(row["budget_id"])]
    used = sharing.referring(stage, sharing.BUDGETS, ids)
    own = [one for one in ids if sharing.is_own(one, used.get(one, []))]
    return {row["budget_id"]: row for row in stage.load(sharing.BUDGETS, "budget_id", own, change=change)}


def _stamp(stage: Stage, changes: Sequence[Change]) -> None:
    """From 1.100 on a key bears the moment at which its settings changed, which spend flushes do not touch."""
    if stage.unit.has(KEYS, "settings_updated_at"):
        for change in changes:
            change.columns["settings_updated_at"] = stage.unit.now
    if stage.unit.has(KEYS, "key_type"):
        for change in changes:
            if change.action == "create" and change.fields.get("key_type"):
                change.columns["key_type"] = change.fields["key_type"]


def _rows(stage: Stage, table: str, changes: Sequence[Change], column: str) -> dict[str, Row]:
    key = stage.unit.key_of(table)[0]
    return {row[key]: row for row in stage.load(table, key, [change.value(column) for change in changes])}
