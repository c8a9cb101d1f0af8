"""gwctl diff: what apply would change, by reading alone."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gwctl.cli import manifests, options, show
from gwctl.cli import session as sessions
from gwctl.cli.commands.apply import rehearse
from gwctl.cli.options import PlanOutput
from gwctl.cli.progress import Progress, shown
from gwctl.cli.work import kinds, place
from gwctl.core.asked import Asked
from gwctl.errors import Usage

if TYPE_CHECKING:
    from gwctl.core.plan import Plan, Step
    from gwctl.questions.drift import Author

LOOKED_AT = 500
"""Of how many steps it is asked who made them necessary."""


def diff(
    files: manifests.OptionalFiles = None,
    against: Annotated[
        str | None,
        typer.Option(
            "--against", metavar="CONTEXT", help="Compare with the gateway of this context.", show_default=False
        ),
    ] = None,
    create_only: Annotated[bool, typer.Option("--create-only", help="Look only for what is not there yet.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Take warnings for errors.")] = False,
    set_name: manifests.SetName = None,
    prune: manifests.Prune = False,
    kind: manifests.Kind = None,
    form: manifests.Format = None,
    output: PlanOutput = None,
) -> int:
    """Show what apply would change. The exit status is 1 if there is something.

    It only reads: the right to SELECT is enough, and a replica will do. -o markdown is made for a pull request.
    Below the plan stands who changed by hand, since the last apply, what it would take back.

    With --against, + is what only the other gateway has, - what only this one has, by name and without secrets.

    Example: gwctl diff -f teams.yaml
    """
    manifests.refuse_prune_without_set(set_name, prune)
    if bool(files) == bool(against):
        raise Usage("diff compares with manifests or with another gateway", "Give -f FILE, or --against CONTEXT.")
    asked = Asked(create_only, strict, set_name, prune, most_created=options.most_created(output))
    with shown(sessions.current()) as progress:
        if against:
            plan = _against(against, asked, kind, progress)
        else:
            plan = rehearse(manifests.read(files or [], form, kind, progress), asked, progress)
    for warning in plan.warnings:
        sessions.current().warn(warning)
    show.plan(plan, output=output, drift=[] if against else _drift(plan))
    return 1 if plan else 0


def _drift(plan: Plan) -> list[tuple[Step, Author]]:
    """Of the first steps, those that take back what somebody did by hand, and who it was."""
    from gwctl.core import unit
    from gwctl.questions import drift

    steps = list(islice(plan.steps, LOOKED_AT))
    if not steps:
        return []
    with unit.reading(place()) as opened:
        found = zip(steps, drift.authors(opened, steps), strict=True)
        return [(step, author) for step, author in found if author is not None]


def _against(context: str, asked: Asked, kind: str | None, progress: Progress) -> Plan:
    """What sets this gateway apart from that of a context."""
    from gwctl import settings
    from gwctl.core import aside, unit
    from gwctl.operations import comparing

    here = place()
    other = settings.resolve(context=context, interactive=False, timeout=sessions.current().options.timeout)
    names = [kind] if kind else kinds().groups()
    entities = [entity for name in names if (entity := kinds().of_group(name)) is not None]
    with tempfile.TemporaryDirectory(prefix="gwctl-") as folder:
        path = Path(folder, "other.jsonl")
        with (
            unit.reading(replace(here, settings=other)) as opened,
            aside.writing(),
            path.open("w", encoding="utf-8") as file,
        ):
            comparing.write(opened, entities, file)
        manifest = manifests.read([str(path)], None, None, progress)
        plan = rehearse(manifest, asked, progress)
        with unit.reading(here) as opened:
            return comparing.with_surplus(opened, plan, manifest, entities)
