"""`members add, update, remove, list`, for the entities that people belong to."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gwctl.cli import deeds, render
from gwctl.cli import session as sessions
from gwctl.cli.completing import completer
from gwctl.cli.fields import option
from gwctl.cli.lazy import group
from gwctl.cli.render import Column, Kind
from gwctl.cli.signatures import DRY_RUN, FORCE, OUTPUT, STRICT, YES, add, one_name, parameter
from gwctl.cli.work import Work, place
from gwctl.describe import Entity, fields
from gwctl.errors import Invalid, Usage

if TYPE_CHECKING:
    from gwctl.core.change import Change
    from gwctl.core.stage import Row, Stage
    from gwctl.core.unit import Unit

COLUMNS = [
    Column("user_id", Kind.NAME), Column("user_email", Kind.NAME), Column("role"), Column("spend", Kind.MONEY),
    Column("max_budget", Kind.MONEY), Column("budget_duration", Kind.DURATION),
    Column("tpm_limit", Kind.COUNT, wide=True), Column("rpm_limit", Kind.COUNT, wide=True),
    Column("budget_id", Kind.NAME, wide=True), Column("budget_reset_at", Kind.TIME, wide=True),
]  # fmt: skip

PEOPLE = parameter(
    "people",
    Annotated[
        list[str],
        typer.Argument(
            metavar="USER...",
            help="By user id or e-mail; - reads them from stdin, one a line.",
            show_default=False,
            autocompletion=completer("user"),
        ),
    ],
)
IFS = Annotated[bool, typer.Option("--if-not-exists", help="Leave those alone who are members already.")]
NULLS = option("set_null", list[str], "--set-null", "FIELD", "Clear this limit. Repeats.")


def add_members(app: typer.Typer, entity: Entity) -> None:
    """Adds the sub-group to an entity's group."""
    members = group(f"Members of {'an organisation' if entity.name == 'org' else f'a {entity.name}'}.")
    app.add_typer(members, name="members")
    name = one_name(entity)
    limits = _limits(entity)
    example = f"Example: gwctl {entity.group} members"
    shape = [name, PEOPLE, *limits, parameter("if_not_exists", IFS, False), YES, STRICT, DRY_RUN, OUTPUT]
    add(members, "add", _adding(entity), shape, f"Make people members.\n\n{example} add NAME ada grace --max-budget 50")
    shape = [name, PEOPLE, *limits, NULLS, YES, STRICT, DRY_RUN, OUTPUT]
    text = f"Change role and limits of members.\n\n{example} update NAME ada --max-budget 80"
    add(members, "update", _updating(entity), shape, text)
    text = f"End memberships{'; the keys of these people in the team are deleted' if entity.name == 'team' else ''}."
    add(
        members,
        "remove",
        _removing(entity),
        [name, PEOPLE, YES, FORCE, DRY_RUN, OUTPUT],
        f"{text}\n\n{example} remove NAME ada --yes",
    )
    add(members, "list", _listing(entity), [name, OUTPUT], f"List members.\n\n{example} list NAME -o json")


def _limits(entity: Entity) -> list[Any]:
    """The options that a member's fields make."""
    found = []
    for field in fields(entity.fields["members"].item).values():
        if field.name != "user":
            metavar = "|".join(field.choices) or {int: "N", float: "AMOUNT"}.get(field.kind, "TEXT")
            found.append(option(field.name, str, f"--{field.name.replace('_', '-')}", metavar, field.help))
    return found


Plan = Callable[[Any, "Stage", "Row"], Sequence["Change"]]


def _deed(
    entity: Entity, name: str, plan: Plan, given: dict[str, Any], *, asks: bool = False, question: str = ""
) -> None:
    def planned(unit: Unit, stage: Stage) -> Sequence[Change]:
        [row] = deeds.chosen(unit, stage, entity, [name], {})
        return plan(unit, stage, row)

    work = Work(planned, strict=given.get("strict", False), force=given.get("force", False))
    deeds.deed(
        entity,
        work,
        output=given["output"],
        dry_run=given["dry_run"],
        names=[name],
        yes=given["yes"],
        asks=asks,
        question=question,
    )


def _adding(entity: Entity) -> Callable[..., None]:
    def run(name: str, people: list[str], if_not_exists: bool, **given: Any) -> None:
        from gwctl.operations import memberships

        wanted = _judged(entity, _people(people), given)
        _deed(
            entity,
            name,
            lambda _, stage, row: memberships.add(stage, entity, row, wanted, if_not_exists=if_not_exists),
            given,
        )

    return run


def _updating(entity: Entity) -> Callable[..., None]:
    def run(name: str, people: list[str], set_null: list[str] | None, **given: Any) -> None:
        from gwctl.operations import memberships

        known = fields(entity.fields["members"].item)
        for field in set_null or ():
            if field not in known or field in ("user", "role"):
                raise Usage(f"--set-null: {field!r} cannot be cleared")
        cleared = dict.fromkeys(set_null or ())
        wanted = [{**cleared, **one} for one in _judged(entity, _people(people), given)]
        if len(wanted[0]) == 1:
            raise Usage("there is nothing to change", "Give --role, --max-budget or another: --help lists them.")
        _deed(entity, name, lambda _, stage, row: memberships.update(stage, entity, row, wanted), given)

    return run


def _removing(entity: Entity) -> Callable[..., None]:
    def run(name: str, people: list[str], **given: Any) -> None:
        from gwctl.operations import memberships

        leaving = _people(people)
        question = f"Remove {', '.join(leaving)} from"
        _deed(
            entity,
            name,
            lambda _, stage, row: memberships.remove(stage, entity, row, leaving),
            given,
            asks=True,
            question=question,
        )

    return run


def _listing(entity: Entity) -> Callable[..., None]:
    def run(name: str, output: str | None) -> None:
        from gwctl.core import references, unit
        from gwctl.core.stage import Stage
        from gwctl.questions import members as question

        with unit.reading(place()) as opened:
            stage = Stage(opened)
            rows = question.of(stage, entity, references.one(stage, entity, name))
        session = sessions.current()
        render.listing(
            rows, COLUMNS, output=output or "table", identity="user_id", session=session, empty="There are no members."
        )

    return run


def _people(names: list[str]) -> list[str]:
    """The people who are named, and those that stdin names."""
    read = [line.strip() for name in names if name == "-" for line in sys.stdin]
    found = list(dict.fromkeys(name for name in [*(name for name in names if name != "-"), *read] if name))
    if not found:
        raise Usage("nobody is named")
    return found


def _judged(entity: Entity, people: list[str], given: dict[str, Any]) -> list[dict[str, Any]]:
    from gwctl.core import validation

    known = fields(entity.fields["members"].item)
    values = {name: value for name, value in given.items() if name in known and value is not None}
    listed = [{"user": name, **values} for name in people]
    found, wrong = validation.fields(entity, {"members": listed}, textual=True)
    if wrong:
        raise Invalid(f"--{str(wrong[0].parts[-1]).replace('_', '-')}: {wrong[0].message}")
    judged: list[dict[str, Any]] = found["members"]
    return judged
