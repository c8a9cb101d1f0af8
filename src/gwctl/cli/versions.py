"""`versions NAME`, for the entities whose rows are versions."""

from __future__ import annotations

from collections.abc import Sequence

import typer

from gwctl.cli import render
from gwctl.cli import session as sessions
from gwctl.cli.render import Column
from gwctl.cli.signatures import OUTPUT, add, one_name
from gwctl.cli.work import place
from gwctl.describe import Entity


def add_versions(app: typer.Typer, entity: Entity, columns: Sequence[Column]) -> None:
    """Adds the command to an entity's group."""

    def run(name: str, output: str | None) -> None:
        from gwctl.core import listing, references, unit, versions
        from gwctl.core.listing import Query
        from gwctl.core.stage import Stage

        assert entity.versions is not None
        with unit.reading(place()) as opened:
            stage = Stage(opened)
            row = references.one(stage, entity, name)
            ids = [one[entity.key] for one in versions.of(stage, entity, [row[entity.identity]])]
            query = Query(ids=ids, reserved=True, sort=entity.versions.number)
            rows, session = listing.records(opened, entity, query), sessions.current()
            render.listing(rows, columns, output=output or "table", identity=entity.key, session=session)

    text = f"List the versions of a {entity.name}, the oldest first."
    add(app, "versions", run, [one_name(entity), OUTPUT], f"{text}\n\nExample: gwctl {entity.group} versions NAME")
