"""gwctl secrets: whether what is sealed opens with the salt key, and sealing it under another."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from gwctl.cli import render
from gwctl.cli import session as sessions
from gwctl.cli.lazy import group
from gwctl.cli.options import OptionalOutput, YesOption
from gwctl.cli.render import Column, Kind
from gwctl.cli.work import place
from gwctl.errors import Differs, Invalid

if TYPE_CHECKING:
    from gwctl.core.unit import Unit
    from gwctl.operations.resealing import Resealing

app = group("Whether sealed secrets open with the salt key; another salt key.")

CHECKED = [Column("state"), Column("table"), Column("column"), Column("id", Kind.NAME), Column("name", Kind.NAME)]
RESEALED = [
    Column("table"), Column("column"), Column("resealed", Kind.COUNT), Column("already", Kind.COUNT),
    Column("adopted", Kind.COUNT), Column("plain", Kind.COUNT), Column("dropped", Kind.COUNT),
]  # fmt: skip


@app.command("check")
def check(
    all_: Annotated[bool, typer.Option("--all", help="Show those that open, too.")] = False,
    output: OptionalOutput = None,
) -> None:
    """Show which sealed values of all tables do not open with the salt key, or lie there in plain text.

    The exit status is 1 if there are any. The salt key is that of LITELLM_SALT_KEY, else LITELLM_MASTER_KEY, else
    what the context's salt_key_command prints.

    Example: gwctl secrets check -o json
    """
    from gwctl.core import sealed_states, unit

    session = sessions.current()
    with unit.reading(place()) as opened:
        found = list(sealed_states.check(opened))
    counts = Counter(row["state"] for row in found)
    shown = [row for row in found if all_ or row["state"] != sealed_states.OPENS]
    render.listing(shown, CHECKED, output=output or "table", identity="id", session=session, empty="All of them open.")
    session.note(", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "Nothing is sealed here.")
    bad = sum(counts.values()) - counts[sealed_states.OPENS]
    if bad:
        raise Differs(
            f"{bad} of {sum(counts.values())} values do not open with the salt key",
            "plain: the proxy may take it as it is; unreadable: sealed under another key. gwctl secrets reseal.",
        )


@app.command("reseal")
def reseal(
    new_salt_key_env: Annotated[
        str,
        typer.Option(
            "--new-salt-key-env",
            metavar="NAME",
            help="The environment variable that holds the new salt key.",
            show_default=False,
        ),
    ],
    drop_unreadable: Annotated[
        bool, typer.Option("--drop-unreadable", help="Take away what opens with no key, and name it.")
    ] = False,
    adopt_plaintext: Annotated[
        bool, typer.Option("--adopt-plaintext", help="Seal what lies in plain text where it should be sealed.")
    ] = False,
    yes: YesOption = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")] = False,
    output: OptionalOutput = None,
) -> None:
    """Seal every sealed value of every table anew, under another salt key: all of them or none.

    Each value is opened again before anything is kept. Stop the proxies before, and start them after with the new
    LITELLM_SALT_KEY: until then they read nothing that is sealed. It is undone by resealing, not by audit undo.

    Example: NEW_SALT_KEY=$(cat new-salt-key) gwctl secrets reseal --new-salt-key-env NEW_SALT_KEY --yes
    """  # fmt: skip
    from gwctl.core import unit
    from gwctl.operations import resealing

    session = sessions.current()
    new = os.environ.get(new_salt_key_env)
    if not new:
        raise Invalid(f"the environment variable {new_salt_key_env} is not set", "It should hold the new salt key.")
    if not dry_run:
        session.confirm("Seal all sealed values anew under another salt key", yes=yes)

    def work(opened: Unit) -> Resealing:
        opened.lock(exclusive=True)
        return resealing.reseal(opened, new, drop=drop_unreadable, adopt=adopt_plaintext)

    done = unit.write(place(), work, keep=not dry_run)
    for name in done.unreadable:
        session.warn(f"given up: {name}")
    for name in done.plain:
        session.warn(f"plain text stays: {name}")
    empty = "Nothing is sealed."
    render.listing(done.records(), RESEALED, output=output or "table", identity="table", session=session, empty=empty)
    if not dry_run:
        session.note("Start every proxy anew with the new LITELLM_SALT_KEY.")
