"""Rotations: keys that get other secrets, one or many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from gwctl.cli import render, show
from gwctl.cli import session as sessions
from gwctl.cli.secrets_file import SecretsFile
from gwctl.cli.work import Work
from gwctl.describe import Entity
from gwctl.errors import Invalid

if TYPE_CHECKING:
    from gwctl.core.change import Change
    from gwctl.core.stage import Stage
    from gwctl.core.unit import Unit


def run(
    entity: Entity, plan: Callable[[Unit, Stage], Sequence[Change]], *, several: bool,
    secrets_to: str | None, append: bool, output: str | None, dry_run: bool, strict: bool, yes: bool,
) -> None:  # fmt: skip
    """Rotates keys: one prints its secret, several need a place for theirs."""
    session = sessions.current()
    file = SecretsFile(secrets_to, append=append)
    if several and not file and not dry_run:
        raise Invalid("the new secrets need a place", "--secrets-to FILE, or --secrets-to - for stdout.")
    work = Work(plan, strict=strict, bulk=several)
    if not dry_run:
        session.allow_change(yes=yes)
        if several and not yes:
            session.confirm(show.question("Rotate", entity, work.rehearse()), yes=False)

    def after(unit: Unit, changes: Sequence[Change]) -> list[dict[str, Any]]:
        if file:
            unit.on_abort.append(file.take_back)
            unit.before_commit.append(file.seal)
            file.add(changes)
        return show.outcome(unit, entity, changes, gone=False, names=())

    planned, records = work.run(after, keep=not dry_run)
    if dry_run:
        show.plan(planned, output=output)
        return
    file.after_commit()
    if file.to_stdout:
        return
    if not several:
        show.done(entity, planned, records, output=output, gone=False, several=False, minted=True)
        return
    names = show.default_columns(entity)
    shown = [{name: value for name, value in record.items() if name != "key"} for record in records]
    render.listing(shown, show.columns(entity, names), output=output or "table", identity=entity.key, session=session)
    session.note(f"{len(records)} new secrets are in {file.path}.")
