"""gwctl mcp user-credentials: users' own keys for MCP servers that ask each user for one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from gwctl.cli import deeds, render
from gwctl.cli import fields as options
from gwctl.cli import session as sessions
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

app = group("Users' own credentials for MCP servers.")
MCP = kinds().entity("mcp")

COLUMNS = [
    Column("alias", Kind.NAME), Column("user_id", Kind.NAME), Column("type"), Column("expires_at"),
    Column("updated_at", Kind.TIME), Column("id", Kind.NAME, wide=True), Column("server_id", Kind.NAME, wide=True),
    Column("scopes", Kind.LIST, wide=True), Column("created_at", Kind.TIME, wide=True),
]  # fmt: skip

Server = Annotated[
    str | None, typer.Option("--server", metavar="MCP", help="Only those for this server.", show_default=False)
]
Owner = Annotated[
    str | None, typer.Option("--user", metavar="USER", help="Only those of this user.", show_default=False)
]


@app.command("list")
def list_(server: Server = None, user: Owner = None, output: OptionalOutput = None) -> None:
    """List users' credentials, without their secrets.

    Example: gwctl mcp user-credentials list --server github
    """
    from gwctl.core import references, unit
    from gwctl.core.stage import Stage
    from gwctl.questions import mcp as question

    with unit.reading(place()) as opened:
        server_id = references.one(Stage(opened), MCP, server)["server_id"] if server else None
        rows, session = question.user_credentials(opened, server=server_id, user=user), sessions.current()
        render.listing(rows, COLUMNS, output=output or "table", identity="id", session=session, empty="There are none.")


def _set(name: str, user: str, secret_from: str | None, yes: bool, dry_run: bool, output: str | None) -> None:
    from gwctl.operations import mcp_user_credentials

    secret = options.own_secret(secret_from)
    if secret is None:
        raise Usage("the key needs a place", "--secret-from -, env:NAME or file:PATH.")

    def plan(unit: Unit, stage: Stage) -> Sequence[Change]:
        [server] = deeds.chosen(unit, stage, MCP, [name], {})
        return mcp_user_credentials.put(stage, MCP, server, user, secret)

    deeds.deed(MCP, Work(plan), output=output, dry_run=dry_run, yes=yes, asks=False, planned=True)
    sessions.current().note("A running proxy may act on what it knew for up to 60 seconds.")


def _delete(name: str, user: str, yes: bool, dry_run: bool, output: str | None) -> None:
    from gwctl.operations import mcp_user_credentials

    def plan(unit: Unit, stage: Stage) -> Sequence[Change]:
        [server] = deeds.chosen(unit, stage, MCP, [name], {})
        return mcp_user_credentials.remove(stage, MCP, server, user)

    question = f"Delete the credential of {user} for"
    deeds.deed(MCP, Work(plan), output=output, dry_run=dry_run, yes=yes, question=question, planned=True)


USER = parameter("user", Annotated[str, typer.Argument(metavar="USER", help="By user_id.", show_default=False)])
FROM = parameter(
    "secret_from",
    Annotated[
        str | None,
        typer.Option("--secret-from", metavar="SOURCE", help="The key: -, env:NAME or file:PATH.", show_default=False),
    ],
    None,
)
add(app, "set", _set, [one_name(MCP), USER, FROM, YES, DRY_RUN, PLAN],
    "Store a user's key for a server.\n\n"
    "Example: gwctl mcp user-credentials set github ada --secret-from -")  # fmt: skip
add(app, "delete", _delete, [one_name(MCP), USER, YES, DRY_RUN, PLAN],
    "Delete a user's credential for a server.\n\n"
    "Example: gwctl mcp user-credentials delete github ada --yes")  # fmt: skip
