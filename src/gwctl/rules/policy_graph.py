"""Who inherits from whom, and which guardrails a policy names: what has to hold before a policy is written.

Source: proxy/policy_engine/policy_validator.py, which looks at policies of the configuration file alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import sqlalchemy as sa

from gwctl.core.change import Change
from gwctl.core.stage import Stage
from gwctl.errors import Invalid, Refused
from gwctl.rules import proxy_defined
from gwctl.rules.policy_states import POLICIES

GUARDRAILS = "LiteLLM_GuardrailsTable"
DEEPEST = 100
"""How long a chain of inheritance may be."""


def check(stage: Stage, changes: Sequence[Change]) -> None:
    """Refuses parents that are not there, circles, and steps that the policy does not add; warns of unknown names."""
    sound = [change for change in changes if not change.troubles]
    if any("inherit" in change.columns for change in sound):
        stage.unit.lock("policy:inherit")
    _parents(stage, sound)
    _steps(sound)
    _guardrails(stage, sound)


def _parents(stage: Stage, changes: Sequence[Change]) -> None:
    asked = [change for change in changes if change.columns.get("inherit")]
    if not asked:
        return
    parents = inherited(stage)
    known = {change.name for change in changes} | parents.keys()
    parents |= {change.name: change.value("inherit") for change in changes}
    for change in asked:
        parent = change.columns["inherit"]
        if parent not in known:
            change.refuse(
                f"policy {change.name!r} inherits from {parent!r}, which is not there", "inherit", kind=Invalid,
                hint="gwctl policies list shows those that there are.",
            )  # fmt: skip
            continue
        refuse_circle(change, parents)


def inherited(stage: Stage) -> dict[str, str | None]:
    """For each policy the one that it inherits from: what is in production says it, else the newest version."""
    rows = sorted(
        (row for row in stage.search(POLICIES, sa.true())),
        key=lambda row: (row["version_status"] == "production", row["version_number"] or 0),
    )
    return {row["policy_name"]: row["inherit"] for row in rows}


def refuse_circle(change: Change, parents: Mapping[str, str | None]) -> None:
    """Refuses a change after which its policy would inherit from itself, or through too many."""
    chain = list(_up(change.name, parents))
    if chain[-1] == change.name and len(chain) > 1:
        change.refuse(f"policies would inherit in a circle: {' -> '.join(chain)}", "inherit", kind=Invalid)
    elif len(chain) > DEEPEST:
        change.refuse(f"policy {change.name!r} would inherit through more than {DEEPEST} policies", "inherit",
                      kind=Invalid)  # fmt: skip


def _up(name: str, parents: Mapping[str, str | None]) -> Iterator[str]:
    """A policy and those above it; a name that came already ends the walk."""
    seen: set[str] = set()
    at: str | None = name
    while at is not None:
        yield at
        if at in seen:
            return
        seen.add(at)
        at = parents.get(at)


def _steps(changes: Iterable[Change]) -> None:
    """A step runs in its place in the pipeline, so the policy itself must add its guardrail."""
    for change in changes:
        pipeline = change.value("pipeline")
        if not isinstance(pipeline, dict) or not {"pipeline", "guardrails_add"} & change.columns.keys():
            continue
        added = change.value("guardrails_add") or []
        for step in pipeline.get("steps", []):
            if step.get("guardrail") not in added:
                change.refuse(
                    f"step {step.get('guardrail')!r} of the pipeline is not among the guardrails that "
                    f"{change.name!r} adds", "pipeline", kind=Invalid, hint="Name it in guardrails_add too.",
                )  # fmt: skip


def _guardrails(stage: Stage, changes: Sequence[Change]) -> None:
    """A proxy's own file may define guardrails, so an unknown one is no error."""
    named = {change.id + column: list(change.columns.get(column) or []) for change in changes
             for column in ("guardrails_add", "guardrails_remove")}  # fmt: skip
    known = {row["guardrail_name"] for row in stage.load(
        GUARDRAILS, "guardrail_name", {one for names in named.values() for one in names})}  # fmt: skip
    known |= proxy_defined.guardrails(stage.unit).keys()
    for change in changes:
        for column in ("guardrails_add", "guardrails_remove"):
            for name in named[change.id + column]:
                if name not in known:
                    change.warn(
                        f"{change.name}: there is no guardrail {name!r} in the database{_file(stage)}; unless the "
                        "proxy's own file defines it, nothing runs"
                    )


def _file(stage: Stage) -> str:
    return " nor in its config_file" if stage.unit.settings.options.config_file else ""


def refuse_broken(change: Change) -> None:
    """Refuses to put a version in force whose pipeline or condition the gateway could not load."""
    from gwctl.entities.policy import check_condition, check_pipeline

    for column, check in (("pipeline", check_pipeline), ("condition", check_condition)):
        value = change.value(column)
        if isinstance(value, dict) and value:
            try:
                check(value)
            except ValueError as error:
                change.refuse(f"{column} of {change.name!r} {error}", column, kind=Refused)
