"""gwctl policies attach, detach, attachments: whom a policy applies to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gwctl.cli import deeds, render
from gwctl.cli import session as sessions
from gwctl.cli.fields import option
from gwctl.cli.options import OptionalOutput
from gwctl.cli.render import Column, Kind
from gwctl.cli.signatures import DRY_RUN, OUTPUT, STRICT, YES, add, one_name, parameter
from gwctl.cli.work import Work, place
from gwctl.describe import Entity
from gwctl.errors import Invalid, Usage

if TYPE_CHECKING:
    from gwctl.core.change import Change
    from gwctl.core.stage import Stage
    from gwctl.core.unit import Unit

COLUMNS = [
    Column("policy_name", Kind.NAME), Column("scope"), Column("teams", Kind.LIST), Column("keys", Kind.LIST),
    Column("models", Kind.LIST), Column("tags", Kind.LIST), Column("attachment_id", Kind.NAME),
    Column("created_at", Kind.TIME, wide=True), Column("created_by", wide=True),
]  # fmt: skip
IMPACT = [
    Column("kind"), Column("count", Kind.COUNT), Column("unnamed", Kind.COUNT), Column("names", Kind.LIST),
]  # fmt: skip
LISTS = {"team": "teams", "key": "keys", "model": "models", "tag": "tags"}

TARGETS = [
    option("team", list[str], "--team", "TEAM", "A team, by name or id; research-* is all that begin so. Repeats."),
    option("key", list[str], "--key", "KEY", "A key, by alias or hash; nightly-* is all that begin so. Repeats."),
    option("model", list[str], "--model", "MODEL", "A model as requests name it; gpt-* for all of these. Repeats."),
    option("tag", list[str], "--tag", "TAG", "A tag, of which a request must bear one; eu-* for all. Repeats."),
    option("scope", str, "--scope", "*", "Everybody: '*', and no other target."),
]


def add_commands(app: typer.Typer, entity: Entity) -> None:
    """Adds the commands to the group of policies."""

    def attach(name: str, yes: bool, strict: bool, dry_run: bool, output: str | None, **given: Any) -> None:
        from gwctl.operations import attaching

        wanted = _target(entity, given)
        if wanted is None:
            raise Usage("to whom?", "Name --team, --key, --model or --tag, or everybody with --scope '*'.")

        def plan(unit: Unit, stage: Stage) -> Sequence[Change]:
            [row] = deeds.chosen(unit, stage, entity, [name], {})
            return attaching.attach(stage, entity, row, wanted)

        work = Work(plan, strict=strict)
        deeds.deed(entity, work, output=output, dry_run=dry_run, names=[name], yes=yes, asks=False)

    def detach(
        name: str, attachment: str | None, all_: bool, yes: bool, dry_run: bool, output: str | None, **given: Any
    ) -> None:
        from gwctl.operations import attaching

        wanted = _target(entity, given)
        if (wanted is not None) + (attachment is not None) + all_ != 1:
            raise Usage("from whom?", "Name the targets as attach does, or --attachment ID, or --all.")

        def plan(unit: Unit, stage: Stage) -> Sequence[Change]:
            [row] = deeds.chosen(unit, stage, entity, [name], {})
            return attaching.detach(stage, entity, row, wanted, attachment)

        question = "Take attachments from"
        deeds.deed(entity, Work(plan), output=output, dry_run=dry_run, names=[name], yes=yes, question=question)

    def attachments(
        name: Annotated[
            str | None, typer.Argument(metavar="[POLICY]", help="Only those of this policy.", show_default=False)
        ] = None,
        output: OptionalOutput = None,
    ) -> None:
        """List whom policies apply to, in the order in which the gateway asks: the newest first.

        Example: gwctl policies attachments eu
        """
        from gwctl.core import references, unit
        from gwctl.core.stage import Stage
        from gwctl.questions import policies

        with unit.reading(place()) as opened:
            policy = references.one(Stage(opened), entity, name)["policy_name"] if name else None
            rows, session = policies.attached(opened, policy), sessions.current()
            identity, empty = "attachment_id", "There are none."
            render.listing(rows, COLUMNS, output=output or "table", identity=identity, session=session, empty=empty)

    def impact(output: str | None, **given: Any) -> None:
        from gwctl.core import unit
        from gwctl.questions import impact as question

        wanted = _target(entity, given)
        if wanted is None:
            raise Usage("of whom?", "Name --team, --key, --model or --tag, or everybody with --scope '*'.")
        with unit.reading(place()) as opened:
            rows, session = question.estimate(opened, wanted), sessions.current()
            render.listing(rows, IMPACT, output=output or "table", identity="kind", session=session)

    example = "Example: gwctl policies"
    add(app, "impact", impact, [*TARGETS, OUTPUT],
        "Count the teams and keys that an attachment with these targets would fit.\n\n"
        f"{example} impact --team 'research-*' --tag eu")  # fmt: skip
    shape = [one_name(entity), *TARGETS, YES, STRICT, DRY_RUN, OUTPUT]
    add(app, "attach", attach, shape, "Let a policy apply to requests that fit all kinds of targets given.\n\n"
        f"{example} attach eu --team research --model 'gpt-*' --tag eu")  # fmt: skip
    every = Annotated[bool, typer.Option("--all", help="All attachments of the policy.")]
    chosen = option("attachment", str, "--attachment", "ID", "The attachment of this id.")
    shape = [one_name(entity), *TARGETS, chosen, parameter("all_", every, False), YES, DRY_RUN, OUTPUT]
    add(app, "detach", detach, shape, "Take an attachment away, told by the targets that it has, all of them.\n\n"
        f"{example} detach eu --team research --model 'gpt-*' --tag eu --yes")  # fmt: skip
    app.command("attachments")(attachments)


def _target(entity: Entity, given: dict[str, Any]) -> dict[str, Any] | None:
    """The attachment that options speak of, judged; None where they speak of none. Raises Invalid."""
    from gwctl.core import validation

    said = {LISTS[name]: given[name] for name in LISTS if given.get(name)}
    if given.get("scope"):
        said["scope"] = given["scope"]
    if not said:
        return None
    found, wrong = validation.fields(entity, {"attachments": [said]}, textual=True)
    if wrong:
        raise Invalid(f"the attachment {wrong[0].message}", "Nothing was changed.")
    listed: list[dict[str, Any]] = found["attachments"]
    return listed[0]
