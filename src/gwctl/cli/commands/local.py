"""`gwctl local`: the embedded PostgreSQL server."""

from __future__ import annotations

from dataclasses import asdict

from gwctl.cli import render, session
from gwctl.cli.confirmation import confirm
from gwctl.cli.lazy import group
from gwctl.cli.options import OutputOption, YesOption
from gwctl.cli.render import Column, Kind

app = group("The embedded PostgreSQL server, for trying things out")

COLUMNS = (
    Column("running", Kind.FLAG),
    Column("url", Kind.NAME),
    Column("pid", Kind.NAME),
    Column("version"),
    Column("data", Kind.NAME),
    Column("asked_for", Kind.FLAG),
)


@app.command("start", epilog="Example: gwctl local start")
def start(output: OutputOption = "table") -> None:
    """Start the server, and use it from now on wherever no database is named."""
    from gwctl.core import local

    local.start()
    _print(output)


@app.command("status", epilog="Example: gwctl local status -o json")
def status(output: OutputOption = "table") -> None:
    """Whether the server runs, and where its data are. Starts nothing."""
    _print(output)


@app.command("stop", epilog="Example: gwctl local stop")
def stop() -> None:
    """Stop the server. Its data stay; it is no longer used without being asked for."""
    from gwctl.core import local

    session.current().note("stopped the embedded server" if local.stop() else "the embedded server does not run")


@app.command("reset", epilog="Example: gwctl local reset --yes")
def reset(yes: YesOption = False) -> None:
    """Stop the server and delete all of its data."""
    from gwctl.core import local

    folder = local.status().data
    confirm(f"Delete the embedded server and all its data in {folder}", yes=yes)
    local.reset()
    session.current().note(f"deleted {folder}")


def _print(output: str) -> None:
    from gwctl.core import local

    row = {**asdict(local.status())}
    row["data"] = str(row["data"])
    render.one(row, COLUMNS, output=output, identity="url", session=session.current())
