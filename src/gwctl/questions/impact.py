"""Whom an attachment would fit: how many teams and keys, and the names of some.

Source: proxy/policy_engine/attachment_registry.py and policy_endpoints.py (estimate_attachment_impact). The gateway
looks at the newest thousand and not at models; here all are looked at. A request's own tags are not known before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from gwctl.core.unit import Unit
from gwctl.rules import policy_engine

SAMPLES = 10
KEYS, TEAMS = "LiteLLM_VerificationToken", "LiteLLM_TeamTable"


def estimate(unit: Unit, target: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    """For teams and keys: how many an attachment with these targets fits, how many of them have no name, and some of
    those that have one. `target`: teams, keys and tags as patterns; none of a sort fits all."""
    tags = list(target.get("tags") or ())
    teams = {row.team_id: row for row in _read(unit, TEAMS, "team_id", "team_alias", "metadata")}
    bearing = {team_id for team_id, row in teams.items() if _bears(row.metadata, tags)}
    found = [] if target.get("keys") else [
        row.team_alias for team_id, row in teams.items()
        if team_id in bearing and _fits(row.team_alias, target.get("teams"))
    ]  # fmt: skip
    keys = [
        row.key_alias
        for row in _read(unit, KEYS, "key_alias", "team_id", "metadata")
        if _fits(teams[row.team_id].team_alias if row.team_id in teams else None, target.get("teams"))
        and _fits(row.key_alias, target.get("keys"))
        and (row.team_id in bearing or _bears(row.metadata, tags))
    ]
    return [_record("teams", found), _record("keys", keys)]


def _read(unit: Unit, name: str, *columns: str) -> Iterator[Any]:
    table = unit.table(name)
    if table is not None:
        yield from unit.connection.execute(sa.select(*(table.c[column] for column in columns)))


def _fits(name: str | None, patterns: Sequence[str] | None) -> bool:
    return policy_engine.fits(name, list(patterns or ["*"]))


def _bears(metadata: Any, patterns: Sequence[str]) -> bool:
    tags = metadata.get("tags") if isinstance(metadata, dict) else None
    held = [one for one in tags if isinstance(one, str)] if isinstance(tags, list) else []
    return not patterns or any(policy_engine.fits(tag, list(patterns)) for tag in held)


def _record(kind: str, names: Sequence[str | None]) -> dict[str, Any]:
    known = sorted(name for name in names if name)
    return {"kind": kind, "count": len(names), "unnamed": len(names) - len(known), "names": known[:SAMPLES]}
