"""gwctl users: what every entity has, invitations, and what a user owns."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from gwctl.cli import crud, deeds, fields
from gwctl.cli import session as sessions
from gwctl.cli.commands import invitations
from gwctl.cli.resets import add_reset_spend
from gwctl.cli.signatures import DRY_RUN, OUTPUT, PLAN, YES, add, one_name, parameter
from gwctl.cli.work import Work, kinds
from gwctl.errors import Usage

if TYPE_CHECKING:
    from gwctl.core.change import Change
    from gwctl.core.stage import Stage
    from gwctl.core.unit import Unit

app = crud.build("user")
USER = kinds().entity("user")
add_reset_spend(app, USER)

KEPT = "Spend, its daily sums, archives and the audit log keep the old id: they are history."


def _invite(name: str, yes: bool, dry_run: bool, output: str | None) -> None:
    records = invitations.invite(name, yes, dry_run, output, quiet=output is None)
    if records and output is None:
        sys.stdout.write(f"/ui?invitation_id={records[0]['id']}\n")


def _rename(name: str, new: str, yes: bool, dry_run: bool, output: str | None) -> None:
    from gwctl.operations import ownership

    def plan(unit: Unit, stage: Stage) -> Sequence[Change]:
        [row] = deeds.chosen(unit, stage, USER, [name], {})
        return ownership.rename(stage, USER, row, new)

    deeds.deed(USER, Work(plan, bulk=True), output=output, dry_run=dry_run, names=[name], yes=yes, question="Rename")
    sessions.current().note(KEPT)


def _reassign(name: str, taker: str, yes: bool, dry_run: bool, output: str | None) -> None:
    from gwctl.operations import ownership

    def plan(unit: Unit, stage: Stage) -> Sequence[Change]:
        giver, receiver = (deeds.chosen(unit, stage, USER, [one], {})[0] for one in (name, taker))
        return ownership.reassign(stage, USER, giver, receiver)

    question = f"Give {taker} all that belongs to"
    deeds.deed(
        USER,
        Work(plan, bulk=True),
        output=output,
        dry_run=dry_run,
        names=[name],
        yes=yes,
        question=question,
        planned=True,
    )
    sessions.current().note(KEPT)


def _set_password(
    name: str, password_from: str | None, clear: bool, yes: bool, dry_run: bool, output: str | None
) -> None:
    from gwctl.operations import passwords

    if (password_from is None) != clear:
        raise Usage("which password?", "--password-from - reads it from stdin; --clear takes it.")
    password = None if password_from is None else fields.own_secret(password_from, "--password-from")

    def plan(unit: Unit, stage: Stage) -> Sequence[Change]:
        [row] = deeds.chosen(unit, stage, USER, [name], {})
        return passwords.put(stage, USER, row, password)

    deeds.deed(
        USER, Work(plan), output=output, dry_run=dry_run, names=[name], yes=yes, asks=clear,
        question="Take the password of",
    )  # fmt: skip


NEW = parameter("new", Annotated[str, typer.Argument(metavar="NEW_ID", help="The id to be.", show_default=False)])
TAKER = parameter("taker", Annotated[str, typer.Argument(metavar="TO", help="Who gets it.", show_default=False)])
add(app, "invite", _invite, [one_name(USER), YES, DRY_RUN, OUTPUT],
    "Invite a user to the gateway's interface; prints the path of the link.\n\n"
    "Example: gwctl users invite ada")  # fmt: skip
add(app, "rename", _rename, [one_name(USER), NEW, YES, DRY_RUN, OUTPUT],
    "Give a user another id, wherever it is named. Spend and archives keep the old one.\n\n"
    "Example: gwctl users rename ada ada.lovelace --yes")  # fmt: skip
add(app, "reassign", _reassign, [one_name(USER), TAKER, YES, DRY_RUN, PLAN],
    "Give all that a user owns to another: keys, memberships, invitations, files. Spend and archives stay.\n\n"
    "Example: gwctl users reassign ada grace --yes")  # fmt: skip
FROM = fields.option("password_from", str, "--password-from", "SOURCE", "The password: -, env:NAME or file:PATH.")
CLEAR = parameter("clear", Annotated[bool, typer.Option("--clear", help="Take the password: none lets in.")], False)
add(app, "set-password", _set_password, [one_name(USER), FROM, CLEAR, YES, DRY_RUN, OUTPUT],
    "Set the password with which a user enters the gateway's interface. Its hash is stored; it is never shown.\n\n"
    "Example: gwctl users set-password ada --password-from - < password.txt")  # fmt: skip
