"""After a command: each row of the gateway's that it changed has its image in gwctl's own tables, and a command that
failed changed none."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from support.database import Database, quoted

UNIMAGED = {"LiteLLM_AuditLog"}  # the gateway's own record of changes


@dataclass
class Witness:
    """Looks at a database before and after a command."""

    database: Database | None
    active: bool = True
    _before: dict[tuple[str, str], str] = field(default_factory=dict)
    _after: dict[tuple[str, str], str] = field(default_factory=dict)
    _known: set[Any] = field(default_factory=set)

    def __enter__(self) -> Witness:
        if self.database and self.active and switched_on():
            self._before = _versions(self.database)
            self._known = _change_sets(self.database)
        else:
            self.database = None
        return self

    def __exit__(self, *_: object) -> None:
        if self.database:
            self._after = _versions(self.database)

    def complaint(self, *, failed: bool) -> str:
        """What is wrong, or ""."""
        if self.database is None or self._before == self._after:
            return ""
        gone = self._before.keys() - self._after.keys()
        written = {row for row, version in self._after.items() if self._before.get(row) != version}
        if failed:
            return f"the command failed and changed rows all the same: {_listed(gone | written)}"
        befores, afters = _images(self.database, self._known)
        without = (gone - befores) | (written - afters)
        return f"rows changed without an image of their own: {_listed(without)}" if without else ""


@cache
def switched_on() -> bool:
    """Whether images are checked: GWCTL_TEST_IMAGES=0 lifts it."""
    return os.environ.get("GWCTL_TEST_IMAGES", "1") != "0"


def _versions(database: Database) -> dict[tuple[str, str], str]:
    """Which transaction wrote each row of the gateway's tables, by table and key; one query."""
    parts = [
        f"select '{table}' as name, jsonb_build_object({_pairs(key)})::text as key, xmin::text as version "
        f"from {quoted(table)}"
        for table, key in database.used().items()
        if table.startswith("LiteLLM_") and table not in UNIMAGED and key
    ]
    rows = database.execute(" union all ".join(parts)) if parts else []
    return {(row["name"], _canonical(json.loads(row["key"]))): row["version"] for row in rows}


def _pairs(key: tuple[str, ...]) -> str:
    return ", ".join(f"'{column}', \"{column}\"" for column in key)


def _change_sets(database: Database) -> set[Any]:
    if not database.execute("select to_regclass('gwctl.row_image') as found")[0]["found"]:
        return set()
    return {row["change_set_id"] for row in database.execute("select distinct change_set_id from gwctl.row_image")}


def _images(database: Database, known: set[Any]) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """The rows that the change sets after `known` have a picture of: before the change, and after it."""
    befores, afters = set(), set()
    if database.execute("select to_regclass('gwctl.row_image') as found")[0]["found"]:
        for row in database.execute("select change_set_id, table_name, key_before, key_after from gwctl.row_image"):
            if row["change_set_id"] not in known:
                befores |= {(row["table_name"], _canonical(row["key_before"]))} if row["key_before"] else set()
                afters |= {(row["table_name"], _canonical(row["key_after"]))} if row["key_after"] else set()
    return befores, afters


def _canonical(key: Any) -> str:
    return json.dumps(key, sort_keys=True)


def _listed(rows: set[tuple[str, str]]) -> str:
    shown = [f"{table} {key}" for table, key in sorted(rows)]
    return "".join(f"\n  {line}" for line in shown[:20]) + (f"\n  … and {len(shown) - 20} more" if shown[20:] else "")
