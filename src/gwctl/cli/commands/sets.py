"""gwctl sets: which bodies of manifests own what."""

from __future__ import annotations

from typing import Annotated

import typer

from gwctl.cli import render
from gwctl.cli import session as sessions
from gwctl.cli.lazy import group
from gwctl.cli.options import OptionalOutput, YesOption
from gwctl.cli.render import Column, Kind
from gwctl.cli.work import place
from gwctl.errors import NotFound

app = group("Sets: what each body of manifests applied, and may prune.")

Name = Annotated[str, typer.Argument(metavar="SET", help="The set's name.", show_default=False)]


@app.command("list")
def list_(output: OptionalOutput = None) -> None:
    """List sets.

    Example: gwctl sets list
    """
    from gwctl.core import unit
    from gwctl.questions import sets

    columns = [Column("set", Kind.NAME), Column("objects", Kind.COUNT), Column("at", Kind.TIME)]
    with unit.reading(place()) as opened:
        rows, session = sets.sets(opened), sessions.current()
        render.listing(
            rows, columns, output=output or "table", identity="set", session=session, empty="There are no sets."
        )


@app.command("show")
def show(name: Name, output: OptionalOutput = None) -> None:
    """Show what a set owns, and who applied it when.

    Example: gwctl sets show platform
    """
    from gwctl.core import unit
    from gwctl.questions import sets

    columns = [
        Column("kind"),
        Column("object_id", Kind.NAME),
        Column("at", Kind.TIME),
        Column("actor"),
        Column("change_set", Kind.NAME, wide=True),
    ]
    with unit.reading(place()) as opened:
        rows = sets.objects(opened, name)
    if not rows:
        raise NotFound(f"there is no set {name!r}", "gwctl sets list shows those that there are.")
    render.listing(rows, columns, output=output or "table", identity="object_id", session=sessions.current())


@app.command("forget")
def forget(name: Name, yes: YesOption = False) -> None:
    """Give up what a set owns. The objects stay; nothing prunes them any more.

    Example: gwctl sets forget platform --yes
    """
    from gwctl.core import sets as owned
    from gwctl.core import store, unit
    from gwctl.core.unit import Unit

    session = sessions.current()
    session.confirm(f"Forget the set {name}", yes=yes)

    def work(opened: Unit) -> int:
        opened.lock(exclusive=True)
        owned.need(opened)
        claims = list(owned.owned(opened, name))
        store.own(opened, name, (), claims)
        return len(claims)

    if not unit.write(place(), work):
        raise NotFound(f"there is no set {name!r}", "gwctl sets list shows those that there are.")
    session.note(f"The set {name} owns nothing any more.")
