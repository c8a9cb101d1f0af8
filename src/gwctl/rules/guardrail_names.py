"""Names of guardrails in the places that hold them: versions of policies, their pipelines, keys, teams and projects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.errors import Refused
from gwctl.rules import named_lists
from gwctl.rules.policy_states import POLICIES

LISTS = ("guardrails_add", "guardrails_remove")
OWNERS = ("LiteLLM_VerificationToken", "LiteLLM_TeamTable", "LiteLLM_ProjectTable")

Names = Mapping[str, tuple[str, Change]]


def rename(stage: Stage, renamed: Names) -> None:
    """Every version of every policy, every key and team follows."""
    for column in LISTS:
        for row in stage.load(POLICIES, column, renamed, change=True):
            held = row.items(column)
            values = {column: named_lists.swapped(held, renamed)}
            stage.update(row, values, cause=next(renamed[one][1] for one in held if one in renamed))
    for row, steps in _piped(stage, renamed):
        named = [renamed[step["guardrail"]][1] for step in steps if step.get("guardrail") in renamed]
        moved = [{**step, "guardrail": renamed[step["guardrail"]][0]} if step.get("guardrail") in renamed else step
                 for step in steps]  # fmt: skip
        stage.update(row, {"pipeline": {**row.object("pipeline"), "steps": moved}}, cause=named[0])
    for table in OWNERS:
        named_lists.rename_in_metadata(stage, renamed, table, "guardrails")


def forget(stage: Stage, gone: Mapping[str, Change]) -> None:
    """Guardrails that go are named by nothing any more. Refused where a step of a pipeline would go, unless forced."""
    for row, steps in _piped(stage, gone):
        change = next(gone[step["guardrail"]] for step in steps if step.get("guardrail") in gone)
        if stage.force:
            left = [step for step in steps if step.get("guardrail") not in gone]
            pipeline = {**row.object("pipeline"), "steps": left} if left else None
            stage.update(row, {"pipeline": pipeline}, cause=change)
            change.warn(f"the pipeline of {_version(row)} lets pass what the guardrail {change.name!r} stopped")
        else:
            change.refuse(
                f"guardrail {change.name!r} is a step of the pipeline of {_version(row)}; without it the pipeline "
                "would let pass what it stops", kind=Refused, hint=named_lists.HINT,
            )  # fmt: skip
    if any(change.troubles for change in gone.values()):
        return
    for column in LISTS:
        named_lists.leave(stage, gone, POLICIES, column)
    for table in OWNERS:
        named_lists.leave_metadata(stage, gone, table, "guardrails")


def _version(row: Row) -> str:
    return f"policy {row['policy_name']}@{row['version_number']}"


def _piped(stage: Stage, names: Mapping[str, Any]) -> Iterator[tuple[Row, list[dict[str, Any]]]]:
    """The versions of policies, locked, whose pipeline has one of these guardrails for a step."""
    table = stage.unit.table(POLICIES)
    if table is None or not names:
        return
    steps = table.c.pipeline["steps"]
    clause = sa.or_(*(steps.contains([{"guardrail": name}]) for name in names))
    for row in stage.search(POLICIES, clause, change=True):
        found = row.object("pipeline").get("steps")
        if isinstance(found, list) and any(step.get("guardrail") in names for step in found):
            yield row, found
