"""Takes a database that gwctl did not make as it is: notes where it stands, and touches no table of it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from gwctl.core import catalogue, comparison, migrations
from gwctl.core.comparison import Difference
from gwctl.core.migrations import Versions
from gwctl.core.preparation import LOCK_SECONDS, prepare
from gwctl.errors import Problem, Refused, SchemaMismatch


@dataclass(frozen=True)
class Adoption:
    """What is noted now. `noted`: the gateway's tables are those of one of our revisions, and that is written down."""

    versions: Versions
    release: str
    noted: bool
    differences: tuple[Difference, ...]


def adopt(connection: Connection, schema: str, lock_timeout: float = LOCK_SECONDS) -> Adoption:
    """Compares the gateway in `schema` with the schema of record and notes its version where they agree.

    Where they do not, a database that the gateway migrates itself is left without a note, for none of our revisions
    would be true; any other is refused, because what is noted is migrated further. Raises SchemaMismatch where there is
    no gateway.
    """
    with connection.begin():
        prepare(connection, schema, lock_timeout)
        found = catalogue.read(connection, schema)
        if not found.release:
            raise SchemaMismatch(
                f'schema "{schema}" is no gateway\'s', "gwctl db upgrade makes one on an empty schema."
            )
        migrations.bring_own(connection, schema)
        differences = tuple(comparison.compare(connection, schema))
        agrees = all(each.table == comparison.MIGRATIONS for each in differences)
        if not agrees and not found.prisma:
            raise _refused(found.release, differences)
        if agrees:
            migrations.note(connection, schema)
        found = catalogue.read(connection, schema)
        return Adoption(migrations.noted(connection, found), found.release, agrees, differences)


def _refused(release: str, differences: tuple[Difference, ...]) -> Refused:
    return Refused(
        f"this database is not that of the schema of record: it looks like {catalogue.looks_like(release)}",
        "Leave its migrations to the gateway; gwctl works on it as it is.",
        [Problem(each.message) for each in differences],
    )
