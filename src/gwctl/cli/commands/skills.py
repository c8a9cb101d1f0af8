"""gwctl skills: what every entity has, with the files in from a folder and out to one."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gwctl.cli import crud, deeds, show
from gwctl.cli import fields as options
from gwctl.cli import session as sessions
from gwctl.cli.lazy import group
from gwctl.cli.options import OptionalOutput
from gwctl.cli.signatures import DRY_RUN, OUTPUT, STRICT, YES, add, many_names, parameter
from gwctl.cli.work import Work, kinds, place
from gwctl.errors import Usage

if TYPE_CHECKING:
    from gwctl.core.change import Change
    from gwctl.core.stage import Stage
    from gwctl.core.unit import Unit

app = group(f"{kinds().index['skill'][1]}.")
SKILL = kinds().entity("skill")
FOLDER = parameter(
    "folder",
    Annotated[
        Path | None,
        typer.Option("--from", metavar="FOLDER", help="Its files: a folder with SKILL.md.", show_default=False),
    ],
    None,
)
NAME = Annotated[str, typer.Argument(metavar="SKILL", help="By skill_id or display_title.", show_default=False)]


def _shape(verb: str) -> list[Any]:
    return [FOLDER, *(one for one in options.parameters(SKILL, verb) if one.name not in ("content", "file_name"))]


def _asked(folder: Path | None, given: dict[str, Any], set_null: Sequence[str] = ()) -> dict[str, Any]:
    """The fields that were given, with a folder's archive among them."""
    if folder is not None:
        from gwctl.core import archive

        given["content"] = base64.b64encode(archive.pack(folder)).decode()
        given["file_name"] = f"{folder.resolve().name}.zip"
    return options.judged(SKILL, given, set_null=set_null)


def _create(
    name: str | None, folder: Path | None, if_not_exists: bool, yes: bool, strict: bool, dry_run: bool,
    output: str | None, **given: Any,
) -> None:  # fmt: skip
    title = name or (folder.resolve().name if folder else None)
    fields = _asked(folder, {**given, "display_title": title})

    def plan(unit: Unit, stage: Stage) -> Sequence[Change]:
        from gwctl.core import changes

        if if_not_exists and title and deeds.exists(unit, stage, SKILL, title):
            return []
        return changes.create(stage, SKILL, [fields])

    _deed(Work(plan, strict=strict), [title] if title else None, yes, dry_run, output)


def _update(
    names: list[str], folder: Path | None, set_null: list[str] | None, yes: bool, strict: bool, dry_run: bool,
    output: str | None, **given: Any,
) -> None:  # fmt: skip
    fields = {**_asked(folder, given, set_null or ()), **options.edits(SKILL, given)}
    if not fields:
        raise Usage("there is nothing to change", "Give a field: gwctl skills update --help lists them.")

    def plan(unit: Unit, stage: Stage) -> Sequence[Change]:
        from gwctl.core import changes

        rows = deeds.chosen(unit, stage, SKILL, names, {})
        return changes.update(stage, SKILL, rows, [fields] * len(rows))

    _deed(Work(plan, strict=strict), names, yes, dry_run, output)


def _deed(work: Work, names: Sequence[str] | None, yes: bool, dry_run: bool, output: str | None) -> None:
    """As every change; what it leaves is shown without the archive."""
    quiet = deeds.deed(SKILL, work, output=output, dry_run=dry_run, names=names, yes=yes, asks=False, quiet=True)
    for record in quiet:
        show.one(SKILL, _shown(record), output=output)


def _shown(record: dict[str, Any]) -> dict[str, Any]:
    """A record with the list of its files in the place of the archive."""
    from gwctl.core import archive

    content = record.pop("content", None)
    return {**record, "files": archive.listed(base64.b64decode(content)) if content else []}


@app.command("get")
def get(name: NAME, output: OptionalOutput = None) -> None:
    """Show one skill, with the names of its files.

    Example: gwctl skills get reports
    """
    show.one(SKILL, _shown(_record(name)), output=output)


@app.command("download")
def download(
    name: NAME,
    to: Annotated[Path, typer.Option("--to", metavar="FOLDER", help="A folder that is new or empty.")],
) -> None:
    """Write a skill's files to a folder.

    Example: gwctl skills download reports --to ./reports
    """
    from gwctl.core import archive
    from gwctl.errors import NotFound

    content = _record(name).get("content")
    if not content:
        raise NotFound(f"skill {name!r} has no files", "gwctl skills update SKILL --from FOLDER gives it some.")
    written = archive.unpack(base64.b64decode(content), to)
    sessions.current().note(f"Wrote {len(written)} files to {to}.")


def _record(name: str) -> dict[str, Any]:
    from gwctl.core import listing, references, unit
    from gwctl.core.stage import Stage

    with unit.reading(place()) as opened:
        row = references.one(Stage(opened), SKILL, name)
        return listing.record(opened, SKILL, row["skill_id"])


TITLE = Annotated[
    str | None, typer.Argument(metavar="[TITLE]", help="Its title; the folder's name if left out.", show_default=False)
]
ONCE = Annotated[bool, typer.Option("--if-not-exists", help="Leave it as it is if it is there already.")]
NULLS = Annotated[
    list[str] | None, typer.Option("--set-null", metavar="FIELD", help="Clear this field. Repeats.", show_default=False)
]
add(app, "create", _create,
    [parameter("name", TITLE, None), *_shape("create"), parameter("if_not_exists", ONCE, False), YES, STRICT, DRY_RUN,
     OUTPUT],
    "Make a skill, with the files of a folder.\n\nExample: gwctl skills create reports --from ./reports")  # fmt: skip
crud.list_(app, SKILL)
add(app, "update", _update,
    [many_names(SKILL), *_shape("update"), parameter("set_null", NULLS, None), YES, STRICT, DRY_RUN, OUTPUT],
    "Change a skill; its files are replaced whole.\n\n"
    "Example: gwctl skills update reports --from ./reports")  # fmt: skip
crud.delete(app, SKILL)
