"""gwctl budgets: what every entity has, who is over, and starting anew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from gwctl.cli import crud, deeds, render
from gwctl.cli import session as sessions
from gwctl.cli.options import OptionalOutput
from gwctl.cli.render import Column, Kind
from gwctl.cli.signatures import DRY_RUN, OUTPUT, YES, add, many_names, parameter
from gwctl.cli.work import Work, kinds, place
from gwctl.errors import Usage

if TYPE_CHECKING:
    from gwctl.core.change import Change
    from gwctl.core.stage import Stage
    from gwctl.core.unit import Unit

app = crud.build("budget")
BUDGET = kinds().entity("budget")

COLUMNS = [
    Column("kind"), Column("name", Kind.NAME), Column("spend", Kind.MONEY), Column("max_budget", Kind.MONEY),
    Column("percent"), Column("state"), Column("budget_reset_at", Kind.TIME), Column("id", Kind.NAME, wide=True),
    Column("budget_id", Kind.NAME, wide=True),
]  # fmt: skip


@app.command("usage")
def usage(
    name: Annotated[
        str | None, typer.Argument(metavar="[BUDGET]", help="Only those that share this budget.", show_default=False)
    ] = None,
    over: Annotated[bool, typer.Option("--over", help="Only those that are refused by now.")] = False,
    near: Annotated[bool, typer.Option("--near", help="Only those from 80 percent on.")] = False,
    output: OptionalOutput = None,
) -> None:
    """Show who has used how much of a budget, the fullest first, and when it starts anew.

    Example: gwctl budgets usage --over --near
    """
    from gwctl.core import references, unit
    from gwctl.core.stage import Stage
    from gwctl.questions import budgets

    states = frozenset(state for state, asked in (("over", over), ("near", near)) if asked)
    with unit.reading(place()) as opened:
        budget = references.one(Stage(opened), BUDGET, name)["budget_id"] if name else None
        rows = budgets.usage(opened, budget=budget, states=states)
        session, empty = sessions.current(), "Nobody is there."
        render.listing(rows, COLUMNS, output=output or "table", identity="id", session=session, empty=empty)


def _reset(names: list[str] | None, due: bool, yes: bool, dry_run: bool, output: str | None) -> None:
    from gwctl.operations import budget_resets

    if bool(names) == due:
        raise Usage("which budgets?", "Name them, or take all that are due with --due.")

    def plan(unit: Unit, stage: Stage) -> Sequence[Change]:
        if due:
            return budget_resets.due(stage)
        return budget_resets.reset(stage, deeds.chosen(unit, stage, BUDGET, names, {}))

    question = "Start anew what is due:" if due else "Start anew"
    deeds.deed(
        BUDGET,
        Work(plan, bulk=due),
        output=output,
        dry_run=dry_run,
        names=names,
        yes=yes,
        question=question,
        planned=due,
    )


DUE = Annotated[bool, typer.Option("--due", help="All whose moment has come: keys, users, teams and budgets.")]
add(app, "reset", _reset, [many_names(BUDGET, optional=True), parameter("due", DUE, False), YES, DRY_RUN, OUTPUT],
    "Start budgets anew, as the proxy's own job does: spend 0, and the next moment.\n\n"
    "Example: gwctl budgets reset --due --yes")  # fmt: skip
