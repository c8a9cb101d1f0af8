"""gwctl keys jwt-mappings: JWT claims that stand for keys."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from gwctl.cli import deeds, render
from gwctl.cli import session as sessions
from gwctl.cli.fields import option
from gwctl.cli.lazy import group
from gwctl.cli.options import OptionalOutput
from gwctl.cli.render import Column, Kind
from gwctl.cli.signatures import DRY_RUN, PLAN, YES, add, one_name, parameter
from gwctl.cli.work import Work, kinds, place
from gwctl.errors import Usage

if TYPE_CHECKING:
    from gwctl.core.change import Change
    from gwctl.core.stage import Stage
    from gwctl.core.unit import Unit

app = group("JWT claims that stand for keys, for proxies that take JWTs.")
KEY = kinds().entity("key")

COLUMNS = [
    Column("id", Kind.NAME), Column("jwt_claim_name"), Column("jwt_claim_value", Kind.NAME), Column("key_alias",
    Kind.NAME),
    Column("is_active", Kind.FLAG), Column("description"), Column("token", Kind.NAME, wide=True),
    Column("created_at", Kind.TIME, wide=True), Column("created_by", wide=True),
]  # fmt: skip


def _add(
    name: str, claim_name: str, claim_value: str, description: str | None, yes: bool, dry_run: bool, output: str | None
) -> None:
    from gwctl.operations import jwt_mappings

    def plan(unit: Unit, stage: Stage) -> Sequence[Change]:
        [row] = deeds.chosen(unit, stage, KEY, [name], {})
        return jwt_mappings.add(stage, KEY, row, claim_name, claim_value, description)

    deeds.deed(KEY, Work(plan), output=output, dry_run=dry_run, names=[name], yes=yes, asks=False, planned=True)
    sessions.current().note("Proxies know of it within 300 seconds.")


def _update(
    mapping: str, key: str | None, description: str | None, active: bool | None, yes: bool, dry_run: bool,
    output: str | None,
) -> None:  # fmt: skip
    from gwctl.operations import jwt_mappings

    given = {"description": description, "is_active": active}
    values = {name: value for name, value in given.items() if value is not None}
    if not values and key is None:
        raise Usage("there is nothing to change", "Give --key, --description, --active or --no-active.")

    def plan(unit: Unit, stage: Stage) -> Sequence[Change]:
        row = deeds.chosen(unit, stage, KEY, [key], {})[0] if key is not None else None
        return jwt_mappings.update(stage, KEY, mapping, values, row)

    deeds.deed(KEY, Work(plan), output=output, dry_run=dry_run, yes=yes, asks=False, planned=True)
    sessions.current().note("Proxies know of it within 300 seconds.")


def _remove(mapping: str, yes: bool, dry_run: bool, output: str | None) -> None:
    from gwctl.operations import jwt_mappings

    def plan(_: Unit, stage: Stage) -> Sequence[Change]:
        return jwt_mappings.remove(stage, KEY, mapping)

    question = "Remove the JWT mapping of"
    deeds.deed(KEY, Work(plan), output=output, dry_run=dry_run, yes=yes, question=question, planned=True)


@app.command("list")
def list_(
    key: Annotated[
        str | None, typer.Option("--key", metavar="KEY", help="Only those of this key.", show_default=False)
    ] = None,
    output: OptionalOutput = None,
) -> None:
    """List JWT claims that stand for keys.

    Example: gwctl keys jwt-mappings list
    """
    from gwctl.core import references, unit
    from gwctl.core.stage import Stage
    from gwctl.questions import jwt_mappings

    with unit.reading(place()) as opened:
        token = references.one(Stage(opened), KEY, key)["token"] if key else None
        rows, session = jwt_mappings.mappings(opened, token), sessions.current()
        render.listing(rows, COLUMNS, output=output or "table", identity="id", session=session, empty="There are none.")


def _text(name: str, flag: str, text: str) -> inspect.Parameter:
    return parameter(name, Annotated[str, typer.Option(flag, metavar="TEXT", help=text, show_default=False)])


add(app, "add",
    _add,
    [
        one_name(KEY), _text("claim_name", "--claim-name", "The claim, as sub."),
        _text("claim_value", "--claim-value", "What the claim says."),
        option("description", str, "--description", "TEXT", "What it is for."), YES, DRY_RUN, PLAN,
    ],
    "Let a claim stand for a key.\n\n"
    "Example: gwctl keys jwt-mappings add nightly --claim-name sub --claim-value job-17")  # fmt: skip
MAPPING = parameter(
    "mapping", Annotated[str, typer.Argument(metavar="ID", help="The mapping's id.", show_default=False)]
)
add(app, "update",
    _update,
    [
        MAPPING, option("key", str, "--key", "KEY", "The key that the claim is to stand for."),
        option("description", str, "--description", "TEXT", "What it is for."),
        option("active", bool, "--active/--no-active", None, "Whether the claim stands for the key at all."),
        YES, DRY_RUN, PLAN,
    ],
    "Change a mapping. Its claim stays; another one is added.\n\n"
    "Example: gwctl keys jwt-mappings update 0b5c9a3e-7d0e-4c39-9a53-0c5b8f7e2d11 --no-active")  # fmt: skip
add(app, "remove", _remove, [MAPPING, YES, DRY_RUN, PLAN],
    "Remove a mapping.\n\n"
    "Example: gwctl keys jwt-mappings remove 0b5c9a3e-7d0e-4c39-9a53-0c5b8f7e2d11 --yes")  # fmt: skip
