"""gwctl export: manifests out of the database."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gwctl.cli import session as sessions
from gwctl.cli.work import kinds, place
from gwctl.errors import Usage

if TYPE_CHECKING:
    from gwctl.core.unit import Unit
    from gwctl.describe import Entity

FORMATS = ("yaml", "json", "jsonl")


def export(
    groups: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[GROUP]...",
            help="What to export, as teams keys; everything if nothing is said.",
            show_default=False,
        ),
    ] = None,
    with_hashes: Annotated[
        bool,
        typer.Option(
            "--with-hashes", help="With the hashes of keys, so that their secrets work where they are applied."
        ),
    ] = False,
    all_rows: Annotated[bool, typer.Option("--all-rows", help="Also what the gateway keeps for itself.")] = False,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="|".join(FORMATS), help="The form of the manifest.")
    ] = "yaml",
) -> None:
    """Write manifests of what is in the database.

    Applied to the same database they change nothing. The order is stable, so that a repository shows what changed.

    Example: gwctl export teams keys > gateway.yaml
    """
    from gwctl.core import unit

    if output not in FORMATS:
        raise Usage(f"--output {output!r} is not a form of a manifest", f"It is one of: {', '.join(FORMATS)}.")
    chosen = _chosen(groups or kinds().groups())
    with unit.reading(place()) as opened:
        sys.stdout.writelines(_written(opened, chosen, output, with_hashes=with_hashes, reserved=all_rows))
        for entity in chosen:
            if unknown := opened.unknown(entity.table):
                note = f"{entity.group}: without what this gwctl does not know of: {', '.join(unknown)}"
                sessions.current().note(note)


def _chosen(groups: list[str]) -> list[Entity]:
    found = []
    for name in groups:
        entity = kinds().of_group(name)
        if entity is None or not entity.in_manifests:
            raise Usage(f"there is no group {name!r}", f"There are: {', '.join(kinds().groups())}.")
        found.append(entity)
    return found


def _written(unit: Unit, chosen: list[Entity], output: str, *, with_hashes: bool, reserved: bool) -> Iterator[str]:
    from gwctl.core import export as exports
    from gwctl.core.listing import Query

    read = {
        one.group: exports.documents(unit, one, Query(reserved=reserved), with_hashes=with_hashes) for one in chosen
    }
    match output:
        case "json":
            yield (
                json.dumps(
                    {group: found for group, documents in read.items() if (found := list(documents))},
                    ensure_ascii=False,
                    indent=2,
                )
                + "\n"
            )
        case "jsonl":
            for entity in chosen:
                for document in read[entity.group]:
                    yield json.dumps({"kind": entity.name, **document}, ensure_ascii=False) + "\n"
        case _:
            for group, documents in read.items():
                yield from _yaml(group, documents)


def _yaml(group: str, documents: Iterator[dict[str, Any]]) -> Iterator[str]:
    from gwctl.core.manifest.writing import dump

    first = True
    for document in documents:
        if first:
            yield f"{group}:\n"
        first = False
        text = dump([document])
        yield "".join(f"  {line}\n" for line in text.splitlines())
