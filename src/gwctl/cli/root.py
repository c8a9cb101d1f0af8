"""The root of the command line: what there is, and the global options. Imports no command.

A new entity is one line in `TREE`: `Door(OBJECTS, "gwctl.cli.crud:build", HELP, "NAME")`, or its own module where it
has verbs besides those that every entity has.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from gwctl import __version__
from gwctl.cli import session
from gwctl.cli.lazy import COMMAND, Door, tree

OBJECTS, AS_CODE, INSIGHT, SET_UP = "Objects", "As code", "Insight", "Set-up"

_OWN = "gwctl.cli.commands"
_CRUD = "gwctl.cli.crud:build"
_KEPT = "gwctl.cli.kept:build"

TREE: dict[str, Door] = {
    "budgets": Door(OBJECTS, f"{_OWN}.budgets", "Limits that keys, members, customers and others share"),
    "orgs": Door(OBJECTS, f"{_OWN}.orgs", "Organisations: teams and people with one budget"),
    "teams": Door(OBJECTS, f"{_OWN}.teams", "Teams: people and keys that share models and a budget"),
    "users": Door(OBJECTS, f"{_OWN}.users", "Internal users: people who own keys and join teams"),
    "projects": Door(OBJECTS, _CRUD, "Projects: a team's keys with models and a budget of their own", "project"),
    "customers": Door(OBJECTS, f"{_OWN}.customers", "Customers: the end users that requests name, with budgets"),
    "invitations": Door(OBJECTS, f"{_OWN}.invitations", "Invitations to the gateway's interface"),
    "keys": Door(OBJECTS, f"{_OWN}.keys", "Virtual keys: what a request is admitted with"),
    "models": Door(OBJECTS, f"{_OWN}.models", "Models: what requests are routed to, and under which name"),
    "credentials": Door(OBJECTS, _CRUD, "Providers' secrets under a name, for models to use", "credential"),
    "mcp": Door(OBJECTS, f"{_OWN}.mcp", "MCP servers, and who may reach them"),
    "access-groups": Door(OBJECTS, _CRUD, "Access groups: models, servers and agents under one name", "access_group"),
    "tags": Door(OBJECTS, f"{_OWN}.tags", "Spend tags: requests counted together, with a budget"),
    "agents": Door(OBJECTS, f"{_OWN}.agents", "Agents: what calls between agents are routed to"),
    "vector-stores": Door(OBJECTS, _CRUD, "Vector stores: what requests may search", "vector_store"),
    "vector-store-indexes": Door(
        OBJECTS, _CRUD, "Indexes of vector stores, which keys have rights to", "vector_store_index"
    ),
    "search-tools": Door(OBJECTS, _CRUD, "Search tools: providers of web search", "search_tool"),
    "prompts": Door(OBJECTS, f"{_OWN}.prompts", "Prompts: templates that requests name, with versions"),
    "guardrails": Door(OBJECTS, f"{_OWN}.guardrails", "Guardrails: checks that requests and answers run through"),
    "tools": Door(OBJECTS, f"{_OWN}.tools", "Tools that requests have named, and whether they may be called"),
    "policies": Door(OBJECTS, f"{_OWN}.policies", "Policies: which guardrails run for whom, with versions"),
    "skills": Door(OBJECTS, f"{_OWN}.skills", "Skills: instructions and files that requests may name"),
    "plugins": Door(OBJECTS, f"{_OWN}.plugins", "Plug-ins: what the gateway's marketplace offers"),
    "settings": Door(OBJECTS, f"{_OWN}.settings", "Settings of the gateway that lie in the database"),
    "ui-settings": Door(OBJECTS, _CRUD, "Settings of the gateway's interface", "ui_setting"),
    "cache-settings": Door(OBJECTS, _CRUD, "Settings of the proxy's cache", "cache_setting"),
    "sso-settings": Door(OBJECTS, _CRUD, "Settings of single sign-on", "sso_setting"),
    "config-overrides": Door(OBJECTS, _CRUD, "Overrides of the proxy's configuration: its vault", "config_override"),
    "files": Door(OBJECTS, _KEPT, "Files: what providers call those that were uploaded", "file"),
    "managed-vector-stores": Door(
        OBJECTS, _KEPT, "Vector stores that requests made: what providers call them", "managed_vector_store"
    ),
    "batches": Door(OBJECTS, _KEPT, "Batches and fine-tuning jobs at providers", "batch"),
    "health": Door(INSIGHT, f"{_OWN}.health", "Health checks of models"),
    "cron-jobs": Door(INSIGHT, _KEPT, "Cron jobs: which proxy leads one", "cron_job"),
    "errors": Door(INSIGHT, f"{_OWN}.errors", "Failed requests, as gateways of old logged them"),
    "apply": Door(AS_CODE, f"{_OWN}.apply:apply", "Make the database agree with manifests"),
    "diff": Door(AS_CODE, f"{_OWN}.diff:diff", "Show what apply would change; exit status 1 if there is something"),
    "export": Door(AS_CODE, f"{_OWN}.export:export", "Write manifests of what is in the database"),
    "validate": Door(AS_CODE, f"{_OWN}.validate:validate", "Check manifests without a database"),
    "convert": Door(AS_CODE, f"{_OWN}.convert:convert", "Write a manifest of a proxy's own config.yaml"),
    "sets": Door(AS_CODE, f"{_OWN}.sets", "Which bodies of manifests own what"),
    "schema": Door(AS_CODE, f"{_OWN}.schema:schema", "The JSON Schema of manifests, for editors"),
    "audit": Door(INSIGHT, f"{_OWN}.audit", "Who changed what, when and why; take a change back"),
    "secrets": Door(SET_UP, f"{_OWN}.secrets", "Whether sealed secrets open with the salt key; another salt key"),
    "db": Door(SET_UP, f"{_OWN}.db", "The database's schema: upgrade, check, adopt"),
    "contexts": Door(SET_UP, f"{_OWN}.contexts", "Named databases in the config file"),
    "local": Door(SET_UP, f"{_OWN}.local", "The embedded PostgreSQL server"),
}

_HELP = "Administer an LLM gateway (LiteLLM proxy) by working directly on its PostgreSQL database."
_EPILOG = "gwctl COMMAND --help tells more of a command. Global options stand before the command."


def app(argv: Sequence[str]) -> typer.Typer:
    """The application; `argv` is what the person typed, for the record of changes."""
    settings = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
    made = typer.Typer(
        cls=tree(TREE),
        help=_HELP,
        epilog=_EPILOG,
        context_settings=settings,
        rich_markup_mode=None,
        no_args_is_help=True,
    )

    @made.callback()
    def begin(
        ctx: typer.Context,
        context: Annotated[
            str | None, typer.Option(metavar="NAME", help="Work on this named database. [env: GWCTL_CONTEXT]")
        ] = None,
        database_url: Annotated[
            str | None,
            typer.Option(metavar="URL", help="Work on this database. [env: GWCTL_DATABASE_URL, DATABASE_URL]"),
        ] = None,
        actor: Annotated[
            str | None, typer.Option(metavar="NAME", help="Who makes the change. [env: GWCTL_ACTOR]")
        ] = None,
        reason: Annotated[str | None, typer.Option(metavar="TEXT", help="Why; kept with the change.")] = None,
        verbose: Annotated[
            bool, typer.Option("--verbose", help="Show the SQL, without its values, and the points of a run.")
        ] = False,
        quiet: Annotated[bool, typer.Option("--quiet", help="No notes on stderr, only warnings and errors.")] = False,
        debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks of errors.")] = False,
        timeout: Annotated[
            float | None, typer.Option(metavar="SECONDS", help="How long to wait for a connection. [default: 5]")
        ] = None,
        lock_timeout: Annotated[
            float | None,
            typer.Option(
                metavar="SECONDS",
                help="How long to wait for a lock. [env: GWCTL_LOCK_TIMEOUT; default: 10, or 300 for other changes]",
            ),
        ] = None,
        version: Annotated[  # noqa: ARG001 - its callback acts
            bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
        ] = False,
    ) -> None:
        options = session.GlobalOptions(
            context, database_url, actor, reason, timeout, lock_timeout, verbose, quiet, debug
        )
        session.begin(session.Session(options, command=ctx.meta.get(COMMAND, ""), argv=tuple(argv)))

    return made


def _version(value: bool) -> None:
    if value:
        typer.echo(f"gwctl {__version__}")
        raise typer.Exit
