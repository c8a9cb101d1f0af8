"""gwctl guardrails: what every entity has, and the review of submissions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gwctl.cli import crud, deeds
from gwctl.cli.fields import judged, option, parameters
from gwctl.cli.signatures import DRY_RUN, OUTPUT, YES, add, many_names, one_name, parameter
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


def _submit(name: str, team: str, user: str | None, yes: bool, dry_run: bool, output: str | None, **given: Any) -> None:
    from gwctl.core import references
    from gwctl.operations import guardrail_submissions

    fields = judged(GUARDRAIL, {**given, "guardrail_name": name})

    def plan(_: Unit, stage: Stage) -> Sequence[Change]:
        group = references.one(stage, kinds().entity("team"), team)
        person = references.one(stage, kinds().entity("user"), user) if user else None
        return guardrail_submissions.submit(stage, GUARDRAIL, group, person, fields)

    deeds.deed(GUARDRAIL, Work(plan), output=output, dry_run=dry_run, yes=yes, asks=False, minted=True)


TEAM = Annotated[str, typer.Option("--team", metavar="TEAM", help="The team that submits it.", show_default=False)]
FIELDS = [one for one in parameters(GUARDRAIL, "create") if one.name not in ("guardrail_id", "default_on")]
add(app, "submit",
    _submit,
    [
        one_name(GUARDRAIL), parameter("team", TEAM), option("user", str, "--user", "USER", "Who submits it."),
        *FIELDS, YES, DRY_RUN, OUTPUT,
    ],
    "Submit a team's guardrail, to be approved or rejected.\n\n"
    "Example: gwctl guardrails submit pii --team research --mode pre_call --api-base https://guard.example.org"
)  # fmt: skip
SHAPE = [many_names(GUARDRAIL), YES, DRY_RUN, OUTPUT]
add(app, "approve", _reviewing("approve", "active"), SHAPE,
    "Let submitted guardrails run.\n\nExample: gwctl guardrails approve pii")  # fmt: skip
add(app, "reject", _reviewing("reject", "rejected"), SHAPE,
    "Turn submitted guardrails down, for good.\n\nExample: gwctl guardrails reject pii")  # fmt: skip
