"""How a command finds what it is about, asks before it destroys, and shows what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gwctl.cli import fields as options
from gwctl.cli import filters, show
from gwctl.cli import session as sessions
from gwctl.cli.work import Work
from gwctl.describe import Entity
from gwctl.errors import Conflict, NotFound, Usage

if TYPE_CHECKING:
    from gwctl.core.change import Change
    from gwctl.core.stage import Row, Stage
    from gwctl.core.unit import Unit


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
    yes: bool = False,
    asks: bool = True,
    question: str = "",
    gone: bool = False,
    minted: bool = False,
    fallback: str | None = None,
    planned: bool = False,
    quiet: bool = False,
    shows_first: bool = False,
) -> list[dict[str, Any]]:
    """Asks if it must, does the change or rehearses it, and shows what came of it: the objects, or with `planned`,
    where they are of several kinds, the plan. With `quiet` the caller shows it."""
    session = sessions.current()
    if not dry_run:
        session.allow_change(yes=yes)
    if asks and not dry_run and not yes:
        plan = work.rehearse()
        if shows_first:
            show.plan(plan, output=output)
        if plan:
            session.confirm(show.question(question, entity, plan), yes=False)

    def after(unit: Unit, changes: Sequence[Change]) -> list[dict[str, Any]]:
        if planned:
            return []
        return show.outcome(unit, entity, changes, gone=gone, names=names or ([fallback] if fallback else []))

    plan, records = work.run(after, keep=not dry_run)
    if dry_run or planned:
        if dry_run or yes or not shows_first:
            show.plan(plan, output=output)
        return []
    if quiet:
        return records
    show.done(entity, plan, records, output=output, gone=gone, several=len(records) != 1, minted=minted)
    return records


def exists(unit: Unit, stage: Stage, entity: Entity, name: str) -> bool:
    from gwctl.core import references

    unit.lock(f"{entity.name}:{name}")
    found = references.find(stage, entity, [name])
    return name in found.rows or isinstance(found.errors.get(name), Conflict)


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


def is_bulk(entity: Entity, names: Sequence[str] | None, given: Mapping[str, Any]) -> bool:
    """Whether the command is about what a filter finds. Raises Usage where it says neither what nor which."""
    if names:
        if filters.is_given(entity, given):
            raise Usage(f"name {entity.group}, or choose them by filter, not both")
        return False
    if not filters.is_given(entity, given):
        which = ", ".join(f"--{name}" for name in filters.references(entity)) or "--all"
        raise Usage(f"which {entity.group}?", f"Name them{f', or choose them by {which}' if which else ''}.")
    return True
