"""gwctl health: checks of models as proxies left them, the last of each, and clearing old ones."""

from __future__ import annotations

from typing import Annotated

import typer

from gwctl.cli import kept, render
from gwctl.cli import session as sessions
from gwctl.cli.options import OptionalOutput
from gwctl.cli.render import Column, Kind
from gwctl.cli.work import place

app = kept.build("health_check")

COLUMNS = [
    Column("model_name", Kind.NAME), Column("model_id", Kind.NAME, wide=True), Column("status"),
    Column("healthy_count", Kind.COUNT), Column("unhealthy_count", Kind.COUNT), Column("error_message"),
    Column("checked_at", Kind.TIME), Column("checked_by", wide=True), Column("health_check_id", Kind.NAME, wide=True),
]  # fmt: skip


@app.command("status")
def status(
    unhealthy: Annotated[bool, typer.Option("--unhealthy", help="Only those whose last check failed.")] = False,
    output: OptionalOutput = None,
) -> None:
    """Show how each model was when it was checked last.

    Example: gwctl health status --unhealthy
    """
    from gwctl.core import unit
    from gwctl.questions import health

    with unit.reading(place()) as opened:
        rows, session = health.latest(opened, unhealthy=unhealthy), sessions.current()
        empty = "No model's last check failed." if unhealthy else "There are no checks."
        render.listing(rows, COLUMNS, output=output or "table", identity="model_name", session=session, empty=empty)


kept.add_prune(app, "health_check", "checked_at", newest_of=("model_id", "model_name"))
