"""Policies: what the gateway checks and writes when one is made, changed or deleted.

Source: proxy/policy_engine/policy_registry.py, policy_endpoints.py. Only drafts can be changed there, in steps that are
no transaction; here a change of a version that is no draft is a new version, and all of it happens at once. What only
the check of the YAML form looks at there, the graph of inheritance and the steps of pipelines, is looked at here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.errors import Refused
from gwctl.rules import attachments, named_lists, policy_graph, policy_names, policy_states
from gwctl.rules.naming import need_name

POLICIES = policy_states.POLICIES


def create(stage: Stage, changes: Sequence[Change]) -> None:
    """add_policy_to_db: version 1 is in production at once, unless it is said to stop before."""
    for change in changes:
        need_name(change)
        change.columns.setdefault("version_status", "production")
        state = change.columns["version_status"]
        change.columns |= {"version_number": 1, "is_latest": True}
        change.columns |= policy_states.stamps(stage, None, state, created=True)
    policy_graph.check(stage, changes)
    _attach(stage, changes)


def update(stage: Stage, changes: Sequence[Change]) -> None:
    """update_policy_in_db, which takes drafts alone and clears nothing."""
    policy_graph.check(stage, changes)
    renamed = [change for change in changes if "policy_name" in change.columns and not change.troubles]
    policy_names.rename(stage, renamed)
    _attach(stage, changes)
    for change in changes:
        if not change.troubles:
            policy_states.put(stage, change)


def delete(stage: Stage, changes: Sequence[Change]) -> None:
    """delete_policy_from_db leaves attachments and whoever names the policy; here nothing names it any more."""
    going = {change.id for change in changes}
    gone = _gone(stage, changes)
    for change in changes:
        if change.name not in gone and change.row and change.row["version_status"] == "production":
            change.warn(f"no version of {change.name} is in production any more: the policy is off")
    _let_heirs_go(stage, gone, going)
    if not any(change.troubles for change in changes):
        attachments.drop(stage, gone)
        policy_names.forget(stage, gone)


def replace(stage: Stage, changes: Sequence[Change], heir: Row) -> None:
    """Another policy in the place of these: whoever inherits, attachments, keys, teams and users."""
    moved = named_lists.moved(_gone(stage, changes), heir["policy_name"])
    policy_names.replace(stage, moved, going={change.id for change in changes})


def _gone(stage: Stage, changes: Sequence[Change]) -> dict[str, Change]:
    """The policies of which no version is left."""
    going = {change.id for change in changes}
    causes: dict[str, Change] = {}
    for change in changes:
        causes.setdefault(change.name, change)
    rows = stage.load(POLICIES, "policy_name", causes)
    left = {row["policy_name"] for row in rows if row["policy_id"] not in going}
    return {name: change for name, change in causes.items() if name not in left}


def _let_heirs_go(stage: Stage, gone: Mapping[str, Change], going: set[str]) -> None:
    """Policies that inherit would lose those guardrails silently: refused, unless it is forced."""
    heirs = [row for row in stage.load(POLICIES, "inherit", gone, change=True) if row["policy_id"] not in going]
    for name, change in gone.items():
        mine = [row for row in heirs if row["inherit"] == name]
        if mine and not stage.force:
            listed = ", ".join(sorted({str(row["policy_name"]) for row in mine}))
            change.refuse(
                f"policy {name!r} is inherited by {listed}, which would lose its guardrails",
                kind=Refused,
                hint=named_lists.HINT,
            )
            continue
        for row in mine:
            stage.update(row, {"inherit": None}, cause=change)


def look(stage: Stage, rows: Sequence[Row]) -> Mapping[Any, Mapping[str, Any]]:
    """Attachments, which lie in rows of their own and go by name."""
    listed = attachments.listed(stage, [row["policy_name"] for row in rows])
    return {row["policy_id"]: {"attachments": listed.get(row["policy_name"], [])} for row in rows}


def _attach(stage: Stage, changes: Sequence[Change]) -> None:
    for change in changes:
        if "attachments" in change.fields and not change.troubles:
            attachments.put(stage, change, change.fields["attachments"] or [])
