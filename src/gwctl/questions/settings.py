"""What the gateway's stored configuration says, and where it and the proxy's own file contradict each other.

An entry of the database goes before the file's, key by key and as deep as objects go; null and an empty list do not.
Source: proxy/proxy_server.py: _update_config_from_db, _update_config_fields.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from gwctl import secrets
from gwctl.core.unit import Unit
from gwctl.core.vault import Unopened
from gwctl.errors import NotFound
from gwctl.rules import setting_places as places

Record = dict[str, Any]

MERGED = ("general_settings", "router_settings", "litellm_settings", "environment_variables")
"""What a proxy merges out of the database into the sections of its file."""
_WEBHOOKS = frozenset({"alert_to_webhook_url"})


def entries(unit: Unit, section: str | None = None) -> Iterator[Record]:
    """A record for each entry of each section, secrets masked."""
    for name, values in _sections(unit).items():
        if section in (None, name):
            for key, value in values.items():
                yield {
                    "setting": f"{name}.{_quoted(key)}",
                    "value": shown(name, key, value),
                    "sealed": places.is_sealed(name, key) and isinstance(value, str),
                    "takes_effect": places.takes_effect(name, key),
                    "table": places.place_of(name).table,
                }


def entry(unit: Unit, path: list[str]) -> Record:
    """One section, entry, or what lies inside of one. Raises NotFound."""
    section, *rest = path
    values = _sections(unit).get(section)
    if values is None:
        raise NotFound(f"the database has no settings {section!r}", "gwctl settings list shows what there is.")
    value: Any = {key: shown(section, key, one) for key, one in values.items()}
    for name in rest:
        if not isinstance(value, dict) or name not in value:
            raise NotFound(f"there is no setting {'.'.join(path)!r}", f"gwctl settings list {section} shows those set.")
        value = value[name]
    effect = places.takes_effect(section, rest[0]) if rest else None
    return {
        "setting": ".".join(map(_quoted, path)), "value": value, "takes_effect": effect,
        "table": places.place_of(section).table,
    }  # fmt: skip


def differences(unit: Unit, config: Mapping[str, Any], *, everything: bool = False) -> Iterator[Record]:
    """Where the database and a proxy's own file say different things, and which of them counts: a record for each
    entry. `everything`: also what only the file says, and what both say."""
    stored = _sections(unit)
    for section in dict.fromkeys([*MERGED, *stored]):
        if section in places.OWN_TABLES:
            continue
        filed = config.get(section)
        filed = filed if isinstance(filed, dict) else {}
        for record in _compared(unit, section, filed, stored.get(section, {})):
            if everything or (record["wins"] == "database" and record["state"] != "same"):
                yield record


def reads_database(unit: Unit, config: Mapping[str, Any]) -> bool:
    """Whether the database or the file tells the proxy to read its settings from the database."""
    general = config.get("general_settings")
    filed = general.get("store_model_in_db") if isinstance(general, dict) else None
    stored = _sections(unit).get("general_settings", {}).get("store_model_in_db")
    return (filed if stored is None else stored) is True


def shown(section: str, key: str, value: Any) -> Any:
    """A value as it may be seen: sealed texts, what bears a secret's name, and addresses with passwords are masked."""
    if key in _WEBHOOKS or (places.is_sealed(section, key) and isinstance(value, str)):
        return secrets.MASK if value else value
    return secrets.masked({key: value})[key]


def _sections(unit: Unit) -> dict[str, dict[str, Any]]:
    """Every section that the database holds, by name."""
    found: dict[str, dict[str, Any]] = {}
    table = unit.table(places.CONFIG)
    if table is not None:
        for row in unit.connection.execute(sa.select(table.c.param_name, table.c.param_value)).mappings():
            value = row["param_value"]
            found[row["param_name"]] = value if isinstance(value, dict) else {"": value} if value else {}
    for name, place in places.OWN_TABLES.items():
        table = unit.table(place.table)
        if table is not None:
            query = sa.select(table.c[place.column]).where(table.c[place.key] == place.id)
            for value in unit.connection.scalars(query):
                found[name] = value if isinstance(value, dict) else {}
    order = [*places.READ, *places.OWN_TABLES]
    return dict(sorted(found.items(), key=lambda one: (order.index(one[0]) if one[0] in order else 99, one[0])))


def _compared(unit: Unit, section: str, filed: Mapping[str, Any], stored: Mapping[str, Any]) -> Iterator[Record]:
    for key in dict.fromkeys([*filed, *stored]):
        yield from _pair(unit, section, [key], filed.get(key), stored.get(key), key in filed, key in stored)


def _pair(
    unit: Unit, section: str, path: list[str], file: Any, database: Any, in_file: bool, in_database: bool
) -> Iterator[Record]:
    """Objects on both sides are compared entry by entry."""
    if isinstance(file, dict) and isinstance(database, dict):
        for key in dict.fromkeys([*file, *database]):
            sides = (file.get(key), database.get(key), key in file, key in database)
            yield from _pair(unit, section, [*path, key], *sides)
        return
    heeded = section in MERGED
    wins = "database" if heeded and in_database and database not in (None, []) else "file" if in_file else "neither"
    state = "only in the file" if not in_database else "only in the database" if not in_file else "differs"
    if in_file and in_database:
        state = _state(unit, section, path[0], file, database)
    yield {
        "setting": ".".join(map(_quoted, [section, *path])),
        "state": state if heeded or not in_database else "not read",
        "wins": wins,
        "file": _seen(section, path, file) if in_file else None,
        "database": _seen(section, path, database) if in_database else None,
    }  # fmt: skip


def _state(unit: Unit, section: str, key: str, file: Any, database: Any) -> str:
    if places.is_sealed(section, key) and isinstance(database, str):
        database = unit.vault.open(database)
        if isinstance(database, Unopened):
            return "sealed"
    return "same" if file == database else "differs"


def _seen(section: str, path: list[str], value: Any) -> Any:
    masked = shown(section, path[0], value) if len(path) == 1 else shown("", path[-1], value)
    return secrets.MASK if any(secrets.is_secret_name(name) for name in path) and isinstance(value, str) else masked


def _quoted(name: str) -> str:
    """A name in a path: its own dots bear a backslash."""
    return name.replace("\\", "\\\\").replace(".", "\\.")
