"""gwctl keys: what every entity has, and rotation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gwctl.cli import crud, deeds, filters, rotations
from gwctl.cli import fields as options
from gwctl.cli.resets import add_reset_spend
from gwctl.cli.signatures import DRY_RUN, OUTPUT, STRICT, YES, add, many_names, parameter
from gwctl.cli.work import kinds
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
