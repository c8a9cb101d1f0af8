"""Budgets that start anew: one by name, or all that are due, as the gateway's own job does it.

Source: proxy/common_utils/reset_budget_job.py. Where the job writes whole rows back, only spend and the reset moment
change here. Organisations, projects and tags are reset from release 1.110 on; before, their spend is never set back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa

from gwctl import durations
from gwctl.core import sharing
from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.core.unit import Unit
from gwctl.errors import GwctlError

KEYS, USERS, TEAMS = "LiteLLM_VerificationToken", "LiteLLM_UserTable", "LiteLLM_TeamTable"
LINKED = ("LiteLLM_EndUserTable", "LiteLLM_TeamMembership", KEYS)
LINKED_SINCE_1_110 = ("LiteLLM_OrganizationTable", "LiteLLM_ProjectTable", "LiteLLM_TagTable")
OWN_CLOCK = {"key": KEYS, "user": USERS, "team": TEAMS}


def reset(stage: Stage, rows: Sequence[Row]) -> list[Change]:
    """Starts budget rows anew: the next moment, and no spend for those who have no period of their own.

    A row whose duration cannot be read is left as it is and named; the job stumbles over it for all others.
    """
    entity = stage.unit.kinds.entity("budget")
    changes = {row["budget_id"]: Change("update", entity, {}, row, audited="updated") for row in rows}
    started: set[str] = set()
    for row in rows:
        change = changes[row["budget_id"]]
        try:
            moment = _next_of_budget(row, stage.unit.now)
        except GwctlError as error:
            change.warn(f"budget {change.name} is left as it is: {error.message}")
            continue
        started.add(row["budget_id"])
        stage.update(row, {"budget_reset_at": moment}, cause=change, audited="updated")
    for row in _linked(stage, started):
        audited = "updated" if row.table == KEYS else None
        stage.update(row, {"spend": 0.0}, cause=changes[row["budget_id"]], audited=audited)
    return list(changes.values())


def due(stage: Stage) -> list[Change]:
    """Starts anew whatever is due: keys, users and teams by their own moment, then budget rows and who refers to
    them."""
    changes = [change for kind, table in OWN_CLOCK.items() for change in _due_of(stage, kind, table)]
    budgets = stage.unit.needed(sharing.BUDGETS)
    moment = budgets.c.budget_reset_at
    is_due = sa.or_(moment < stage.unit.now, sa.and_(moment.is_(None), budgets.c.budget_duration.is_not(None)))
    return [*changes, *reset(stage, stage.search(sharing.BUDGETS, is_due, change=True))]


def _due_of(stage: Stage, kind: str, name: str) -> Iterable[Change]:
    table = stage.unit.table(name)
    if table is None:
        return
    clause = table.c.budget_reset_at < stage.unit.now
    if name == KEYS:
        clause = sa.and_(clause, sa.or_(table.c.expires.is_(None), table.c.expires > stage.unit.now))
    for row in stage.search(name, clause, change=True):
        change = Change("update", stage.unit.kinds.entity(kind), {}, row, audited="updated")
        change.spend = (row["spend"] or 0.0, 0.0)
        values: dict[str, object] = {"spend": 0.0}
        try:
            if row["budget_duration"]:
                values["budget_reset_at"] = _next_of_own(stage.unit, row)
        except GwctlError as error:
            change.spend = None
            change.warn(f"{kind} {change.name} is left as it is: {error.message}")
            yield change
            continue
        stage.update(row, values, cause=change, audited="updated")
        yield change


def _next_of_own(unit: Unit, row: Row) -> datetime:
    return durations.next_reset(row["budget_duration"], unit.now, unit.settings.options.timezone, unit.release)


def _next_of_budget(row: Row, now: datetime) -> datetime | None:
    """Of a row that never had a moment: its creation plus the duration, if that lies ahead; else from now."""
    text = row["budget_duration"]
    if not text:
        moment: datetime | None = row["budget_reset_at"]
        return moment
    first = (
        durations.rolling_reset(text, row["created_at"])
        if row["budget_reset_at"] is None and row["created_at"]
        else now
    )
    return first if first > now else durations.rolling_reset(text, now)


def _linked(stage: Stage, budgets: Iterable[str]) -> Iterable[Row]:
    """Who refers to the budgets and has spent something; keys only if they have no period of their own."""
    later = LINKED_SINCE_1_110 if stage.unit.release >= (1, 110) else ()
    for table in (*LINKED, *later):
        for row in stage.load(table, "budget_id", budgets, change=True):
            if row["spend"] and not (table == KEYS and row["budget_duration"]):
                yield row
