"""gwctl teams: what every entity has, members and models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from gwctl.cli import crud, deeds
from gwctl.cli.fields import option
from gwctl.cli.lazy import group
from gwctl.cli.membership import add_members
from gwctl.cli.resets import add_reset_spend
from gwctl.cli.signatures import DRY_RUN, FORCE, OUTPUT, YES, add, one_name, parameter
from gwctl.cli.work import Work, kinds

if TYPE_CHECKING:
    from gwctl.core.change import Change
    from gwctl.core.stage import Stage
    from gwctl.core.unit import Unit

app = crud.build("team")
TEAM = kinds().entity("team")
add_reset_spend(app, TEAM)
add_members(app, TEAM)
models = group("Models that a team's keys may call.")
app.add_typer(models, name="models")


def _add_models(name: str, listed: list[str], yes: bool, dry_run: bool, output: str | None) -> None:
    from gwctl.operations import memberships

    def plan(unit: Unit, stage: Stage) -> Sequence[Change]:
        [row] = deeds.chosen(unit, stage, TEAM, [name], {})
        return memberships.models(stage, TEAM, row, add=listed)

    deeds.deed(TEAM, Work(plan), output=output, dry_run=dry_run, names=[name], asks=False, yes=yes)


def _remove_models(
    name: str,
    listed: list[str],
    replace_with: list[str] | None,
    yes: bool,
    force: bool,
    dry_run: bool,
    output: str | None,
) -> None:
    from gwctl.operations import memberships

    def plan(unit: Unit, stage: Stage) -> Sequence[Change]:
        [row] = deeds.chosen(unit, stage, TEAM, [name], {})
        return memberships.models(stage, TEAM, row, add=replace_with or [], remove=listed, force=force)

    deeds.deed(TEAM, Work(plan), output=output, dry_run=dry_run, names=[name], asks=False, yes=yes)


NAMES = parameter(
    "listed",
    Annotated[
        list[str],
        typer.Argument(metavar="MODEL...", help="Names of models, patterns or access groups.", show_default=False),
    ],
)
INSTEAD = option("replace_with", list[str], "--replace-with", "MODEL", "Put this in the place of what goes. Repeats.")

add(models, "add", _add_models, [one_name(TEAM), NAMES, YES, DRY_RUN, OUTPUT],
    "Let a team's keys call more models.\n\nExample: gwctl teams models add research gpt-4o")  # fmt: skip
add(models, "remove", _remove_models, [one_name(TEAM), NAMES, INSTEAD, YES, FORCE, DRY_RUN, OUTPUT],
    "Take models from a team.\n\nExample: gwctl teams models remove research gpt-4o")  # fmt: skip
