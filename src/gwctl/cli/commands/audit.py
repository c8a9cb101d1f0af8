"""gwctl audit: who changed what, when and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gwctl.cli import render
from gwctl.cli import session as sessions
from gwctl.cli.lazy import group
from gwctl.cli.options import OptionalOutput, YesOption
from gwctl.cli.render import Column, Kind
from gwctl.cli.signatures import DRY_RUN, FORCE, PLAN, YES, DryRun, add, parameter
from gwctl.cli.work import place

if TYPE_CHECKING:
    from gwctl.core.change import Change
    from gwctl.core.stage import Stage
    from gwctl.core.unit import Unit

app = group("Who changed what, when and why.")

COLUMNS = [
    Column("at", Kind.TIME), Column("actor"), Column("action"), Column("table_name"), Column("object_id", Kind.NAME),
    Column("reason"), Column("source"), Column("change_set", Kind.NAME), Column("command", wide=True),
    Column("set_name", wide=True), Column("session_user", wide=True), Column("audit_log", Kind.NAME, wide=True),
]  # fmt: skip

FORGOTTEN = "This change set can no longer be undone: its rows were pruned."


def _only(flag: str, metavar: str, help_: str) -> Any:
    return typer.Option(flag, metavar=metavar, help=help_, show_default=False)


@app.command("list")
def list_(
    actor: Annotated[str | None, _only("--actor", "NAME", "Only changes of this actor.")] = None,
    object_: Annotated[
        str | None, _only("--object", "NAME", "Only changes of what bears this name, or this row's key.")
    ] = None,
    table: Annotated[str | None, _only("--table", "NAME", "Only changes in this table.")] = None,
    change_set: Annotated[str | None, _only("--change-set", "ID", "Only this change set.")] = None,
    set_name: Annotated[str | None, _only("--set", "NAME", "Only what this set of manifests applied.")] = None,
    since: Annotated[
        str | None, _only("--since", "TIME", "Only the last so long, as 7d, or from this moment on.")
    ] = None,
    until: Annotated[str | None, _only("--until", "TIME", "Only what lies so long ago, or before this moment.")] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=0, help="Show no more than this.")] = 500,
    output: OptionalOutput = None,
) -> None:
    """List changes, the newest first: a line for each row that changed.

    What the gateway itself has logged stands among them, and source says so. A change set that was pruned is one line.

    Example: gwctl audit list --actor ann --since 7d
    """
    from gwctl.core import unit
    from gwctl.questions import history

    asked = history.Asked(actor, object_, table, change_set, set_name, since, until, limit)
    with unit.reading(place()) as opened:
        rows = history.changes(opened, asked)
        if output == "name":
            rows = (row for row in rows if row["change_set"])
        session, empty = sessions.current(), "There are no changes."
        render.listing(rows, COLUMNS, output=output or "table", identity="change_set", session=session, empty=empty)


@app.command("show")
def show(
    change_set: Annotated[
        str,
        typer.Argument(
            metavar="CHANGE_SET", help="As audit list shows it; or the id of an audit_log row.", show_default=False
        ),
    ],
    output: OptionalOutput = None,
) -> None:
    """Show a change set whole: every row, before and after, secrets masked.

    Example: gwctl audit show 0b5c9a3e-7d0e-4c39-9a53-0c5b8f7e2d11 -o json
    """
    from gwctl.core import unit
    from gwctl.questions import history

    with unit.reading(place()) as opened:
        found = history.change_set(opened, change_set)
    if not found["rows"]:
        sessions.current().note(FORGOTTEN)
    columns = [Column(name, Kind.JSON if name == "rows" else Kind.TEXT) for name in found]
    identity = next(iter(found))
    render.one(found, columns, output=output or "table", identity=identity, session=sessions.current())


@app.command("prune")
def prune(
    older_than: Annotated[
        str,
        typer.Option(
            "--older-than", metavar="TIME", help="How old, as 90d, or before which moment.", show_default=False
        ),
    ],
    yes: YesOption = False,
    dry_run: DryRun = False,
    output: OptionalOutput = None,
) -> None:
    """Forget the rows of old change sets: they can no longer be undone. Who did them, when and why stays.

    What sets own stays as well, and so do the gateway's own audit rows.

    Example: gwctl audit prune --older-than 90d --yes
    """
    from gwctl.core import store, unit
    from gwctl.questions import history

    session = sessions.current()
    with unit.reading(place()) as opened:
        found = history.old(opened, older_than)
    if found["rows"] and not dry_run:
        session.allow_change(yes=yes)
        session.confirm(f"Forget {found['rows']} rows of {found['change_sets']} change sets", yes=yes)
        found["rows"] = unit.write(place(), lambda opened: store.forget_images(opened, found["before"]))
    columns = [Column("change_sets", Kind.COUNT), Column("rows", Kind.COUNT), Column("before", Kind.TIME)]
    render.one(found, columns, output=output or "table", identity="change_sets", session=session)


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
add(app, "undo", _undo, [CHANGE_SET, YES, FORCE, DRY_RUN, PLAN],
    "Take a change set back, with everything that moved along. An undo can be undone.\n\n"
    "Example: gwctl audit undo 0b5c9a3e-7d0e-4c39-9a53-0c5b8f7e2d11")  # fmt: skip
