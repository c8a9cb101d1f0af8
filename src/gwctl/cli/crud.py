"""The commands that every entity has: create, list, get, update, delete, and block and unblock where it can be.

They are built from an entity's description. What an entity has besides stands in its own module of `commands`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gwctl.cli import fields as options
from gwctl.cli import filters, show
from gwctl.cli import session as sessions
from gwctl.cli.fields import parameters as field_parameters
from gwctl.cli.lazy import group
from gwctl.cli.options import FieldsOption, OptionalOutput, YesOption
from gwctl.cli.work import Work, kinds, place
from gwctl.describe import Entity
from gwctl.errors import NotFound, Usage

if TYPE_CHECKING:
    from gwctl.core.change import Change
    from gwctl.core.stage import Row, Stage
    from gwctl.core.unit import Unit

LIMIT = 500
"""How many objects a list shows where nothing else is said."""

DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")]
Strict = Annotated[bool, typer.Option("--strict", help="Take warnings for errors.")]
Force = Annotated[bool, typer.Option("--force", help="Go on where a guard would refuse.")]


def build(name: str) -> typer.Typer:
    """The group of an entity."""
    entity = kinds().entity(name)
    app = group(f"{kinds().index[name][1]}.")
    for maker in (create, list_, get, update, delete):
        maker(app, entity)
    if "blocked" in entity.fields:
        blocking(app, entity, "block", blocked=True)
        blocking(app, entity, "unblock", blocked=False)
    return app


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
YES = parameter("yes", YesOption, False)
DRY_RUN = parameter("dry_run", DryRun, False)
STRICT = parameter("strict", Strict, False)
FORCE = parameter("force", Force, False)


def one_name(entity: Entity) -> inspect.Parameter:
    return parameter(
        "name", Annotated[str, typer.Argument(metavar=_metavar(entity), help=_named(entity), show_default=False)]
    )


def many_names(entity: Entity, *, optional: bool = False) -> inspect.Parameter:
    kind = list[str] | None if optional else list[str]
    argument = typer.Argument(
        metavar=f"[{_metavar(entity)}]..." if optional else f"{_metavar(entity)}...",
        help=_named(entity),
        show_default=False,
    )
    return parameter("names", Annotated[kind, argument], None if optional else inspect.Parameter.empty)


def _metavar(entity: Entity) -> str:
    return entity.name.upper().replace("_", "-")


def _named(entity: Entity) -> str:
    also = " - reads the secret from stdin." if any(field.masked for field in entity.fields.values()) else ""
    return f"By {entity.key}" + "".join(f" or {name}" for name in entity.names[:2]) + f".{also}"


# The commands


def create(app: typer.Typer, entity: Entity) -> None:
    def run(
        name: str | None, output: str | None, dry_run: bool, strict: bool, if_not_exists: bool, **given: Any
    ) -> None:
        from gwctl.core import changes

        fields = options.judged(entity, {**given, entity.identity: name})
        if name is None and entity.identity == entity.key and entity.key in ("budget_id", "tag_name"):
            raise Usage(f"a {entity.name} needs a name", f"gwctl {entity.group} create NAME")

        def plan(unit: Unit, stage: Stage) -> Sequence[Change]:
            if if_not_exists and name and _exists(unit, stage, entity, name):
                return []
            return changes.create(stage, entity, [fields])

        deed(entity, Work(plan, strict=strict), output=output, dry_run=dry_run, minted=True, fallback=name)

    naming = Annotated[
        str | None,
        typer.Argument(
            metavar=f"[{entity.identity.upper()}]", help=entity.fields[entity.identity].help, show_default=False
        ),
    ]
    ifs = Annotated[bool, typer.Option("--if-not-exists", help="Leave it as it is if it is there already.")]
    shape = [
        parameter("name", naming, None),
        *field_parameters(entity, "create"),
        parameter("if_not_exists", ifs, False),
        YES,
        STRICT,
        DRY_RUN,
        OUTPUT,
    ]
    add(
        app,
        "create",
        _without_yes(run),
        shape,
        f"Make a {entity.name}.\n\nExample: gwctl {entity.group} create {example(entity, 'create')}",
    )


def list_(app: typer.Typer, entity: Entity) -> None:
    def run(
        output: str | None, fields: list[str] | None, sort: str | None, desc: bool, limit: int, all_: bool, **given: Any
    ) -> None:
        from gwctl.core import listing, unit

        with unit.reading(place()) as opened:
            asked = filters.query(opened, entity, given, sort=sort, descending=desc, limit=None if all_ else limit + 1)
            show.records(
                opened,
                entity,
                listing.records,
                asked,
                output=output or "table",
                fields=fields,
                limit=None if all_ else limit,
            )

    shape = [
        *filters.parameters(entity),
        parameter(
            "sort",
            Annotated[
                str | None, typer.Option("--sort", metavar="FIELD", help="Sort by this field.", show_default=False)
            ],
            None,
        ),
        parameter("desc", Annotated[bool, typer.Option("--desc", help="The greatest first.")], False),
        parameter(
            "limit", Annotated[int, typer.Option("--limit", metavar="N", min=0, help="Show no more than this.")], LIMIT
        ),
        parameter(
            "all_", Annotated[bool, typer.Option("--all", help="Show all, however many; they are streamed.")], False
        ),
        parameter("fields", FieldsOption, None),
        OUTPUT,
    ]
    add(
        app,
        "list",
        run,
        shape,
        f"List {entity.group}.\n\nExample: gwctl {entity.group} list --sort {_sorted(entity)} --limit 20 -o json",
    )


def get(app: typer.Typer, entity: Entity) -> None:
    def run(name: str, output: str | None, fields: list[str] | None) -> None:
        from gwctl.core import listing, references, unit
        from gwctl.core.stage import Stage

        with unit.reading(place()) as opened:
            row = references.one(Stage(opened), entity, spoken(entity, name))
            record = listing.record(opened, entity, row[entity.key])
        show.one(entity, record, output=output, fields=fields)

    add(app, "get", run, [one_name(entity), parameter("fields", FieldsOption, None), OUTPUT],
        f"Show one {entity.name} with all that belongs to it.\n\nExample: gwctl {entity.group} get {example(entity, 'get')} -o yaml")  # fmt: skip


def update(app: typer.Typer, entity: Entity) -> None:
    references = filters.references(entity)

    def run(
        names: list[str] | None,
        output: str | None,
        dry_run: bool,
        strict: bool,
        yes: bool,
        force: bool,
        set_null: list[str] | None,
        **given: Any,
    ) -> None:
        from gwctl.core import changes

        which = {f"by_{name}": given.pop(name, None) for name in references if name in given} if not names else {}
        fields = {**options.judged(entity, given, set_null=set_null or []), **options.edits(entity, given)}
        if not fields:
            raise Usage("there is nothing to change", f"Give a field: gwctl {entity.group} update --help lists them.")
        bulk = _bulk(entity, names, which)

        def plan(unit: Unit, stage: Stage) -> Sequence[Change]:
            rows = chosen(unit, stage, entity, names, which)
            return changes.update(stage, entity, rows, [fields] * len(rows))

        deed(
            entity,
            Work(plan, strict=strict, force=force, bulk=bulk),
            output=output,
            dry_run=dry_run,
            names=names,
            yes=yes or not bulk,
            question="Update",
        )

    nulls = Annotated[
        list[str] | None,
        typer.Option("--set-null", metavar="FIELD", help="Clear this field. Repeats.", show_default=False),
    ]
    shape = [
        many_names(entity, optional=bool(references)),
        *field_parameters(entity, "update"),
        parameter("set_null", nulls, None),
        YES,
        STRICT,
        FORCE,
        DRY_RUN,
        OUTPUT,
    ]
    bulk = (
        f" Without a {_metavar(entity)}, the options that name other objects choose which {entity.group} are changed."
        if references
        else ""
    )
    add(
        app,
        "update",
        run,
        shape,
        f"Change fields of a {entity.name}, or of several.{bulk}\n\nExample: gwctl {entity.group} update {example(entity, 'update')}",
    )


def delete(app: typer.Typer, entity: Entity) -> None:
    def run(
        names: list[str] | None,
        output: str | None,
        dry_run: bool,
        yes: bool,
        force: bool,
        ignore_missing: bool,
        **given: Any,
    ) -> None:
        from gwctl.core import changes

        bulk = _bulk(entity, names, given)

        def plan(unit: Unit, stage: Stage) -> Sequence[Change]:
            rows = chosen(unit, stage, entity, names, given, ignore_missing=ignore_missing)
            return changes.delete(stage, entity, rows) if rows else []

        deed(
            entity,
            Work(plan, force=force, bulk=bulk),
            output=output,
            dry_run=dry_run,
            names=names,
            yes=yes,
            question="Delete",
            gone=True,
        )

    missing = Annotated[bool, typer.Option("--ignore-missing", help="Be content if it is not there.")]
    optional = bool(filters.references(entity))
    shape = [
        many_names(entity, optional=optional),
        *filters.parameters(entity, bulk=True),
        parameter("ignore_missing", missing, False),
        YES,
        FORCE,
        DRY_RUN,
        OUTPUT,
    ]
    add(
        app,
        "delete",
        run,
        shape,
        f"Delete {entity.group}, with what hangs on them.\n\nExample: gwctl {entity.group} delete {example(entity, 'delete')} --yes",
    )


def blocking(app: typer.Typer, entity: Entity, verb: str, *, blocked: bool) -> None:
    def run(names: list[str] | None, output: str | None, dry_run: bool, yes: bool, **given: Any) -> None:
        from gwctl.core import changes

        bulk = _bulk(entity, names, given)

        def plan(unit: Unit, stage: Stage) -> Sequence[Change]:
            rows = chosen(unit, stage, entity, names, given)
            return changes.update(
                stage, entity, rows, [{"blocked": blocked}] * len(rows), audited="blocked" if blocked else "updated"
            )

        deed(
            entity,
            Work(plan, bulk=bulk),
            output=output,
            dry_run=dry_run,
            names=names,
            yes=yes or not bulk,
            question=verb.capitalize(),
        )

    optional = bool(filters.references(entity))
    shape = [many_names(entity, optional=optional), *filters.parameters(entity, bulk=True), YES, DRY_RUN, OUTPUT]
    what = "Refuse every call of" if blocked else "Let calls pass again of"
    add(
        app,
        verb,
        run,
        shape,
        f"{what} {entity.group}.\n\nExample: gwctl {entity.group} {verb} {example(entity, verb)}",
    )


# What they share


def spoken(entity: Entity, name: str) -> str:
    """A name as it was given; `-` reads a secret from stdin and stands for its hash."""
    if name == "-" and any(field.masked for field in entity.fields.values()):
        from gwctl import secrets

        return secrets.digest(options.secret_from("-").reveal())
    return name


def deed(
    entity: Entity,
    work: Work,
    *,
    output: str | None,
    dry_run: bool,
    names: Sequence[str] | None = None,
    yes: bool = True,
    question: str = "",
    gone: bool = False,
    minted: bool = False,
    fallback: str | None = None,
) -> None:
    """Asks if it must, does the change or rehearses it, and shows what came of it."""
    session = sessions.current()
    session.allow_change(yes=yes) if not dry_run else None
    if not dry_run and not yes:
        plan = work.rehearse()
        if plan:
            session.confirm(show.question(question, entity, plan), yes=False)

    def after(unit: Unit, changes: Sequence[Change]) -> list[dict[str, Any]]:
        return show.outcome(unit, entity, changes, gone=gone, names=names or ([fallback] if fallback else []))

    plan, records = work.run(after, keep=not dry_run)
    if dry_run:
        show.plan(plan, output=output)
        return
    show.done(entity, plan, records, output=output, gone=gone, several=len(records) != 1, minted=minted)


def _exists(unit: Unit, stage: Stage, entity: Entity, name: str) -> bool:
    from gwctl.core import references

    unit.lock(f"{entity.name}:{name}")
    return name in references.find(stage, entity, [name]).rows


def chosen(
    unit: Unit,
    stage: Stage,
    entity: Entity,
    names: Sequence[str] | None,
    given: Mapping[str, Any],
    *,
    ignore_missing: bool = False,
) -> list[Row]:
    """The rows that a command is about, locked."""
    from gwctl.core import listing, references

    if names:
        found = references.find(stage, entity, [spoken(entity, name) for name in names], change=True)
        for error in found.errors.values():
            if not (ignore_missing and isinstance(error, NotFound)):
                raise error
        return list({id(row): row for row in found.rows.values()}.values())
    ids = listing.identifiers(unit, entity, filters.query(unit, entity, given))
    return stage.load(entity.table, entity.key, ids, change=True)


def _bulk(entity: Entity, names: Sequence[str] | None, given: Mapping[str, Any]) -> bool:
    """Whether the command is about what a filter finds. Raises Usage where it says neither what nor which."""
    if names:
        if filters.is_given(entity, given):
            raise Usage(f"name {entity.group}, or choose them by filter, not both")
        return False
    if not filters.is_given(entity, given):
        which = ", ".join(f"--{name}" for name in filters.references(entity))
        raise Usage(f"which {entity.group}?", f"Name them{f', or choose them by {which}' if which else ''}.")
    return True


def _without_yes(run: Callable[..., Any]) -> Callable[..., Any]:
    def inner(yes: bool, **given: Any) -> Any:
        sessions.current().allow_change(yes=yes)
        return run(**given)

    return inner


def example(entity: Entity, verb: str) -> str:
    names = {
        "key": "nightly",
        "team": "research",
        "user": "ada",
        "budget": "standard",
        "tag": "batch",
        "org": "acme",
        "project": "search",
    }
    name = names.get(entity.name, "NAME")
    extra = (
        {"create": " --max-budget 100 --budget-duration 30d", "update": " --max-budget 200"}.get(verb, "")
        if "max_budget" in entity.fields
        else ""
    )
    return f"{name}{extra}" if extra or verb != "update" else f"{name} --description 'Nightly jobs'"


def _sorted(entity: Entity) -> str:
    return "spend" if "spend" in entity.observed else entity.key
