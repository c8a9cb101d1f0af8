"""Versions of policies: a new one, and from draft to published, to production and back.

Source: proxy/policy_engine/policy_registry.py (create_new_version, update_version_status). The gateway refuses to take
a version out of production; here it can be, upon which the policy is off.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gwctl.core import versions
from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.describe import Entity
from gwctl.errors import NotFound, Refused
from gwctl.rules import policy_graph, policy_states


def new_version(stage: Stage, entity: Entity, row: Row, name: str) -> list[Change]:
    """A draft, made of the version that is named, or of the one in production."""
    if versions.split(entity, name)[0] == name == row["policy_name"] and row["version_status"] != "production":
        raise NotFound(
            f"no version of {name!r} is in production", f"Name the version that the new one is made of: {name}@N."
        )
    change = _change(entity, row, {"version_status": "draft"})
    change.was = {}
    policy_states.succeed(stage, change, row, {}, "draft")
    return [change]


def publish(stage: Stage, entity: Entity, row: Row) -> list[Change]:
    """A draft is fixed from now on."""
    _refuse_unless(row, "draft", "publish", "Only a draft can be published.")
    return _moved(stage, entity, row, "published")


def promote(stage: Stage, entity: Entity, row: Row) -> list[Change]:
    """A published version is in force from now on, in the place of the one that was."""
    hint = "Publish it first." if row["version_status"] == "draft" else "It is in force already."
    _refuse_unless(row, "published", "promote", hint)
    return _moved(stage, entity, row, "production")


def demote(stage: Stage, entity: Entity, row: Row) -> list[Change]:
    """The version in production is no longer in force, and none takes its place."""
    _refuse_unless(row, "production", "demote", "Only the version in production can be taken out of force.")
    change = _moved(stage, entity, row, "published")[0]
    change.warn(f"no version of {row['policy_name']} is in production any more: the policy is off")
    return [change]


def _refuse_unless(row: Row, state: str, verb: str, hint: str) -> None:
    if row["version_status"] != state:
        name = f"{row['policy_name']}@{row['version_number']}"
        raise Refused(f"cannot {verb} {name}: it is in state {row['version_status']}", hint)


def _moved(stage: Stage, entity: Entity, row: Row, state: str) -> list[Change]:
    old = row["version_status"]
    change = _change(entity, row, {"version_status": state})
    stamps = {} if old == "production" else policy_states.stamps(stage, old, state)
    if state == "production":
        policy_graph.refuse_broken(change)
        _refuse_circle(stage, change)
        policy_states.step_down(stage, change, row["policy_name"], row)
    stage.update(row, {"version_status": state, "updated_by": stage.unit.actor, **stamps}, cause=change)
    return [change]


def _refuse_circle(stage: Stage, change: Change) -> None:
    assert change.row is not None
    stage.unit.lock("policy:inherit")
    parents = {**policy_graph.inherited(stage), change.name: change.row["inherit"]}
    policy_graph.refuse_circle(change, parents)


def _change(entity: Entity, row: Row, fields: Mapping[str, Any]) -> Change:
    was = {name: row[name] for name in fields}
    return Change("update", entity, dict(fields), row, was=was, audited="updated")


Step = Callable[[Stage, Entity, Row], list[Change]]

STEPS: Mapping[str, Step] = {"publish": publish, "promote": promote, "demote": demote}
STATES = {"publish": "draft", "promote": "published", "demote": "production"}
"""The state of the version that a bare name means for each step: the newest in it."""


def meant(stage: Stage, entity: Entity, row: Row, name: str, verb: str) -> Row:
    """The version that `name` means for a step: NAME the newest in the state that it starts from, NAME@N itself."""
    if name != row["policy_name"]:
        return row
    rows = [one for one in versions.of(stage, entity, [name], change=True) if one["version_status"] == STATES[verb]]
    return rows[-1] if rows else row
