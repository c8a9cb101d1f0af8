"""One object's whole picture: every limit that its requests meet and where it comes from, what is left, what it has.

Source: proxy/auth/auth_checks.py and proxy/utils.py (get_data) for which budget is asked of whom; the parallel request
limiter for rates. Spend is the database's; a proxy may be some seconds ahead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from gwctl.core import sharing
from gwctl.core.stage import Row, Stage
from gwctl.core.unit import Unit
from gwctl.describe import Entity
from gwctl.questions import belongings
from gwctl.rules import budgets, members, orgs
from gwctl.rules.teams import TEAMS

BUDGET, TPM, RPM, PARALLEL = "max_budget", "tpm_limit", "rpm_limit", "max_parallel_requests"
RATES = (TPM, RPM)
PROJECTS = "LiteLLM_ProjectTable"
PROJECT_SPEND = (1, 110)
"""From here on a project's spend is counted; before, its budget never runs out."""


@dataclass(frozen=True)
class Limit:
    """A limit that requests meet. `source`: own, budget, default, member, project, team, user or org; `name`: which.

    `enforced`: whether the proxy holds anybody to it.
    """

    limit: str
    value: float
    source: str
    name: str | None = None
    spend: float | None = None
    left: float | None = None
    resets_at: datetime | None = None
    enforced: bool = True


def of(unit: Unit, entity: Entity, identifier: Any) -> dict[str, Any] | None:
    """What `get` shows beside the fields: `left`, `limits`, `next_reset`, of a key `expires`, and `counts`.

    None for what has neither limits nor belongings.
    """
    if entity.name not in belongings.COUNTED:
        return None
    stage = Stage(unit)
    row = stage.get(entity.table, identifier)
    assert row is not None, identifier
    limits = list(LIMITS[entity.name](stage, row)) if entity.name in LIMITS else []
    lefts = [one.left for one in limits if one.left is not None and one.enforced]
    return {
        **({"left": min(lefts, default=None), "limits": list(map(asdict, limits))} if entity.name in LIMITS else {}),
        "next_reset": row["budget_reset_at"] or _reset_of_budget(stage, row),
        **({"expires": row["expires"], "expired": _is_past(unit, row["expires"])} if entity.name == "key" else {}),
        "counts": belongings.counts(unit, entity, identifier),
    }


def _is_past(unit: Unit, moment: datetime | None) -> bool:
    return moment is not None and moment < unit.now


def _reset_of_budget(stage: Stage, row: Row) -> datetime | None:
    budget = _budget(stage, row)
    return budget["budget_reset_at"] if budget else None


def _budget(stage: Stage, row: Row | None) -> Row | None:
    return stage.get(sharing.BUDGETS, row["budget_id"]) if row is not None and row["budget_id"] else None


# Whose limits a request meets


def _of_key(stage: Stage, key: Row) -> Iterable[Limit]:
    team = stage.get(TEAMS, key["team_id"])
    user = stage.get(members.USERS, key["user_id"])
    yield from _own_or_budget(stage, key)
    if team is not None and user is not None:
        yield from _of_membership(stage, team, user)
    yield from _of_project(stage, stage.get(PROJECTS, key["project_id"]), "project")
    if team is not None:
        yield from _columns(team, "team", _name(team, "team_alias", "team_id"), (BUDGET, *RATES))
    if user is not None:
        yield from _columns(user, "user", _name(user, "user_email", "user_id"), RATES if team else (BUDGET, *RATES))
    organisation = key["organization_id"] or (team["organization_id"] if team else None)
    yield from _of_organisation(stage, organisation, rates=bool(key["organization_id"]))


def _own_or_budget(stage: Stage, key: Row) -> Iterable[Limit]:
    """A key's own limits; where it has none, those of the budget row that it refers to (get_data, combined_view)."""
    budget = _budget(stage, key)
    for limit in (BUDGET, *RATES, PARALLEL):
        value, source, name = key[limit], "own", None
        if value is None and budget is not None and limit != PARALLEL:
            value, source, name = _value(stage.unit, budget, limit), "budget", budget["budget_id"]
        if value is not None and limit == BUDGET:
            value += _temporary(stage.unit, key)
        resets_at = key["budget_reset_at"] or (budget["budget_reset_at"] if budget else None)
        yield from _one(limit, value, source, name, key["spend"], resets_at)


def _of_membership(stage: Stage, team: Row, user: Row) -> Iterable[Limit]:
    """What a member may spend in the team; the member's rates are asked of JWT callers alone."""
    rows = stage.load(members.MEMBERSHIPS, "user_id", [user["user_id"]])
    row = next((one for one in rows if one["team_id"] == team["team_id"]), None)
    budget = _budget(stage, row)
    if row is not None and budget is not None:
        name = _name(user, "user_email", "user_id")
        yield from _lent(stage.unit, budget, "member", name, row["spend"], (BUDGET,))


def _of_team(stage: Stage, team: Row) -> Iterable[Limit]:
    yield from _columns(team, "own", None, (BUDGET, *RATES))
    yield from _of_organisation(stage, team["organization_id"], rates=False)


def _of_user(_: Stage, user: Row) -> Iterable[Limit]:
    """The budget counts for keys of no team."""
    yield from _columns(user, "own", None, (BUDGET, *RATES))


def _of_organisation(stage: Stage, identifier: str | None, *, rates: bool) -> Iterable[Limit]:
    """The organisation's rates reach only keys that bear it themselves. A budget of 0 means no limit."""
    row = stage.get(orgs.ORGANISATIONS, identifier) if identifier else None
    budget = _budget(stage, row)
    if row is not None and budget is not None:
        names = ((BUDGET,) if budget[BUDGET] else ()) + (RATES if rates else ())
        yield from _lent(stage.unit, budget, "org", row["organization_alias"], row["spend"], names)


def _of_project(stage: Stage, project: Row | None, source: str) -> Iterable[Limit]:
    budget = _budget(stage, project)
    if project is not None and budget is not None:
        counted = stage.unit.release >= PROJECT_SPEND
        name = _name(project, "project_alias", "project_id")
        yield from _lent(stage.unit, budget, source, name, project["spend"], (BUDGET,), enforced=counted)


def _of_whole_project(stage: Stage, project: Row) -> Iterable[Limit]:
    yield from _held(stage, project, (BUDGET,), enforced=stage.unit.release >= PROJECT_SPEND)
    team = stage.get(TEAMS, project["team_id"])
    if team is not None:
        yield from _columns(team, "team", _name(team, "team_alias", "team_id"), (BUDGET, *RATES))


def _of_customer(stage: Stage, customer: Row) -> Iterable[Limit]:
    """Its own budget, else the one that the gateway's settings name for customers without any."""
    if customer["budget_id"]:
        yield from _held(stage, customer, (BUDGET, *RATES))
        return
    default = budgets.customers_default(stage)
    budget = stage.get(sharing.BUDGETS, default) if default else None
    if budget is not None:
        yield from _lent(stage.unit, budget, "default", default, customer["spend"], (BUDGET, *RATES))


def _of_one_with_budget(*names: str) -> Callable[[Stage, Row], Iterable[Limit]]:
    return lambda stage, row: _held(stage, row, names)


def _held(stage: Stage, row: Row, names: Iterable[str], *, enforced: bool = True) -> Iterable[Limit]:
    """Limits that lie in a budget row: the owner's own, or one that has a name."""
    budget = _budget(stage, row)
    if budget is None:
        return
    identifier = budget["budget_id"]
    own = sharing.is_own(identifier, sharing.referring(stage, sharing.BUDGETS, [identifier])[identifier])
    source, name = ("own", None) if own else ("budget", identifier)
    yield from _lent(stage.unit, budget, source, name, row["spend"], names, enforced=enforced)


LIMITS: Mapping[str, Callable[[Stage, Row], Iterable[Limit]]] = {
    "key": _of_key,
    "team": _of_team,
    "user": _of_user,
    "org": _of_one_with_budget(BUDGET, *RATES),
    "project": _of_whole_project,
    "customer": _of_customer,
    "tag": _of_one_with_budget(BUDGET),
}


# Single limits


def _columns(row: Row, source: str, name: str | None, names: Iterable[str]) -> Iterable[Limit]:
    """Limits that lie in columns of the row itself."""
    for limit in names:
        yield from _one(limit, row[limit], source, name, row["spend"], row["budget_reset_at"])


def _lent(
    unit: Unit, budget: Row, source: str, name: str | None, spend: float | None, names: Iterable[str], *,
    enforced: bool = True,
) -> Iterable[Limit]:  # fmt: skip
    for limit in names:
        value = _value(unit, budget, limit)
        yield from _one(limit, value, source, name, spend, budget["budget_reset_at"], enforced=enforced)


def _one(
    limit: str, value: float | None, source: str, name: str | None, spend: float | None, resets_at: datetime | None,
    *, enforced: bool = True,
) -> Iterable[Limit]:  # fmt: skip
    if value is None:
        return
    if limit != BUDGET:
        yield Limit(limit, value, source, name)
        return
    spent = spend or 0.0
    yield Limit(limit, value, source, name, spent, max(round(value - spent, 12), 0.0), resets_at, enforced)


def _value(unit: Unit, budget: Row, limit: str) -> float | None:
    """A limit of a budget row; from 1.105 on its budget may have been raised for a time."""
    value: float | None = budget[limit]
    raised = budget["temp_budget_expiry"]
    if limit != BUDGET or value is None or raised is None or raised <= unit.now:
        return value
    return value + (budget["temp_budget_increase"] or 0)


def _temporary(unit: Unit, key: Row) -> float:
    """What is added to a key's budget for the time being (_get_temp_budget_increase)."""
    metadata = key.object("metadata")
    increase, until = metadata.get("temp_budget_increase"), metadata.get("temp_budget_expiry")
    if not isinstance(increase, int | float) or not isinstance(until, str):
        return 0
    return increase if until > unit.now.replace(tzinfo=None).isoformat(timespec="seconds") else 0


def _name(row: Row, *columns: str) -> str:
    return next(str(row[column]) for column in columns if row[column])
