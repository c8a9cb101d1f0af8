"""Commands of things that the proxy writes: they are listed, looked at, and deleted where an operator may."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from gwctl.cli import crud, deeds, signatures
from gwctl.cli.lazy import group
from gwctl.cli.work import Work, kinds

if TYPE_CHECKING:
    from gwctl.core.change import Change
    from gwctl.core.stage import Stage
    from gwctl.core.unit import Unit

OLDER = Annotated[
    str, typer.Option("--older-than", metavar="DURATION", help="How old they must be, as 30d.", show_default=False)
]
LIMIT = Annotated[int, typer.Option("--limit", metavar="N", min=1, help="Delete no more than this, the oldest first.")]


def build(name: str) -> typer.Typer:
    """The group of such an entity."""
    entity = kinds().entity(name)
    app = group(f"{kinds().index[name][1]}.")
    for maker in (crud.list_, crud.get, crud.delete):
        maker(app, entity)
    return app


def add_prune(app: typer.Typer, name: str, column: str, *, newest_of: Sequence[str] = ()) -> None:
    """Adds `prune`, which deletes what is older than a span by `column`; of each group of rows that agree in
    `newest_of` the newest one stays."""
    entity = kinds().entity(name)

    def run(older_than: str, limit: int, output: str | None, dry_run: bool, yes: bool) -> None:
        from gwctl.operations import pruning

        def plan(_: Unit, stage: Stage) -> Sequence[Change]:
            return pruning.prune(stage, entity, column, older_than, limit=limit, newest_of=newest_of)

        deeds.deed(entity, Work(plan, bulk=True), output=output, dry_run=dry_run, yes=yes, question="Delete", gone=True)

    shape = [
        signatures.parameter("older_than", OLDER),
        signatures.parameter("limit", LIMIT, 10_000),
        signatures.YES,
        signatures.DRY_RUN,
        signatures.OUTPUT,
    ]
    stays = " The newest one of each model stays." if newest_of else ""
    text = f"Delete old rows.{stays}\n\nExample: gwctl {entity.group} prune --older-than 30d --yes"
    signatures.add(app, "prune", run, shape, text)
