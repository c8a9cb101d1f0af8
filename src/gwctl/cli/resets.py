"""`reset-spend`, for the entities that have a spend of their own to set back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from gwctl.cli import deeds, filters, signatures
from gwctl.cli.work import Work
from gwctl.describe import Entity
from gwctl.errors import Invalid

if TYPE_CHECKING:
    from gwctl.core.change import Change
    from gwctl.core.stage import Stage
    from gwctl.core.unit import Unit


def add_reset_spend(app: typer.Typer, entity: Entity) -> None:
    """Adds the command to an entity's group."""

    def run(
        names: list[str] | None, to: str, output: str | None, dry_run: bool, yes: bool, **given: str | bool | None
    ) -> None:
        from gwctl.operations import spend_reset

        amount = _amount(to)
        bulk = deeds.is_bulk(entity, names, given)

        def plan(unit: Unit, stage: Stage) -> Sequence[Change]:
            rows = deeds.chosen(unit, stage, entity, names, given)
            return spend_reset.reset(stage, entity, rows, amount)

        question = "Reset the spend of"
        deeds.deed(
            entity,
            Work(plan, bulk=bulk),
            output=output,
            dry_run=dry_run,
            names=names,
            yes=yes,
            question=question,
        )

    target = Annotated[
        str, typer.Option("--to", metavar="AMOUNT", help="What the spend is set back to, in US dollars.")
    ]
    shape = [
        signatures.many_names(entity, optional=True),
        *filters.parameters(entity, bulk=True),
        signatures.EVERY,
        signatures.parameter("to", target, "0"),
        signatures.YES,
        signatures.DRY_RUN,
        signatures.OUTPUT,
    ]
    example = signatures.example(entity, "reset-spend")
    text = f"Set the spend of {entity.group} back. What they spent stays in the logs."
    text += f"\n\nExample: gwctl {entity.group} reset-spend {example} --yes"
    signatures.add(app, "reset-spend", run, shape, text)


def _amount(text: str) -> float:
    try:
        amount = float(text)
    except ValueError:
        amount = -1.0
    if not 0 <= amount < float("inf"):
        raise Invalid(f"--to: should be a number of dollars from 0 on, not {text!r}")
    return amount
