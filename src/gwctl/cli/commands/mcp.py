"""gwctl mcp: MCP servers, who may reach them, and users' own credentials for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gwctl.cli import crud, deeds, pickup, render
from gwctl.cli import fields as options
from gwctl.cli import session as sessions
from gwctl.cli.commands import mcp_credentials
from gwctl.cli.fields import option
from gwctl.cli.options import OptionalOutput
from gwctl.cli.render import Column, Kind
from gwctl.cli.showing import add_showing
from gwctl.cli.signatures import DRY_RUN, FORCE, OUTPUT, PLAN, STRICT, YES, add, many_names, one_name
from gwctl.cli.work import Work, kinds, place
from gwctl.errors import Usage

if TYPE_CHECKING:
    from gwctl.core.change import Change
    from gwctl.core.stage import Stage
    from gwctl.core.unit import Unit

app = crud.build("mcp")
MCP = kinds().entity("mcp")
OWNERS = [name for name in ("key", "team", "user", "org", "project", "customer", "agent") if name in kinds().index]

SUBMITTED = [
    Column("alias", Kind.NAME), Column("server_name", Kind.NAME), Column("approval_status"), Column("submitted_by"),
    Column("submitted_at", Kind.TIME), Column("reviewed_at", Kind.TIME), Column("review_notes"),
    Column("server_id", Kind.NAME, wide=True), Column("url", wide=True),
]  # fmt: skip
ACCESS = [
    Column("kind"), Column("name", Kind.NAME), Column("via"), Column("tools", Kind.LIST),
    Column("id", Kind.NAME, wide=True),
]  # fmt: skip


def _owner_options(verb: str) -> list[Any]:
    return [option(name, list[str], f"--{name}", name.upper(), f"{verb} this {name}. Repeats.") for name in OWNERS]


def _chosen(given: dict[str, Any]) -> dict[str, list[str]]:
    chosen = {name: given[name] for name in OWNERS if given.get(name)}
    if not chosen:
        raise Usage("to whom?", f"Name them: {', '.join(f'--{name}' for name in OWNERS)}.")
    return chosen


def _grant(
    name: str, tools: list[str] | None, output: str | None, dry_run: bool, strict: bool, yes: bool, **given: Any
) -> None:
    from gwctl.operations import mcp_grants

    chosen, listed = _chosen(given), options.names(tools)

    def plan(unit: Unit, stage: Stage) -> Sequence[Change]:
        [server] = deeds.chosen(unit, stage, MCP, [name], {})
        made: list[Change] = []
        for kind, names in chosen.items():
            entity = unit.kinds.entity(kind)
            owners = deeds.chosen(unit, stage, entity, names, {})
            made += mcp_grants.grant(stage, entity, owners, server, listed or None)
        return made

    work = Work(plan, strict=strict)
    deeds.deed(MCP, work, output=output, dry_run=dry_run, yes=yes, asks=False, planned=True)
    _stale(dry_run=dry_run)


def _revoke(name: str, output: str | None, dry_run: bool, force: bool, yes: bool, **given: Any) -> None:
    from gwctl.operations import mcp_grants

    chosen = _chosen(given)

    def plan(unit: Unit, stage: Stage) -> Sequence[Change]:
        [server] = deeds.chosen(unit, stage, MCP, [name], {})
        made: list[Change] = []
        for kind, names in chosen.items():
            entity = unit.kinds.entity(kind)
            made += mcp_grants.revoke(stage, entity, deeds.chosen(unit, stage, entity, names, {}), server)
        return made

    question = f"Take the MCP server {name} from"
    deeds.deed(MCP, Work(plan, force=force), output=output, dry_run=dry_run, yes=yes, question=question, planned=True)
    _stale(dry_run=dry_run)


def _stale(*, dry_run: bool) -> None:
    """The owner and its permission row are cached one after the other."""
    if not dry_run:
        sessions.current().note(pickup.CACHED.format(120))


def _reviewing(status: str) -> Any:
    def run(names: list[str], output: str | None, dry_run: bool, yes: bool, **given: Any) -> None:
        from gwctl.operations import mcp_reviews

        def plan(unit: Unit, stage: Stage) -> Sequence[Change]:
            rows = deeds.chosen(unit, stage, MCP, names, {})
            return mcp_reviews.review(stage, MCP, rows, status, given.get("notes"))

        deeds.deed(MCP, Work(plan), output=output, dry_run=dry_run, names=names, yes=yes, asks=False)

    return run


@app.command("access")
def access(
    name: Annotated[str, typer.Argument(metavar="MCP", help="By server_id, alias or server_name.", show_default=False)],
    output: OptionalOutput = None,
) -> None:
    """Show who can reach a server: teams, keys, and the customers and agents that are limited to it and others.

    Example: gwctl mcp access github -o json
    """
    from gwctl.core import references, unit
    from gwctl.core.stage import Stage
    from gwctl.questions import mcp as question

    with unit.reading(place()) as opened:
        stage, session = Stage(opened), sessions.current()
        rows = question.access(stage, references.one(stage, MCP, name))
        empty = "Nobody can reach it."
        render.listing(rows, ACCESS, output=output or "table", identity="id", session=session, empty=empty)


@app.command("submissions")
def submissions(output: OptionalOutput = None) -> None:
    """List the servers that were submitted for review, the newest first, whatever became of them.

    Example: gwctl mcp submissions
    """
    from gwctl.core import unit
    from gwctl.questions import mcp as question

    with unit.reading(place()) as opened:
        rows, session, empty = question.submissions(opened), sessions.current(), "None was submitted."
        render.listing(rows, SUBMITTED, output=output or "table", identity="server_id", session=session, empty=empty)


TOOLS = option("tools", list[str], "--tools", "TOOL,…", "These of its tools alone. Repeats, and takes commas.")
NOTES = option("notes", str, "--notes", "TEXT", "What the submitter should know.")

add(app, "grant", _grant, [one_name(MCP), *_owner_options("To"), TOOLS, YES, STRICT, DRY_RUN, PLAN],
    "Let owners reach a server; who had no list of servers has one then.\n\n"
    "Example: gwctl mcp grant github --team research --tools search,read")  # fmt: skip
add(app, "revoke", _revoke, [one_name(MCP), *_owner_options("From"), YES, FORCE, DRY_RUN, PLAN],
    "Take a server from owners.\n\nExample: gwctl mcp revoke github --team research --yes")  # fmt: skip
add(app, "approve", _reviewing("active"), [many_names(MCP), YES, DRY_RUN, OUTPUT],
    "Approve submitted servers: the proxy loads them.\n\nExample: gwctl mcp approve github")  # fmt: skip
add(app, "reject", _reviewing("rejected"), [many_names(MCP), NOTES, YES, DRY_RUN, OUTPUT],
    "Reject submitted servers: the proxy does not load them.\n\n"
    "Example: gwctl mcp reject github --notes 'no read-only mode'")  # fmt: skip
add_showing(app, MCP)
app.add_typer(mcp_credentials.app, name="user-credentials")
