"""gwctl apply: makes the database agree with manifests, all of it or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from gwctl.cli import manifests, options, pickup, show
from gwctl.cli import session as sessions
from gwctl.cli.options import PlanOutput, YesOption
from gwctl.cli.progress import Progress, shown
from gwctl.cli.secrets_file import SecretsFile
from gwctl.cli.work import place
from gwctl.core.asked import Asked
from gwctl.errors import GwctlError

if TYPE_CHECKING:
    from gwctl.core.change import Change
    from gwctl.core.judging import Manifest
    from gwctl.core.plan import Plan
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
    set_name: manifests.SetName = None,
    prune: manifests.Prune = False,
    force: Annotated[bool, typer.Option("--force", help="Go on where a guard would refuse.")] = False,
    kind: manifests.Kind = None,
    form: manifests.Format = None,
    output: PlanOutput = None,
) -> None:
    """Make the database agree with manifests.

    Everything is done in one transaction or not at all; what is so already is left alone. Fields that a manifest does
    not name are not managed.

    Example: gwctl apply -f teams.yaml -f keys/ --secrets-to new-keys.jsonl
    """
    session = sessions.current()
    manifests.refuse_prune_without_set(set_name, prune)
    file = SecretsFile(secrets_to, append=secrets_append)
    with shown(session) as progress:
        manifest = manifests.read(files, form, kind, progress)
        session.point("spooled")
        asked = Asked(
            create_only, strict, set_name, prune, force, not file and not dry_run, options.most_created(output)
        )
        if not dry_run:
            session.allow_change(yes=yes, stdin_used="-" in files)
        reviewed: Plan | None = None
        if manifest.problems or not (yes or dry_run):
            reviewed = rehearse(manifest, asked, progress)
            _tell(reviewed, output)
            if not reviewed and set_name is None:
                return
            session.confirm("Apply this", yes=False, stdin_used="-" in files)
            checksum = checksum or reviewed.checksum
        done = _run(manifest, asked, file, progress, keep=not dry_run, expected=checksum)
    if reviewed is None:
        _tell(done, output, shown=not file.to_stdout)
    if done and not dry_run:
        for note in pickup.notes(done.touched):
            session.note(note)
        if file.path is not None and file.path.exists():
            session.note(f"New secrets are in {file.path}.")


def _tell(plan: Plan, output: str | None, *, shown: bool = True) -> None:
    for warning in plan.warnings:
        sessions.current().warn(warning)
    if shown:
        show.plan(plan, output=output)


def rehearse(manifest: Manifest, asked: Asked, progress: Progress) -> Plan:
    """The plan, by reading alone. Raises everything that is wrong at once."""
    from gwctl.core import unit
    from gwctl.operations import applying

    progress.begin("planning", len(manifest))
    try:
        with unit.reading(place()) as opened:
            return applying.rehearse(opened, manifest, asked, progress.seen)
    except GwctlError as error:
        if error.exit_status in (7, 8):
            manifest.check()
        raise
    finally:
        progress.stop()


def _run(
    manifest: Manifest, asked: Asked, file: SecretsFile, progress: Progress, *, keep: bool, expected: str | None
) -> Plan:
    from gwctl.core import unit
    from gwctl.core.sync import is_minted
    from gwctl.operations import applying

    def work(opened: Unit) -> Plan:
        progress.begin("applying", len(manifest))
        opened.lock(exclusive=True)
        opened.place.point("locked")
        if not (file and keep):
            return applying.apply(opened, manifest, asked, expected, seen=progress.seen)
        opened.on_abort.append(file.take_back)
        opened.before_commit.append(seal)
        return applying.apply(opened, manifest, asked, expected, before=gather, seen=progress.seen)

    def gather(changes: Sequence[Change]) -> None:
        if minted := [change for change in changes if is_minted(change)]:
            file.add(minted)
            sessions.current().point("secrets gathered")

    def seal() -> None:
        file.seal()
        sessions.current().point("secrets in place")

    done = unit.write(place(), work, keep=keep)
    progress.stop()
    if keep:
        file.after_commit()
    return done
