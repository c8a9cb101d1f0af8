"""gwctl audit: who changed what, when and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from gwctl.cli import render
from gwctl.cli import session as sessions
from gwctl.cli.lazy import group
from gwctl.cli.options import OptionalOutput
from gwctl.cli.render import Column, Kind
from gwctl.cli.signatures import DRY_RUN, FORCE, OUTPUT, YES, add, parameter
from gwctl.cli.work import place

if TYPE_CHECKING:
    from gwctl.core.change import Change
    from gwctl.core.stage import Stage
    from gwctl.core.unit import Unit

app = group("Who changed what, when and why.")

COLUMNS = [
    Column("at", Kind.TIME), Column("actor"), Column("action"), Column("table_name"), Column("object_id", Kind.NAME),
    Column("reason"), Column("change_set", Kind.NAME), Column("command", wide=True), Column("session_user", wide=True),
]  # fmt: skip


@app.command("list")
def list_(
    actor: Annotated[
        str | None, typer.Option("--actor", metavar="NAME", help="Only changes of this actor.", show_default=False)
    ] = None,
    object_id: Annotated[
        str | None, typer.Option("--object", metavar="ID", help="Only changes of this row.", show_default=False)
    ] = None,
    table: Annotated[
        str | None, typer.Option("--table", metavar="NAME", help="Only changes in this table.", show_default=False)
    ] = None,
    change_set: Annotated[
        str | None, typer.Option("--change-set", metavar="ID", help="Only this change set.", show_default=False)
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="DURATION", help="Only the last so long, as 7d.", show_default=False),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=0, help="Show no more than this.")] = 500,
    output: OptionalOutput = None,
) -> None:
    """List changes, the newest first: a line for each row that changed.

    Example: gwctl audit list --actor ann --since 7d
    """
    from gwctl.core import unit
    from gwctl.questions import history

    with unit.reading(place()) as opened:
        rows = history.changes(
            opened, actor=actor, object_id=object_id, table=table, change_set=change_set, since=since, limit=limit
        )
        render.listing(
            rows,
            COLUMNS,
            output=output or "table",
            identity="change_set",
            session=sessions.current(),
            empty="There are no changes.",
        )


@app.command("show")
def show(
    change_set: Annotated[str, typer.Argument(metavar="CHANGE_SET", show_default=False)], output: OptionalOutput = None
) -> None:
    """Show a change set whole: every row, before and after, secrets masked.

    Example: gwctl audit show 0b5c9a3e-7d0e-4c39-9a53-0c5b8f7e2d11 -o json
    """
    from gwctl.core import unit
    from gwctl.questions import history

    with unit.reading(place()) as opened:
        found = history.change_set(opened, change_set)
    columns = [Column(name, Kind.JSON if name == "rows" else Kind.TEXT) for name in found]
    render.one(found, columns, output=output or "table", identity="change_set", session=sessions.current())


def _undo(change_set: str, yes: bool, force: bool, dry_run: bool, output: str | None) -> None:
    from gwctl.cli import deeds
    from gwctl.cli.work import Work, kinds
    from gwctl.core import undo

    lost: list[str] = []

    def plan(_: Unit, stage: Stage) -> Sequence[Change]:
        changes, lost[:] = undo.take_back(stage, change_set)
        return changes

    work = Work(plan, force=force, bulk=True)
    team = kinds().entity("team")
    deeds.deed(
        team, work, output=output, dry_run=dry_run, yes=yes, question="Take back", planned=True, shows_first=True
    )
    for name in dict.fromkeys(lost):
        sessions.current().warn(f"{name} held a secret that no image keeps: set it anew")


CHANGE_SET = parameter(
    "change_set",
    Annotated[str, typer.Argument(metavar="CHANGE_SET", help="As audit list shows it.", show_default=False)],
)
add(app, "undo", _undo, [CHANGE_SET, YES, FORCE, DRY_RUN, OUTPUT],
    "Take a change set back, with everything that moved along. An undo can be undone.\n\n"
    "Example: gwctl audit undo 0b5c9a3e-7d0e-4c39-9a53-0c5b8f7e2d11")  # fmt: skip
