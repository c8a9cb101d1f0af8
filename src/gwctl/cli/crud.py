"""The commands that every entity has: create, list, get, update, delete, and block and unblock where it can be.

They are built from an entity's description. What an entity has besides stands in its own module of `commands`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gwctl.cli import fields as options
from gwctl.cli import filters, show
from gwctl.cli.deeds import chosen, deed, exists, is_bulk, spoken
from gwctl.cli.fields import parameters as field_parameters
from gwctl.cli.lazy import Group, group
from gwctl.cli.options import FieldsOption
from gwctl.cli.pictures import FIELD
from gwctl.cli.signatures import (
    DRY_RUN,
    EVERY,
    FORCE,
    OUTPUT,
    STRICT,
    YES,
    add,
    example,
    many_names,
    metavar,
    one_name,
    parameter,
)
from gwctl.cli.work import Work, kinds, place
from gwctl.describe import Entity
from gwctl.errors import Usage

if TYPE_CHECKING:
    from gwctl.core.change import Change
    from gwctl.core.stage import Stage
    from gwctl.core.unit import Unit

LIMIT = 500
"""How many objects a list shows where nothing else is said."""

REPLACEABLE = frozenset({
    "access_group", "agent", "budget", "credential", "guardrail", "mcp", "model", "policy", "project", "prompt",
    "search_tool", "team", "vector_store", "vector_store_index",
})  # fmt: skip
"""Entities whose rules can put another in the place of one that goes; a test holds this against the rules."""


def build(name: str) -> Group:
    """The group of an entity."""
    entity = kinds().entity(name)
    app = group(f"{kinds().index[name][1]}.")
    for verb, maker in {"create": create, "list": list_, "get": get, "update": update, "delete": delete}.items():
        app.later(verb, partial(maker, app, entity))
    if "blocked" in entity.fields:
        app.later("block", partial(blocking, app, entity, "block", blocked=True))
        app.later("unblock", partial(blocking, app, entity, "unblock", blocked=False))
    return app


def create(app: typer.Typer, entity: Entity) -> None:
    def run(
        name: str | None, output: str | None, dry_run: bool, strict: bool, yes: bool, if_not_exists: bool,
        force: bool = False, **given: Any,
    ) -> None:  # fmt: skip
        from gwctl.core import changes

        fields = options.judged(entity, {**given, entity.identity: name})

        def plan(unit: Unit, stage: Stage) -> Sequence[Change]:
            if if_not_exists and name and exists(unit, stage, entity, name):
                return []
            return changes.create(stage, entity, [fields])

        deed(
            entity,
            Work(plan, strict=strict, force=force),
            output=output,
            dry_run=dry_run,
            yes=yes,
            asks=False,
            minted=True,
            fallback=name,
        )

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
        *([FORCE] if any(field.sealed for field in entity.fields.values()) else []),
        YES,
        STRICT,
        DRY_RUN,
        OUTPUT,
    ]
    add(
        app,
        "create",
        run,
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
        from gwctl.questions import pictures

        with unit.reading(place()) as opened:
            row = references.one(Stage(opened), entity, spoken(entity, name))
            record = listing.record(opened, entity, row[entity.key])
            overview = pictures.of(opened, entity, row[entity.key])
        show.one(entity, {**record, **({FIELD: overview} if overview else {})}, output=output, fields=fields)

    add(app, "get", run, [one_name(entity), parameter("fields", FieldsOption, None), OUTPUT],
        f"Show one {entity.name} with all that belongs to it.\n\nExample: gwctl {entity.group} get "
        f"{example(entity, 'get')} -o yaml")  # fmt: skip


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
        every: bool = False,
        **given: Any,
    ) -> None:
        from gwctl.core import changes

        which = {f"by_{name}": given.pop(name, None) for name in references if name in given} if not names else {}
        which |= {"every": True} if every else {}
        fields = {**options.judged(entity, given, set_null=set_null or []), **options.edits(entity, given)}
        if not fields:
            raise Usage("there is nothing to change", f"Give a field: gwctl {entity.group} update --help lists them.")
        bulk = is_bulk(entity, names, which)

        def plan(unit: Unit, stage: Stage) -> Sequence[Change]:
            rows = chosen(unit, stage, entity, names, which)
            return changes.update(stage, entity, rows, [fields] * len(rows))

        deed(
            entity,
            Work(plan, strict=strict, force=force, bulk=bulk),
            output=output,
            dry_run=dry_run,
            names=names,
            yes=yes,
            asks=bulk,
            question="Update",
        )

    nulls = Annotated[
        list[str] | None,
        typer.Option("--set-null", metavar="FIELD", help="Clear this field. Repeats.", show_default=False),
    ]
    has_all = not references and entity.versions is None
    shape = [
        many_names(entity, optional=bool(references) or has_all),
        *field_parameters(entity, "update"),
        parameter("set_null", nulls, None),
        *([EVERY] if has_all else []),
        YES,
        STRICT,
        FORCE,
        DRY_RUN,
        OUTPUT,
    ]
    bulk = (
        f" Without a {metavar(entity)}, the options that name other objects choose which {entity.group} are changed."
        if references
        else ""
    )
    add(
        app,
        "update",
        run,
        shape,
        f"Change fields of a {entity.name}, or of several.{bulk}\n\nExample: gwctl {entity.group} update "
        f"{example(entity, 'update')}",
    )


def delete(app: typer.Typer, entity: Entity) -> None:
    def run(
        names: list[str] | None,
        output: str | None,
        dry_run: bool,
        yes: bool,
        force: bool,
        ignore_missing: bool,
        replace_with: str | None = None,
        **given: Any,
    ) -> None:
        from gwctl.core import changes, versions
        from gwctl.operations import replacing

        bulk = is_bulk(entity, names, given)

        def plan(unit: Unit, stage: Stage) -> Sequence[Change]:
            rows = chosen(unit, stage, entity, names, given, ignore_missing=ignore_missing)
            rows = versions.whole(stage, entity, names, rows)
            if rows and replace_with:
                return replacing.delete(stage, entity, rows, replace_with)
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

    instead = options.option(
        "replace_with", str, "--replace-with", metavar(entity), "Put this in its place wherever it is named."
    )
    missing = Annotated[bool, typer.Option("--ignore-missing", help="Be content if it is not there.")]
    optional = bool(filters.references(entity))
    shape = [
        many_names(entity, optional=optional),
        *filters.parameters(entity, bulk=True),
        *([instead] if entity.name in REPLACEABLE else []),
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
        f"Delete {entity.group}, with what hangs on them.\n\nExample: gwctl {entity.group} delete "
        f"{example(entity, 'delete')} --yes",
    )


def blocking(app: typer.Typer, entity: Entity, verb: str, *, blocked: bool) -> None:
    def run(names: list[str] | None, output: str | None, dry_run: bool, yes: bool, **given: Any) -> None:
        from gwctl.core import changes

        bulk = is_bulk(entity, names, given)

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
            yes=yes,
            asks=bulk,
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


def _sorted(entity: Entity) -> str:
    return "spend" if "spend" in entity.observed else entity.key
