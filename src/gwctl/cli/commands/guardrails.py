"""gwctl guardrails: what every entity has, and the review of submissions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from gwctl.cli import crud, deeds
from gwctl.cli.signatures import DRY_RUN, OUTPUT, YES, add, many_names
from gwctl.cli.work import Work, kinds

if TYPE_CHECKING:
    from gwctl.core.change import Change
    from gwctl.core.stage import Stage
    from gwctl.core.unit import Unit

app = crud.build("guardrail")
GUARDRAIL = kinds().entity("guardrail")


def _reviewing(verb: str, status: str) -> Callable[..., None]:
    def run(names: list[str], yes: bool, dry_run: bool, output: str | None) -> None:
        from gwctl.operations import guardrail_reviews

        def plan(unit: Unit, stage: Stage) -> Sequence[Change]:
            rows = deeds.chosen(unit, stage, GUARDRAIL, names, {})
            return guardrail_reviews.review(stage, GUARDRAIL, rows, status)

        question = verb.capitalize()
        deeds.deed(
            GUARDRAIL, Work(plan), output=output, dry_run=dry_run, names=names, yes=yes, asks=False, question=question
        )

    return run


SHAPE = [many_names(GUARDRAIL), YES, DRY_RUN, OUTPUT]
add(app, "approve", _reviewing("approve", "active"), SHAPE,
    "Let submitted guardrails run.\n\nExample: gwctl guardrails approve pii")  # fmt: skip
add(app, "reject", _reviewing("reject", "rejected"), SHAPE,
    "Turn submitted guardrails down, for good.\n\nExample: gwctl guardrails reject pii")  # fmt: skip
