"""gwctl diff: what apply would change, by reading alone."""

from __future__ import annotations

from typing import Annotated

import typer

from gwctl.cli import manifests, show
from gwctl.cli import session as sessions
from gwctl.cli.commands.apply import rehearse
from gwctl.cli.options import OptionalOutput
from gwctl.core.asked import Asked


def diff(
    files: manifests.Files,
    create_only: Annotated[bool, typer.Option("--create-only", help="Look only for what is not there yet.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Take warnings for errors.")] = False,
    set_name: manifests.SetName = None,
    prune: manifests.Prune = False,
    kind: manifests.Kind = None,
    form: manifests.Format = None,
    output: OptionalOutput = None,
) -> int:
    """Show what apply would change. The exit status is 1 if there is something.

    It only reads: the right to SELECT is enough, and a replica will do. -o markdown is made for a pull request.

    Example: gwctl diff -f teams.yaml
    """
    manifests.refuse_prune_without_set(set_name, prune)
    asked = Asked(create_only, strict, set_name, prune)
    plan = rehearse(manifests.read(files, form, kind), asked)
    for warning in plan.warnings:
        sessions.current().warn(warning)
    show.plan(plan, output=output)
    return 1 if plan else 0
