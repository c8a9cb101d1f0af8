"""gwctl models: what every entity has, and models that nobody names."""

from __future__ import annotations

from gwctl.cli import crud, render
from gwctl.cli import session as sessions
from gwctl.cli.options import OptionalOutput
from gwctl.cli.render import Column, Kind
from gwctl.cli.work import place

app = crud.build("model")

COLUMNS = [
    Column("state"), Column("model_name", Kind.NAME), Column("model_id", Kind.NAME), Column("named_by", Kind.LIST),
]  # fmt: skip


@app.command("unused")
def unused(output: OptionalOutput = None) -> None:
    """List models that no team, key or other list names, and names in such lists that are no model of the database.

    Example: gwctl models unused -o json
    """
    from gwctl.core import unit
    from gwctl.questions import models as question

    with unit.reading(place()) as opened:
        rows, session = question.unused(opened), sessions.current()
        render.listing(
            rows, COLUMNS, output=output or "table", identity="model_name", session=session, empty="There are none."
        )
