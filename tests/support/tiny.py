"""A command tree of its own, for what the frame does whatever the commands are."""

from __future__ import annotations

import sys
import time
from typing import Annotated

import typer

from gwctl import errors
from gwctl.cli import session
from gwctl.cli.lazy import Door, group
from gwctl.cli.options import FieldsOption, OutputOption, YesOption, chosen_fields
from gwctl.cli.render import Column, Kind, listing

DOORS = {
    "things": Door("Objects", "support.tiny", "Things of every kind"),
    "thinks": Door("Objects", "nowhere_at_all", "Never opened"),
    "built": Door("Objects", "support.tiny:build", "Built for an argument", "team"),
    "alone": Door("As code", "support.tiny:alone", "A command without a group"),
}

app = group("Things of every kind")
members = group("Members of things")
app.add_typer(members, name="members")


@app.command()
def raise_(kind: str, output: OutputOption = "table") -> None:
    """Ends with the error of that name."""
    if kind == "Defect":
        raise KeyError("sk-in-a-defect-0123456789 at postgresql://ada:hunter2@db/x")
    if kind == "Database":
        import psycopg
        import sqlalchemy.exc

        raise sqlalchemy.exc.OperationalError("SELECT 1", {}, psycopg.errors.LockNotAvailable("lock"))
    if kind == "Abort":
        raise typer.Abort
    problems = [errors.Problem("is no duration", "a.yaml", 3, 7, "keys[0].duration")] if kind == "Invalid" else []
    raise getattr(errors, kind)(f"it is {kind}\nwith \x1b[31mcolour", "Do something else.", problems)


@app.command("list")
def list_(count: int = 2, output: OutputOption = "table", fields: FieldsOption = None) -> None:
    columns = [Column("name", Kind.NAME), Column("spend", Kind.MONEY)]
    rows = ({"name": f"thing-{number}", "spend": number * 1234.5} for number in range(count))
    chosen = chosen_fields(fields, ["name", "spend"])
    listing(rows, columns, output=output, identity="name", session=session.current(), empty="No things.", fields=chosen)


@app.command()
def ask(yes: YesOption = False, stdin_used: bool = False) -> None:
    session.current().confirm("Delete the thing", yes=yes, stdin_used=stdin_used)
    sys.stdout.write("deleted\n")


@app.command()
def change(yes: YesOption = False) -> None:
    session.current().allow_change(yes=yes)
    sys.stdout.write("changed\n")


@app.command()
def notes() -> None:
    session.current().note("a note")
    session.current().warn("a warning")


@app.command()
def sleep() -> None:
    try:
        sys.stdout.write("asleep\n")
        sys.stdout.flush()
        time.sleep(30)
    finally:
        sys.stderr.write("rolled back\n")


@app.command()
def no() -> int:
    return 1


@members.command("add")
def add(name: str, role: Annotated[str, typer.Option(help="Its role.")] = "user") -> None:
    """Add a member."""
    running = session.current()
    sys.stdout.write(f"{running.command}\n{running.command_line}\n")


def alone(path: Annotated[str, typer.Argument()] = "-") -> None:
    """What alone does, at length."""
    sys.stdout.write(f"alone {path} {session.current().command}\n")


def build(entity: str) -> typer.Typer:
    made = group()

    @made.command("list")
    def list_() -> None:
        sys.stdout.write(f"{entity}s\n")

    return made
