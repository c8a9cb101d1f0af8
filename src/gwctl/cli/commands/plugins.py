"""gwctl plugins: what every entity has, and whether the marketplace offers one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from gwctl.cli import crud, deeds
from gwctl.cli.signatures import DRY_RUN, OUTPUT, YES, add, many_names
from gwctl.cli.work import Work, kinds

if TYPE_CHECKING:
    from gwctl.core.change import Change
    from gwctl.core.stage import Stage
    from gwctl.core.unit import Unit

app = crud.build("plugin")


def _add(app: typer.Typer, verb: str, what: str, *, enabled: bool) -> None:
    plugin = kinds().entity("plugin")

    def run(names: list[str], yes: bool, dry_run: bool, output: str | None) -> None:
        def plan(unit: Unit, stage: Stage) -> Sequence[Change]:
            from gwctl.core import changes

            rows = deeds.chosen(unit, stage, plugin, names, {})
            return changes.update(stage, plugin, rows, [{"enabled": enabled}] * len(rows))

        deeds.deed(plugin, Work(plan), output=output, dry_run=dry_run, names=names, yes=yes, asks=False)

    text = f"{what}\n\nExample: gwctl plugins {verb} reviewer"
    add(app, verb, run, [many_names(plugin), YES, DRY_RUN, OUTPUT], text)


_add(app, "enable", "Let the marketplace offer plug-ins again.", enabled=True)
_add(app, "disable", "Take plug-ins out of the marketplace, and keep them.", enabled=False)
