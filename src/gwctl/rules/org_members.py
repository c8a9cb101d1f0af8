"""Membership of organisations: a row with a role, and a budget row where the member has limits.

Source: proxy/management_endpoints/organization_endpoints.py (organization_member_add, _update, _delete), which ignores
limits when somebody is added.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from gwctl.core import sharing
from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.errors import NotFound
from gwctl.rules import members

MEMBERSHIPS = "LiteLLM_OrganizationMembership"
LIMITS = ("max_budget", "budget_duration", "tpm_limit", "rpm_limit")


def put(stage: Stage, wanted: Sequence[tuple[Change, Sequence[Mapping[str, Any]]]]) -> None:
    """Makes people members, or changes what they are as members. `user` names one by id or e-mail."""
    people = members.people(stage, [(change, str(member["user"])) for change, listed in wanted for member in listed])
    known = {
        (row["organization_id"], row["user_id"]): row
        for row in _rows(stage, [change for change, _ in wanted], change=True)
    }
    own = members.own_budgets(stage, known.values())
    for change, listed in wanted:
        for member in listed:
            person = people.get(str(member["user"]))
            if person is not None:
                _put(stage, change, member, person["user_id"], known.get((change.id, person["user_id"])), own)


def _put(
    stage: Stage, change: Change, member: Mapping[str, Any], user: str, row: Row | None, own: dict[str, Row]
) -> None:
    values: dict[str, Any] = {"updated_at": stage.unit.now}
    if "role" in member or row is None:
        values["user_role"] = member.get("role", "internal_user")
    asked = {name: member[name] for name in LIMITS if name in member}
    if any(value is not None for value in asked.values()) or (row is not None and row["budget_id"] in own and asked):
        values["budget_id"] = _budget(stage, change, asked, row, own)
    if row is None:
        stage.insert(MEMBERSHIPS, {"user_id": user, "organization_id": change.id, "spend": 0.0, **values}, cause=change)
    else:
        stage.update(row, {name: value for name, value in values.items() if name != "updated_at"}, cause=change)


def _budget(stage: Stage, change: Change, asked: Mapping[str, Any], row: Row | None, own: dict[str, Row]) -> str:
    values = sharing.dated(stage.unit, sharing.BUDGETS, asked)
    known = own.get(row["budget_id"]) if row else None
    if known is not None:
        stage.update(known, values, cause=change)
        return str(known["budget_id"])
    shared = stage.get(sharing.BUDGETS, row["budget_id"]) if row and row["budget_id"] else None
    copied = {name: shared[name] for name in (*LIMITS, "budget_reset_at")} if shared else {}
    made = {**copied, **sharing.signed(stage.unit, sharing.BUDGETS), **values, "budget_id": str(uuid.uuid4())}
    stage.insert(sharing.BUDGETS, made, cause=change)
    return str(made["budget_id"])


def take(stage: Stage, change: Change, users: Sequence[str]) -> None:
    """Ends memberships. Nobody leaves a team by it."""
    rows = {row["user_id"]: row for row in _rows(stage, [change], change=True)}
    emails = {
        str(row["user_email"]).lower(): row["user_id"]
        for row in stage.load(members.USERS, "user_id", rows)
        if row["user_email"]
    }
    gone: dict[str, object] = {}
    for name in users:
        row = rows.get(name) or rows.get(emails.get(name.lower(), ""))
        if row is None:
            change.refuse(
                f"{name!r} is no member of organisation {change.name!r}",
                kind=NotFound,
                hint="gwctl orgs members list shows who is.",
            )
            continue
        gone[row["budget_id"]] = change
        stage.delete(row, cause=change)
    sharing.drop(stage, sharing.BUDGETS, gone)


def listed(stage: Stage, organisations: Sequence[Row]) -> Mapping[str, list[dict[str, Any]]]:
    """The members of organisations as a manifest says them."""
    rows = stage.load(MEMBERSHIPS, "organization_id", [row["organization_id"] for row in organisations])
    own = members.own_budgets(stage, rows, change=False)
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in sorted(rows, key=lambda one: str(one["user_id"])):
        budget = own.get(row["budget_id"])
        limits = {name: budget[name] for name in LIMITS if budget and budget[name] is not None}
        found[row["organization_id"]].append({"user": row["user_id"], "role": row["user_role"], **limits})
    return found


def _rows(stage: Stage, changes: Sequence[Change], *, change: bool = False) -> list[Row]:
    return stage.load(MEMBERSHIPS, "organization_id", [one.id for one in changes], change=change)
