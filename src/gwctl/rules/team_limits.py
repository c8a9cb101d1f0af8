"""What a team may not have beside its organisation, and the order of its own budgets.

Source: proxy/management_endpoints/team_endpoints.py, _check_org_team_limits and the checks of new_team and update_team.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gwctl.core import sharing
from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.rules import bounds, key_limits

ORGANISATIONS = "LiteLLM_OrganizationTable"
NUMBERS = ("max_budget", "tpm_limit", "rpm_limit")
ORG_BUDGET_IS_READ = (1, 110)


def check(stage: Stage, changes: Sequence[Change]) -> None:
    """Rules over levels, for teams that are made or changed."""
    organisations = _organisations(stage, changes)
    budgets = _budgets(stage, organisations.values())
    for change in changes:
        soft, hard = change.value("soft_budget"), change.value("max_budget")
        if (
            soft is not None
            and hard is not None
            and soft >= hard
            and {"soft_budget", "max_budget"} & change.columns.keys()
        ):
            change.refuse(f"soft_budget {soft:g} should be below max_budget {hard:g}", "soft_budget")
        key_limits.warn_of_licence(stage, change)
        org = organisations.get(change.value("organization_id") or "")
        if org is not None:
            _models_in(stage, change, org)
            _numbers_in(stage, change, org, budgets.get(org["budget_id"]))
            _promises_in(stage, change, org)


def check_move(stage: Stage, changes: Sequence[Change]) -> None:
    """update_team with another organisation: what the team has and is must fit there."""
    moved = [
        c
        for c in changes
        if c.columns.get("organization_id") and c.row and c.row["organization_id"] != c.columns["organization_id"]
    ]
    organisations = _organisations(stage, moved)
    people = stage.load("LiteLLM_OrganizationMembership", "organization_id", organisations)
    known = {(row["organization_id"], row["user_id"]) for row in people}
    for change in moved:
        org = organisations[change.columns["organization_id"]]
        name = org["organization_alias"]
        if org.items("models") and not change.value("models"):
            change.refuse(f"the team may call all models, organisation {name!r} may not", "models")
        for entry in change.value("members_with_roles") or []:
            user = entry.get("user_id")
            if user and user != "default_user_id" and (org["organization_id"], user) not in known:
                change.refuse(
                    f"member {user!r} is not in organisation {name!r}", "org", hint="gwctl orgs members add adds one."
                )


def _models_in(stage: Stage, change: Change, org: Row) -> None:
    listed = org.items("models")
    if listed and "all-proxy-models" not in listed and {"models", "organization_id"} & change.columns.keys():
        for model in change.value("models") or []:
            if model not in listed:
                message = f"model {model!r} is not among those of organisation {org['organization_alias']!r}: "
                bounds.exceed(stage, change, message + ", ".join(listed), "models")


def _numbers_in(stage: Stage, change: Change, org: Row, budget: Row | None) -> None:
    """Written in the gateway's code, but 1.82.4 never gets to it when a team is made; when one moves, and from 1.110
    on, it does."""
    moves = change.row is not None and change.columns.get("organization_id") not in (
        None,
        change.row["organization_id"],
    )
    for column in NUMBERS:
        bound, mine = budget[column] if budget else None, change.value(column)
        if not bound or mine is None or mine <= bound or not {column, "organization_id"} & change.columns.keys():
            continue
        message = f"{column} {mine:g} is above {bound:g}, that of organisation {org['organization_alias']!r}"
        if moves or stage.unit.release >= ORG_BUDGET_IS_READ:
            bounds.exceed(stage, change, message, column)
        else:
            change.warn(f"team {change.name}: {message}")


def _promises_in(stage: Stage, change: Change, org: Row) -> None:
    """Guaranteed limits for each model, summed over the organisation's teams."""
    metadata = change.value("metadata") or {}
    for kind, column in (("rpm_limit_type", "model_rpm_limit"), ("tpm_limit_type", "model_tpm_limit")):
        if (change.fields.get(kind) != "guaranteed_throughput" and column not in change.fields) or metadata.get(
            kind
        ) != "guaranteed_throughput":
            continue
        teams = [
            row
            for row in stage.load("LiteLLM_TeamTable", "organization_id", [org["organization_id"]])
            if row is not change.row
        ]
        for model, value in (metadata.get(column) or {}).items():
            bound = (org.object("metadata").get(column) or {}).get(model)
            promised = value + sum((team.object("metadata").get(column) or {}).get(model) or 0 for team in teams)
            if bound is not None and promised > bound:
                message = f"{column} of {model}: {promised} would be promised, and organisation "
                bounds.exceed(stage, change, f"{message}{org['organization_alias']!r} has {bound}", column)


def _organisations(stage: Stage, changes: Sequence[Change]) -> dict[str, Row]:
    ids = [change.value("organization_id") for change in changes]
    return {row["organization_id"]: row for row in stage.load(ORGANISATIONS, "organization_id", ids)}


def _budgets(stage: Stage, organisations: Iterable[Row]) -> dict[str, Row]:
    return {
        row["budget_id"]: row
        for row in stage.load(sharing.BUDGETS, "budget_id", [org["budget_id"] for org in organisations])
    }
