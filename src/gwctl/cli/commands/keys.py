"""gwctl keys: what every entity has, and rotation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gwctl.cli import crud, deeds, filters, rotations
from gwctl.cli import fields as options
from gwctl.cli.commands import jwt_mappings
from gwctl.cli.resets import add_reset_spend
from gwctl.cli.signatures import DRY_RUN, OUTPUT, STRICT, YES, add, many_names, parameter
from gwctl.cli.work import Work, kinds
from gwctl.errors import Usage

if TYPE_CHECKING:
    from gwctl.core.change import Change
    from gwctl.core.stage import Stage
    from gwctl.core.unit import Unit

app = crud.build("key")
KEY = kinds().entity("key")

Grace = Annotated[
    str | None,
    typer.Option(
        "--grace", metavar="DURATION", help="How long the old secret stays valid, as 24h.", show_default=False
    ),
]
Due = Annotated[bool, typer.Option("--due", help="Those whose automatic rotation is due.")]
From = Annotated[
    str | None,
    typer.Option(
        "--secret-from",
        metavar="SOURCE",
        help="A secret of your own: -, {env: NAME} or {file: PATH}.",
        show_default=False,
    ),
]
To = Annotated[
    str | None,
    typer.Option(
        "--secrets-to",
        metavar="FILE",
        help="Write the new secrets to this new file, a JSON object a line, before anything is kept.",
        show_default=False,
    ),
]
Append = Annotated[bool, typer.Option("--secrets-append", help="Add to the file if it is there.")]


def rotate(
    names: list[str] | None, grace: str | None, due: bool, secret_from: str | None, secrets_to: str | None,
    secrets_append: bool, output: str | None, dry_run: bool, strict: bool, yes: bool, **given: Any,
) -> None:  # fmt: skip
    from gwctl import durations
    from gwctl.operations import rotation

    if grace is not None:
        durations.parse(grace)
    by_filter = filters.is_given(KEY, given) or due
    if bool(names) == by_filter:
        raise Usage("which keys?", "Name them, or choose them by --due, --team, --user and the like.")
    own = options.own_secret(secret_from)
    if own is not None and (by_filter or len(names or []) != 1):
        raise Usage("--secret-from is for one key")

    def plan(unit: Unit, stage: Stage) -> Sequence[Change]:
        rows = deeds.chosen(unit, stage, KEY, names, given)
        if due:
            rows = rotation.is_due(rows, unit.now)
        return rotation.rotate(stage, KEY, rows, grace=grace, own=own, due=due)

    several = by_filter or len(names or []) > 1
    rotations.run(
        KEY,
        plan,
        several=several,
        secrets_to=secrets_to,
        append=secrets_append,
        output=output,
        dry_run=dry_run,
        strict=strict,
        yes=yes,
    )


add(
    app,
    "rotate",
    rotate,
    [
        many_names(KEY, optional=True),
        *filters.parameters(KEY, bulk=True),
        parameter("due", Due, False),
        parameter("grace", Grace, None),
        parameter("secret_from", From, None),
        parameter("secrets_to", To, None),
        parameter("secrets_append", Append, False),
        YES,
        STRICT,
        DRY_RUN,
        OUTPUT,
    ],
    "Give keys new secrets; spend, budget and all else stay.\n\nExample: gwctl keys rotate nightly --grace 24h",
)
add_reset_spend(app, KEY)
app.add_typer(jwt_mappings.app, name="jwt-mappings")


def expire(
    names: list[str] | None, unused_for: str | None, expired: bool, output: str | None,
    dry_run: bool, yes: bool, **given: Any,
) -> None:  # fmt: skip
    """Those that were named or not used expire; those that have expired go."""
    from gwctl import durations
    from gwctl.core import changes, listing
    from gwctl.operations import expiry

    if unused_for:
        durations.parse(unused_for)
    by_filter = bool(unused_for) or expired
    if bool(names) == by_filter or (unused_for and expired) or (names and filters.is_given(KEY, given)):
        raise Usage("which keys?", "Name them, or choose them by --unused-for or by --expired.")

    def plan(unit: Unit, stage: Stage) -> Sequence[Change]:
        if names:
            return expiry.expire(stage, KEY, deeds.chosen(unit, stage, KEY, names, given))
        asked = filters.query(unit, KEY, {**given, "unused_for": unused_for, "expired": expired})
        rows = stage.load(KEY.table, KEY.key, listing.identifiers(unit, KEY, asked), change=True)
        return changes.delete(stage, KEY, rows) if expired and rows else expiry.expire(stage, KEY, rows)

    question = "Delete" if expired else "Expire"
    work = Work(plan, bulk=by_filter)
    deeds.deed(KEY, work, output=output, dry_run=dry_run, names=names, yes=yes, question=question, gone=expired)


UNUSED = Annotated[
    str | None,
    typer.Option("--unused-for", metavar="DURATION", help="Those that were not used for so long.", show_default=False),
]
EXPIRED = Annotated[bool, typer.Option("--expired", help="Delete those that have expired.")]
add(
    app,
    "expire",
    expire,
    [
        many_names(KEY, optional=True),
        *filters.parameters(KEY, bulk=True),
        parameter("unused_for", UNUSED, None),
        parameter("expired", EXPIRED, False),
        YES,
        DRY_RUN,
        OUTPUT,
    ],
    "Let keys expire now that nobody uses, or delete those that have expired.\n\n"
    "Example: gwctl keys expire --unused-for 90d --yes",
)
