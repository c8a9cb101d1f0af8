"""`make-public` and `make-private`, of what the proxy's public pages list: MCP servers and agents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import typer

from gwctl.cli import deeds, pickup
from gwctl.cli import session as sessions
from gwctl.cli.signatures import DRY_RUN, PLAN, YES, add, example, many_names
from gwctl.cli.work import Work, kinds
from gwctl.describe import Entity

if TYPE_CHECKING:
    from gwctl.core.change import Change
    from gwctl.core.stage import Stage
    from gwctl.core.unit import Unit


def add_showing(app: typer.Typer, entity: Entity) -> None:
    shape = [many_names(entity), YES, DRY_RUN, PLAN]
    add(app, "make-public", _run(entity, public=True), shape,
        f"Show {entity.group} to everybody: the proxy's public pages list them.\n\n"
        f"Example: gwctl {entity.group} make-public {example(entity, 'get')}")  # fmt: skip
    add(app, "make-private", _run(entity, public=False), shape,
        f"Take {entity.group} off the proxy's public pages.\n\n"
        f"Example: gwctl {entity.group} make-private {example(entity, 'get')}")  # fmt: skip


def _run(entity: Entity, *, public: bool) -> Any:
    def run(names: list[str], yes: bool, dry_run: bool, output: str | None) -> None:
        from gwctl.operations import showing

        def plan(unit: Unit, stage: Stage) -> Sequence[Change]:
            rows = deeds.chosen(unit, stage, entity, names, {})
            return showing.show(stage, entity, rows) if public else showing.hide(stage, entity, rows)

        setting = kinds().entity("setting")
        deeds.deed(setting, Work(plan), output=output, dry_run=dry_run, yes=yes, asks=False, planned=True)
        if not dry_run:
            sessions.current().note(pickup.POLLED_ALONE)

    return run
