"""Signatures of commands that are made of descriptions: the one place where they are written."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer

from gwctl.cli.completing import completer
from gwctl.cli.options import OptionalOutput, PlanOutput, YesOption
from gwctl.describe import Entity

DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")]
Strict = Annotated[bool, typer.Option("--strict", help="Take warnings for errors.")]
Force = Annotated[bool, typer.Option("--force", help="Go on where a guard would refuse.")]


def add(
    app: typer.Typer, name: str, run: Callable[..., Any], parameters: Sequence[inspect.Parameter], text: str
) -> None:
    """Adds a command whose signature is `parameters`; the one place where signatures are written."""
    parameters = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in parameters]

    def command(**given: Any) -> Any:
        return run(**given)

    command.__name__ = name.replace("-", "_")
    command.__doc__ = text
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    app.command(name, help=text)(command)


def parameter(name: str, annotation: Any, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


OUTPUT = parameter("output", OptionalOutput, None)
PLAN = parameter("output", PlanOutput, None)
YES = parameter("yes", YesOption, False)
DRY_RUN = parameter("dry_run", DryRun, False)
STRICT = parameter("strict", Strict, False)
FORCE = parameter("force", Force, False)
EVERY = parameter(
    "every", Annotated[bool, typer.Option("--all", help="All that there are, but for the gateway's own.")], False
)


def one_name(entity: Entity) -> inspect.Parameter:
    return parameter(
        "name",
        Annotated[
            str,
            typer.Argument(
                metavar=metavar(entity),
                help=_named(entity),
                show_default=False,
                autocompletion=completer(entity.name),
            ),
        ],
    )


def many_names(entity: Entity, *, optional: bool = False) -> inspect.Parameter:
    kind = list[str] | None if optional else list[str]
    argument = typer.Argument(
        metavar=f"[{metavar(entity)}]..." if optional else f"{metavar(entity)}...",
        help=_named(entity),
        show_default=False,
        autocompletion=completer(entity.name),
    )
    return parameter("names", Annotated[kind, argument], None if optional else inspect.Parameter.empty)


def metavar(entity: Entity) -> str:
    return entity.name.upper().replace("_", "-")


def _named(entity: Entity) -> str:
    also = " - reads the secret from stdin." if any(field.masked for field in entity.fields.values()) else ""
    columns = [name for name in entity.names[:2] if "." not in name]
    return f"By {entity.key}" + "".join(f" or {name}" for name in columns) + f".{also}"


def example(entity: Entity, verb: str) -> str:
    names = {
        "key": "nightly",
        "team": "research",
        "user": "ada",
        "budget": "standard",
        "tag": "batch",
        "org": "acme",
        "project": "search",
        "model": "gpt-4o",
        "credential": "openai",
        "mcp": "github",
    }
    name = names.get(entity.name, "NAME")
    special = {
        "model": {
            "create": " --model openai/gpt-4o --api-key env:OPENAI_KEY",
            "update": " --api-base https://eu.x.org",
        },
        "credential": {"create": " --credential-values api_key=env:OPENAI_KEY", "update": " --description 'Ours'"},
        "mcp": {"create": " --url https://mcp.x.org --transport http", "update": " --allowed-tools search,read"},
    }
    if verb in special.get(entity.name, {}):
        return f"{name}{special[entity.name][verb]}"
    extra = (
        {"create": " --max-budget 100 --budget-duration 30d", "update": " --max-budget 200"}.get(verb, "")
        if "max_budget" in entity.fields
        else ""
    )
    return f"{name}{extra}" if extra or verb != "update" else f"{name} --description 'Nightly jobs'"
