"""gwctl export: manifests out of the database."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gwctl.cli import destinations
from gwctl.cli import session as sessions
from gwctl.cli.work import kinds, place
from gwctl.errors import Usage

if TYPE_CHECKING:
    from gwctl.core.export_forms import Export
    from gwctl.core.unit import Unit
    from gwctl.describe import Entity

FORMATS = ("yaml", "json", "jsonl")
SUFFIXES = {f".{one}": one for one in FORMATS} | {".yml": "yaml"}


def export(
    groups: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[GROUP]...",
            help="What to export, as teams keys; everything if nothing is said.",
            show_default=False,
        ),
    ] = None,
    team: Annotated[
        list[str] | None,
        typer.Option("--team", metavar="NAME", help="This team and what belongs to it; can be given more than once."),
    ] = None,
    org: Annotated[
        list[str] | None,
        typer.Option("--org", metavar="NAME", help="This organisation and what belongs to it; more than once, too."),
    ] = None,
    with_hashes: Annotated[
        bool,
        typer.Option(
            "--with-hashes", help="With the hashes of keys, so that their secrets work where they are applied."
        ),
    ] = False,
    all_rows: Annotated[bool, typer.Option("--all-rows", help="Also what the gateway keeps for itself.")] = False,
    to: Annotated[
        str | None,
        typer.Option(
            "--to", metavar="FILE|FOLDER/", show_default=False,
            help="A file, or a folder with a file for each group, instead of stdout; what is there is replaced.",
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output", "-o", metavar="|".join(FORMATS), show_default=False,
            help="The form of the manifest: as the name of the file says, else yaml.",
        ),
    ] = None,
) -> None:  # fmt: skip
    """Write manifests of what is in the database.

    Applied to the same database they change nothing. The order is stable, so that a repository shows what changed.

    With --team or --org: these, and what refers to them (teams, projects, keys, models and vector stores of a team),
    and what refers to that; besides what all of it refers to, so that an empty gateway takes it: members and owners of
    keys, budgets that are shared, access groups, the organisation. MCP servers, agents, guardrails, tags and names of
    models are not followed.

    --to replaces files whole, and only once everything is read; in a folder the file of a group that is empty by now is
    removed, and other files stay.

    Example: gwctl export teams keys > gateway.yaml

    Example: gwctl export --team research --to research.yaml

    Example: gwctl export --to gateway/
    """
    from gwctl.core import scope, unit
    from gwctl.core.export_forms import Export
    from gwctl.core.listing import Query

    form = _form(output, to)
    chosen = _chosen(groups or kinds().groups())
    with unit.reading(place()) as opened:
        only = scope.of(opened, {"team": team or [], "org": org or []}) if team or org else None
        exported = Export(opened, Query(reserved=all_rows), with_hashes, only)
        present = exported.present(chosen)
        _write(exported, chosen, present, form, to)
        _tell(opened, present)


def _form(output: str | None, to: str | None) -> str:
    if output is not None and output not in FORMATS:
        raise Usage(f"--output {output!r} is not a form of a manifest", f"It is one of: {', '.join(FORMATS)}.")
    return output or (SUFFIXES.get(Path(to).suffix, "yaml") if to and not destinations.is_folder(to) else "yaml")


def _chosen(groups: list[str]) -> list[Entity]:
    found = []
    for name in groups:
        entity = kinds().of_group(name)
        if entity is None or not entity.in_manifests:
            raise Usage(f"there is no group {name!r}", f"There are: {', '.join(kinds().groups())}.")
        found.append(entity)
    return list(dict.fromkeys(found))


def _write(exported: Export, chosen: Sequence[Entity], present: Sequence[Entity], form: str, to: str | None) -> None:
    from gwctl.core.export_forms import texts

    if to is None or to == "-":
        sys.stdout.writelines(texts(form, exported, present))
    elif not destinations.is_folder(to):
        destinations.write({Path(to): texts(form, exported, present)})
        sessions.current().note(f"{to}: written")
    else:
        files = {
            destinations.made(to) / f"{entity.group}.{form}": _of_group(exported, entity, form)
            if entity in present
            else ()
            for entity in chosen
        }
        written, removed = destinations.write(files, remove_empty=True)
        sessions.current().note(f"{to}: {written} files written, {removed} removed")


def _of_group(exported: Export, entity: Entity, form: str) -> Iterator[str]:
    """The text of a group's own file, which is empty where there is nothing to tell."""
    from gwctl.core.export_forms import EMPTY_JSON, texts

    return (piece for piece in texts(form, exported, [entity]) if piece != EMPTY_JSON)


def _tell(unit: Unit, present: Sequence[Entity]) -> None:
    """What an export does not tell of."""
    for warning in dict.fromkeys(unit.warnings):
        sessions.current().warn(warning)
    for entity in present:
        if unknown := unit.unknown(entity.table):
            note = f"{entity.group}: without what this gwctl does not know of: {', '.join(unknown)}"
            sessions.current().note(note)
