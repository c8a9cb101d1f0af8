"""gwctl settings: the gateway's configuration as far as it lies in the database."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gwctl.cli import deeds, fields, render
from gwctl.cli import session as sessions
from gwctl.cli.lazy import group
from gwctl.cli.options import OptionalOutput
from gwctl.cli.render import Column, Kind
from gwctl.cli.signatures import DRY_RUN, FORCE, PLAN, STRICT, YES, add, parameter
from gwctl.cli.work import Work, kinds, place
from gwctl.errors import Invalid, Usage

if TYPE_CHECKING:
    from gwctl.core.change import Change
    from gwctl.core.stage import Stage
    from gwctl.core.unit import Unit

app = group(f"{kinds().index['setting'][1]}.")
SETTING = kinds().entity("setting")
PATH = Annotated[
    str,
    typer.Argument(
        metavar="PATH", help="SECTION, SECTION.NAME or deeper; a dot in a name bears a backslash.", show_default=False
    ),
]
COLUMNS = [
    Column("setting", Kind.NAME), Column("value", Kind.JSON), Column("takes_effect"),
    Column("sealed", Kind.FLAG, wide=True), Column("table", wide=True),
]  # fmt: skip
DIFFERENCES = [
    Column("setting", Kind.NAME), Column("state"), Column("wins"), Column("file", Kind.JSON),
    Column("database", Kind.JSON),
]  # fmt: skip


def parts(path: str) -> list[str]:
    """The names of a path. Raises Usage for an empty one."""
    found = [re.sub(r"\\(.)", r"\1", name) for name in re.findall(r"(?:\\.|[^.\\])+", path)]
    if not found or ".." in path or path.startswith(".") or path.endswith("."):
        raise Usage(f"{path!r} is no path of a setting", "It is SECTION.NAME, as general_settings.store_model_in_db.")
    return found


@app.command("list")
def list_(
    section: Annotated[
        str | None, typer.Argument(metavar="[SECTION]", help="Only this section.", show_default=False)
    ] = None,
    output: OptionalOutput = None,
) -> None:
    """List the settings that lie in the database, and when a running proxy acts on a change of each.

    Example: gwctl settings list general_settings
    """
    from gwctl.core import unit
    from gwctl.questions import settings

    with unit.reading(place()) as opened:
        rows, session, empty = settings.entries(opened, section), sessions.current(), "The database holds none."
        render.listing(rows, COLUMNS, output=output or "table", identity="setting", session=session, empty=empty)


@app.command("get")
def get(path: PATH, output: OptionalOutput = None) -> None:
    """Show a section, or one setting, secrets masked.

    Example: gwctl settings get general_settings.store_model_in_db
    """
    from gwctl.core import unit
    from gwctl.questions import settings

    with unit.reading(place()) as opened:
        record = settings.entry(opened, parts(path))
    render.one(record, COLUMNS, output=output or "table", identity="setting", session=sessions.current())


@app.command("diff")
def diff(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The proxy's config.yaml.", show_default=False)],
    everything: Annotated[bool, typer.Option("--all", help="Also what both say, and what only the file says.")] = False,
    output: OptionalOutput = None,
) -> None:
    """Show where the database goes before a proxy's own file; exit status 1 if it does.

    Example: gwctl settings diff config.yaml
    """
    from gwctl.core import proxy_file, unit
    from gwctl.questions import settings

    config, session = proxy_file.read(file), sessions.current()
    with unit.reading(place()) as opened:
        rows = list(settings.differences(opened, config, everything=everything))
        reads = settings.reads_database(opened, config)
    empty = "The database contradicts nothing in the file."
    render.listing(rows, DIFFERENCES, output=output or "table", identity="setting", session=session, empty=empty)
    if not reads:
        session.warn("neither says store_model_in_db: true: without STORE_MODEL_IN_DB the proxy heeds its file alone")
    if any(row["wins"] == "database" and row["state"] != "same" for row in rows):
        raise typer.Exit(1)


def _set(
    path: str, value: str | None, secret_from: str | None, text: bool, yes: bool, strict: bool, force: bool,
    dry_run: bool, output: str | None,
) -> None:  # fmt: skip
    from gwctl.operations import settings
    from gwctl.rules import setting_places

    names = parts(path)
    wanted = _wanted(names, value, secret_from, text=text)

    def plan(_: Unit, stage: Stage) -> Sequence[Change]:
        return settings.set_value(stage, SETTING, names, wanted)

    _deed(Work(plan, strict=strict, force=force), yes=yes, asks=False, dry_run=dry_run, output=output)
    for key in () if dry_run else names[1:2] or list(wanted):
        sessions.current().note(f"A running proxy acts on {key} {setting_places.takes_effect(names[0], key)}.")


def _unset(path: str, yes: bool, dry_run: bool, output: str | None) -> None:
    from gwctl.operations import settings
    from gwctl.rules import setting_places

    names = parts(path)

    def plan(_: Unit, stage: Stage) -> Sequence[Change]:
        return settings.unset(stage, SETTING, names)

    _deed(Work(plan), yes=yes, asks=len(names) == 1, dry_run=dry_run, output=output)
    if not dry_run and setting_places.is_read(names[0]):
        sessions.current().note(f"A running proxy acts on it {setting_places.removal_takes_effect(names[0])}.")


def _deed(work: Work, *, yes: bool, asks: bool, dry_run: bool, output: str | None) -> None:
    deeds.deed(
        SETTING, work, output=output, dry_run=dry_run, yes=yes, asks=asks, question="Delete all of", planned=True
    )


def _wanted(names: Sequence[str], value: str | None, secret_from: str | None, *, text: bool) -> Any:
    """The value that was given. Raises Usage, Invalid."""
    from gwctl import secrets

    if (value is None) == (secret_from is None):
        raise Usage("which value?", "Give it behind the path, or say with --secret-from where it lies.")
    if secret_from is not None:
        secret = fields.own_secret(secret_from)
        assert secret is not None
        return secret.reveal()
    assert value is not None
    found = _read(names, value, text=text)
    typed = found == value or not value.startswith("@")
    if typed and secrets.masked({names[-1]: found}) != {names[-1]: found}:
        raise Usage(
            f"a secret as {'.'.join(names)} does not stand on the command line, where it is kept",
            "Say where it lies: --secret-from -, {env: NAME} or {file: PATH}; an object can come out of @FILE.",
        )
    return found


def _read(names: Sequence[str], value: str, *, text: bool) -> Any:
    from gwctl.rules import setting_values

    kind = setting_values.kind_of(names[0], names[1]) if len(names) == 2 else None
    if text or kind is str:
        return value
    if value.startswith("@"):
        value = _contents(value[1:])
    try:
        found = json.loads(value)
    except ValueError:
        if kind in (dict, list) or value[:1] in ("{", "[", '"'):
            raise Invalid(f"{'.'.join(names)} should be JSON", "Quote it for the shell, or give @FILE.") from None
        return value
    if found is None:
        raise Usage(f"null is no value of {'.'.join(names)}", f"gwctl settings unset {'.'.join(names)} takes it out.")
    return found


def _contents(name: str) -> str:
    try:
        return Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"cannot read {name}: {getattr(error, 'strerror', None) or 'not UTF-8'}") from None


VALUE = Annotated[
    str | None,
    typer.Argument(metavar="[VALUE]", help="JSON, @FILE with JSON, or a text.", show_default=False),
]
TEXT = Annotated[bool, typer.Option("--text", help="The value is a text, even if it looks like a number or JSON.")]
SECRET = fields.option(
    "secret_from", str, "--secret-from", "SOURCE", "Take the value from -, {env: NAME} or {file: PATH}."
)
add(app, "set", _set,
    [parameter("path", PATH), parameter("value", VALUE, None), SECRET, parameter("text", TEXT, False), YES, STRICT,
     FORCE, DRY_RUN, PLAN],
    "Give one setting a value, or with a section and an object, several; what stands beside them stays.\n\n"
    "Example: gwctl settings set general_settings.store_model_in_db true")  # fmt: skip
add(app, "unset", _unset, [parameter("path", PATH), YES, DRY_RUN, PLAN],
    "Take one setting out of the database, or a whole section.\n\n"
    "Example: gwctl settings unset router_settings.fallbacks")  # fmt: skip
