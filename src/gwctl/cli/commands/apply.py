"""gwctl apply: makes the database agree with manifests, all of it or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gwctl.cli import manifests, show
from gwctl.cli import session as sessions
from gwctl.cli.options import OptionalOutput, YesOption
from gwctl.cli.rotations import SecretsFile
from gwctl.cli.work import place
from gwctl.errors import Conflict, GwctlError

if TYPE_CHECKING:
    from gwctl.core.change import Change
    from gwctl.core.plan import Plan
    from gwctl.core.stage import Stage
    from gwctl.core.sync import Manifest
    from gwctl.core.unit import Unit


def apply(
    files: manifests.Files,
    yes: YesOption = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")] = False,
    create_only: Annotated[bool, typer.Option("--create-only", help="Leave what is there as it is.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Take warnings for errors.")] = False,
    secrets_to: Annotated[
        str | None,
        typer.Option(
            "--secrets-to",
            metavar="FILE",
            help="Write the secrets of new keys to this new file, a JSON object a line.",
            show_default=False,
        ),
    ] = None,
    secrets_append: Annotated[bool, typer.Option("--secrets-append", help="Add to the file if it is there.")] = False,
    checksum: Annotated[
        str | None,
        typer.Option(
            "--checksum",
            metavar="SUM",
            help="Go on only if the plan is the one that diff showed with this checksum.",
            show_default=False,
        ),
    ] = None,
    kind: manifests.Kind = None,
    form: manifests.Format = None,
    output: OptionalOutput = None,
) -> None:
    """Make the database agree with manifests.

    Everything is done in one transaction or not at all; what is so already is left alone. Fields that a manifest does
    not name are not managed.

    Example: gwctl apply -f teams.yaml -f keys/ --secrets-to new-keys.jsonl
    """
    session = sessions.current()
    file = SecretsFile(secrets_to, append=secrets_append)
    manifest = manifests.read(files, form, kind)
    if not dry_run:
        session.allow_change(yes=yes, stdin_used="-" in files)
    reviewed: Plan | None = None
    if manifest.problems or not (yes or dry_run):
        reviewed = rehearse(manifest, create_only=create_only, strict=strict, need_place=not file and not dry_run)
        if not reviewed:
            show.plan(reviewed, output=output)
            return
        for warning in reviewed.warnings:
            session.warn(warning)
        show.plan(reviewed, output=output)
        session.confirm("Apply this", yes=False, stdin_used="-" in files)
    done = _run(
        manifest,
        file,
        create_only=create_only,
        strict=strict,
        keep=not dry_run,
        expected=checksum or (reviewed.checksum if reviewed else None),
    )
    if reviewed is None:
        for warning in done.warnings:
            session.warn(warning)
        if not file.to_stdout:
            show.plan(done, output=output)
    if done and not dry_run:
        session.note("A running proxy may act on what it knew for up to 60 seconds.")
        if file.path is not None and file.path.exists():
            session.note(f"New secrets are in {file.path}.")


def rehearse(manifest: Manifest, *, create_only: bool, strict: bool, need_place: bool) -> Plan:
    """The plan, by reading alone. Raises everything that is wrong at once."""
    from gwctl.core import plan as plans
    from gwctl.core import sync, unit
    from gwctl.core.stage import Stage

    try:
        with unit.reading(place()) as opened:
            stage = Stage(opened)
            changes, unchanged = sync.plan(stage, manifest, create_only=create_only)
            sync.check(manifest, changes, strict=strict)
            if need_place:
                sync.need_place_for_secrets(manifest, changes)
            return plans.of(stage, changes, unchanged)
    except GwctlError as error:
        if error.exit_status in (7, 8):
            manifest.check()
        raise


def _run(
    manifest: Manifest, file: SecretsFile, *, create_only: bool, strict: bool, keep: bool, expected: str | None
) -> Plan:
    from gwctl.core import plan as plans
    from gwctl.core import store, sync, unit
    from gwctl.core.stage import Stage

    made: list[Change] = []

    def work(opened: Unit) -> Plan:
        opened.lock(exclusive=True)
        stage: Stage = Stage(opened)
        changes, unchanged = sync.plan(stage, manifest, create_only=create_only)
        sync.check(manifest, changes, strict=strict)
        if keep and not file:
            sync.need_place_for_secrets(manifest, changes)
        planned = plans.of(stage, changes, unchanged)
        if expected is not None and planned.checksum != expected:
            raise Conflict(
                "the plan is not the one that was reviewed: database or manifests changed since",
                "Look at it again: gwctl diff.",
            )
        if changes:
            store.run(stage)
        made[:] = [change for change in changes if change.secret is not None and "key" not in change.fields]
        if made and file:
            opened.before_commit.append(lambda: file.write(made))
            opened.on_abort.append(file.take_back)
        return planned

    done = unit.write(place(), work, keep=keep)
    if keep:
        file.after_commit(made)
    return done
