"""gwctl invitations: links with which users enter the gateway's interface."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gwctl.cli import crud, deeds, fields
from gwctl.cli.lazy import group
from gwctl.cli.signatures import DRY_RUN, OUTPUT, YES, add, parameter
from gwctl.cli.work import Work, kinds

if TYPE_CHECKING:
    from gwctl.core.change import Change
    from gwctl.core.stage import Stage
    from gwctl.core.unit import Unit

app = group("Invitations to the gateway's interface.")
INVITATION = kinds().entity("invitation")
for command in (crud.list_, crud.get, crud.update, crud.delete):
    command(app, INVITATION)


def invite(user: str, yes: bool, dry_run: bool, output: str | None, **given: Any) -> list[dict[str, Any]]:
    """Makes an invitation."""
    from gwctl.core import changes

    asked = {"user": user, **fields.judged(INVITATION, given)}

    def plan(_: Unit, stage: Stage) -> Sequence[Change]:
        return changes.create(stage, INVITATION, [asked])

    return deeds.deed(
        INVITATION, Work(plan), output=output, dry_run=dry_run, yes=yes, asks=False, quiet=given.get("quiet", False)
    )


def _create(user: str, expires_at: str | None, yes: bool, dry_run: bool, output: str | None) -> None:
    invite(user, yes, dry_run, output, expires_at=expires_at)


USER = parameter("user", Annotated[str, typer.Argument(metavar="USER", help="Who is invited.", show_default=False)])
UNTIL = fields.option("expires_at", str, "--expires-at", "MOMENT", "Until when it can be used; seven days if not said.")
add(app, "create", _create, [USER, UNTIL, YES, DRY_RUN, OUTPUT],
    "Invite a user. gwctl users invite prints the path of the link alone.\n\n"
    "Example: gwctl invitations create ada")  # fmt: skip
