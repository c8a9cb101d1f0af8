"""Changes that mint secrets for many keys: the secrets lie safe in a file before anything is kept."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from gwctl.cli import render, show
from gwctl.cli import session as sessions
from gwctl.cli.work import Work
from gwctl.describe import Entity
from gwctl.errors import Invalid

if TYPE_CHECKING:
    from gwctl.core.change import Change
    from gwctl.core.stage import Stage
    from gwctl.core.unit import Unit


class SecretsFile:
    """Where minted secrets go: a new file that only its owner can read, a line for each key.

    Written and flushed to the disk before the transaction is kept, and removed again when it is known not to be kept.
    What is no file (stdout, a pipe, a device) cannot be taken back: it is written to once the transaction is kept, and
    never removed.
    """

    def __init__(self, path: str | None, *, append: bool = False) -> None:
        self.path = Path(path) if path and path != "-" else None
        self.to_stdout = path == "-"
        self.append = append
        self._pipe: IO[str] | None = None
        self._began: int | None = None
        if self.path is None or not self.path.exists():
            return
        if not self.path.is_file():
            self._pipe = _opened(self.path)
        elif not append:
            raise Invalid(f"{self.path} is there already", "Name a new file, or add to this one with --secrets-append.")

    def __bool__(self) -> bool:
        return self.path is not None or self.to_stdout

    def write(self, changes: Iterable[Change]) -> None:
        """Writes the secrets of changes. Raises Invalid where the file cannot take them."""
        if self.path is None or self._pipe is not None:
            return
        self.take_back()
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | (0 if self.append else os.O_EXCL)
            descriptor = os.open(self.path, flags, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                self._began = os.fstat(descriptor).st_size
                file.writelines(_line(change) for change in changes if change.secret is not None)
                file.flush()
                os.fsync(descriptor)
        except OSError as error:
            self.take_back()
            raise Invalid(
                f"the secrets cannot be written to {self.path}: {error.strerror}", "Nothing was changed."
            ) from None

    def take_back(self) -> None:
        """Undoes `write`."""
        if self.path is None or self._began is None:
            return
        if self.append:
            os.truncate(self.path, self._began)
        else:
            self.path.unlink(missing_ok=True)
        self._began = None

    def after_commit(self, changes: Iterable[Change]) -> None:
        """To a pipe they can go only once they are valid."""
        stream = sys.stdout if self.to_stdout else self._pipe
        if stream is not None:
            stream.writelines(_line(change) for change in changes if change.secret is not None)
            stream.flush()


def _opened(path: Path) -> IO[str]:
    """A pipe or device to write to; it is opened before anything is done, so that it is known to be there."""
    try:
        return path.open("w", encoding="utf-8")
    except OSError as error:
        raise Invalid(f"the secrets cannot be written to {path}: {error.strerror}", "Nothing was changed.") from None


def _line(change: Change) -> str:
    assert change.secret is not None
    alias = change.value("key_alias")
    return (
        json.dumps({"kind": change.entity.name, "key_alias": alias, "token": change.id, "key": change.secret.reveal()})
        + "\n"
    )


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
    made: list[Change] = []

    def after(unit: Unit, changes: Sequence[Change]) -> list[dict[str, Any]]:
        made[:] = changes
        if file:
            unit.before_commit.append(lambda: file.write(changes))
            unit.on_abort.append(file.take_back)
        return show.outcome(unit, entity, changes, gone=False, names=())

    planned, records = work.run(after, keep=not dry_run)
    if dry_run:
        show.plan(planned, output=output)
        return
    file.after_commit(made)
    if file.to_stdout:
        return
    if not several:
        show.done(entity, planned, records, output=output, gone=False, several=False, minted=True)
        return
    names = show.default_columns(entity)
    shown = [{name: value for name, value in record.items() if name != "key"} for record in records]
    render.listing(shown, show.columns(entity, names), output=output or "table", identity=entity.key, session=session)
    session.note(f"{len(records)} new secrets are in {file.path}.")
