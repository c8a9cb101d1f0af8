"""gwctl teams: what every entity has, members and models."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gwctl.cli import crud, deeds, render
from gwctl.cli import session as sessions
from gwctl.cli.fields import option
from gwctl.cli.lazy import group
from gwctl.cli.render import Column, Kind
from gwctl.cli.resets import add_reset_spend
from gwctl.cli.signatures import DRY_RUN, FORCE, OUTPUT, STRICT, YES, add, one_name, parameter
from gwctl.cli.work import Work, kinds, place
from gwctl.errors import Invalid, Usage

if TYPE_CHECKING:
    from gwctl.core.change import Change
    from gwctl.core.stage import Stage
    from gwctl.core.unit import Unit

app = crud.build("team")
TEAM = kinds().entity("team")
add_reset_spend(app, TEAM)
members = group("Members of a team.")
models = group("Models that a team's keys may call.")
app.add_typer(members, name="members")
app.add_typer(models, name="models")

PEOPLE = parameter(
    "people",
    Annotated[
        list[str],
        typer.Argument(
            metavar="USER...", help="By user id or e-mail; - reads them from stdin, one a line.", show_default=False
        ),
    ],
)
LIMITS = [
    option("role", str, "--role", "admin|user", "What they may do in the team."),
    option("max_budget", str, "--max-budget", "AMOUNT", "What each may spend in the team, in US dollars."),
    option("budget_duration", str, "--budget-duration", "DURATION", "When their budget starts anew, as 30d."),
    option("tpm_limit", str, "--tpm-limit", "N", "Tokens per minute of each in the team."),
    option("rpm_limit", str, "--rpm-limit", "N", "Requests per minute of each in the team."),
]


def _people(names: list[str]) -> list[str]:
    read = [line.strip() for name in names if name == "-" for line in sys.stdin]
    found = list(dict.fromkeys(name for name in [*(name for name in names if name != "-"), *read] if name))
    if not found:
        raise Usage("nobody is named")
    return found


def _judged(people: list[str], given: dict[str, Any]) -> list[dict[str, Any]]:
    from gwctl.core import validation

    values = {name: value for name, value in given.items() if value is not None}
    fields, wrong = validation.fields(TEAM, {"members": [{"user": name, **values} for name in people]}, textual=True)
    if wrong:
        raise Invalid(f"--{str(wrong[0].parts[-1]).replace('_', '-')}: {wrong[0].message}")
    found: list[dict[str, Any]] = fields["members"]
    return found


def _add(
    name: str,
    people: list[str],
    if_not_exists: bool,
    yes: bool,
    strict: bool,
    dry_run: bool,
    output: str | None,
    **given: Any,
) -> None:
    from gwctl.operations import memberships

    wanted = _judged(_people(people), given)

    def plan(unit: Unit, stage: Stage) -> Sequence[Change]:
        [row] = deeds.chosen(unit, stage, TEAM, [name], {})
        return memberships.add(stage, TEAM, row, wanted, if_not_exists=if_not_exists)

    deeds.deed(TEAM, Work(plan, strict=strict), output=output, dry_run=dry_run, names=[name], asks=False, yes=yes)


def _update(
    name: str,
    people: list[str],
    yes: bool,
    strict: bool,
    dry_run: bool,
    output: str | None,
    set_null: list[str] | None,
    **given: Any,
) -> None:
    from gwctl.operations import memberships

    cleared = dict.fromkeys(set_null or ())
    wanted = _judged(_people(people), given)
    wanted = [{**cleared, **one} for one in wanted]
    if len(wanted[0]) == 1:
        raise Usage("there is nothing to change", "Give --role, --max-budget or another: --help lists them.")

    def plan(unit: Unit, stage: Stage) -> Sequence[Change]:
        [row] = deeds.chosen(unit, stage, TEAM, [name], {})
        return memberships.update(stage, TEAM, row, wanted)

    deeds.deed(TEAM, Work(plan, strict=strict), output=output, dry_run=dry_run, names=[name], asks=False, yes=yes)


def _remove(name: str, people: list[str], yes: bool, dry_run: bool, output: str | None) -> None:
    from gwctl.operations import memberships

    leaving = _people(people)

    def plan(unit: Unit, stage: Stage) -> Sequence[Change]:
        [row] = deeds.chosen(unit, stage, TEAM, [name], {})
        return memberships.remove(stage, TEAM, row, leaving)

    question = f"Remove {', '.join(leaving)} from"
    deeds.deed(TEAM, Work(plan), output=output, dry_run=dry_run, names=[name], yes=yes, question=question)


def _list(name: str, output: str | None) -> None:
    from gwctl.core import references, unit
    from gwctl.core.stage import Stage
    from gwctl.questions import members as question

    with unit.reading(place()) as opened:
        stage = Stage(opened)
        rows = question.of_team(stage, references.one(stage, TEAM, name))
    columns = [
        Column("user_id", Kind.NAME), Column("user_email", Kind.NAME), Column("role"), Column("spend", Kind.MONEY),
        Column("max_budget", Kind.MONEY), Column("budget_duration", Kind.DURATION), Column("tpm_limit", Kind.COUNT,
        wide=True),
        Column("rpm_limit", Kind.COUNT, wide=True), Column("budget_id", Kind.NAME, wide=True),
        Column("budget_reset_at", Kind.TIME, wide=True),
    ]  # fmt: skip
    render.listing(
        rows,
        columns,
        output=output or "table",
        identity="user_id",
        session=sessions.current(),
        empty="The team has no members.",
    )


def _add_models(name: str, listed: list[str], yes: bool, dry_run: bool, output: str | None) -> None:
    from gwctl.operations import memberships

    def plan(unit: Unit, stage: Stage) -> Sequence[Change]:
        [row] = deeds.chosen(unit, stage, TEAM, [name], {})
        return memberships.models(stage, TEAM, row, add=listed)

    deeds.deed(TEAM, Work(plan), output=output, dry_run=dry_run, names=[name], asks=False, yes=yes)


def _remove_models(
    name: str,
    listed: list[str],
    replace_with: list[str] | None,
    yes: bool,
    force: bool,
    dry_run: bool,
    output: str | None,
) -> None:
    from gwctl.operations import memberships

    def plan(unit: Unit, stage: Stage) -> Sequence[Change]:
        [row] = deeds.chosen(unit, stage, TEAM, [name], {})
        return memberships.models(stage, TEAM, row, add=replace_with or [], remove=listed, force=force)

    deeds.deed(TEAM, Work(plan), output=output, dry_run=dry_run, names=[name], asks=False, yes=yes)


NAMES = parameter(
    "listed",
    Annotated[
        list[str],
        typer.Argument(metavar="MODEL...", help="Names of models, patterns or access groups.", show_default=False),
    ],
)
IFS = parameter(
    "if_not_exists",
    Annotated[bool, typer.Option("--if-not-exists", help="Leave those alone who are members already.")],
    False,
)
NULLS = option("set_null", list[str], "--set-null", "FIELD", "Clear this limit. Repeats.")
INSTEAD = option("replace_with", list[str], "--replace-with", "MODEL", "Put this in the place of what goes. Repeats.")

add(members, "add", _add, [one_name(TEAM), PEOPLE, *LIMITS, IFS, YES, STRICT, DRY_RUN, OUTPUT],
    "Make people members of a team.\n\nExample: gwctl teams members add research ada grace --role user "
    "--max-budget 50")  # fmt: skip
add(members, "update", _update, [one_name(TEAM), PEOPLE, *LIMITS, NULLS, YES, STRICT, DRY_RUN, OUTPUT],
    "Change role and limits of members.\n\nExample: gwctl teams members update research ada "
    "--max-budget 80")  # fmt: skip
add(members, "remove", _remove, [one_name(TEAM), PEOPLE, YES, DRY_RUN, OUTPUT],
    "Take people out of a team; their keys in it are deleted.\n\nExample: gwctl teams members remove research "
    "ada --yes")  # fmt: skip
add(members, "list", _list, [one_name(TEAM), OUTPUT],
    "List the members of a team.\n\nExample: gwctl teams members list research -o json")  # fmt: skip
add(models, "add", _add_models, [one_name(TEAM), NAMES, YES, DRY_RUN, OUTPUT],
    "Let a team's keys call more models.\n\nExample: gwctl teams models add research gpt-4o")  # fmt: skip
add(models, "remove", _remove_models, [one_name(TEAM), NAMES, INSTEAD, YES, FORCE, DRY_RUN, OUTPUT],
    "Take models from a team.\n\nExample: gwctl teams models remove research gpt-4o")  # fmt: skip
