"""Names for the shell: of what is in the database that the command would work on, that which begins as what was typed.

The shell asks whenever a key is pressed: so few rows are read, within a second or not at all, no server is started, and
where anything is wrong there is nothing to complete, and no word of it. Names with blanks and the like would have to be
quoted as the shell has it, and are left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gwctl.entities import INDEX

if TYPE_CHECKING:
    from gwctl.describe import Entity
    from gwctl.settings import Settings

MOST = 100
SECONDS = 1
_WORD = re.compile(r"[\w./@+-]+")

Completer = Callable[[Any, str], list[str]]


def completer(kind: str | None) -> Completer | None:
    """What completes names of a kind; None where that is none."""
    if kind not in INDEX:
        return None

    def complete(ctx: Any, incomplete: str) -> list[str]:
        before, comma, last = incomplete.rpartition(",")
        try:
            found = _names(_settings(ctx.find_root().params), kind, last)
        except Exception:  # noqa: BLE001 - a shell that completes has no place for an error
            return []
        return [f"{before}{comma}{name}" for name in found if _WORD.fullmatch(name)]

    return complete


def _settings(given: dict[str, Any]) -> Settings | None:
    """Where the command would work; None where that is a server that does not run."""
    from dataclasses import replace

    from gwctl import settings, urls

    found = settings.resolve(
        database_url=given.get("database_url"), context=given.get("context"), timeout=SECONDS, interactive=True
    )
    if not found.local:
        return found
    from gwctl.core import local

    url = local.status().url
    return replace(found, url=urls.parse(url)) if url else None


def _names(settings: Settings | None, kind: str, begun: str) -> list[str]:
    if settings is None:
        return []
    import sqlalchemy as sa

    from gwctl.cli.work import kinds
    from gwctl.core import unit

    entity = kinds().entity(kind)
    with unit.reading(unit.Place(settings, kinds(), "completion")) as opened:
        table = opened.table(entity.table)
        if table is None:
            return []
        opened.connection.execute(sa.text(f"SET LOCAL statement_timeout = {SECONDS * 1000}"))
        hidden = getattr(kinds().rules(entity), "hidden", None)
        name = sa.func.coalesce(*(table.c[one] for one in _columns(entity) if one in table.c))
        statement = sa.select(name).distinct().where(name.startswith(begun, autoescape=True))
        statement = statement if hidden is None else statement.where(sa.not_(hidden(opened, table)))
        return [str(one) for one in opened.connection.scalars(statement.order_by(name).limit(MOST))]


def _columns(entity: Entity) -> list[str]:
    """The columns that name an object, the first that says something counts."""
    identity = entity.fields[entity.identity].column or entity.key
    return list(dict.fromkeys((identity, entity.key)))
