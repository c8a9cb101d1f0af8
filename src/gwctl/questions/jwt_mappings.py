"""Which JWT claims stand for which keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from gwctl.core.unit import Unit

LIST = """
    SELECT m.*, v.key_alias FROM "LiteLLM_JWTKeyMapping" m
    LEFT JOIN "LiteLLM_VerificationToken" v ON v.token = m.token
    WHERE CAST(:token AS text) IS NULL OR m.token = :token
    ORDER BY m.jwt_claim_name, m.jwt_claim_value, m.id
"""


def mappings(unit: Unit, token: str | None = None) -> Iterator[dict[str, Any]]:
    """A record for each mapping; with `token`, only those of that key. None on a database without the table."""
    if unit.has("LiteLLM_JWTKeyMapping"):
        yield from (dict(row) for row in unit.connection.execute(sa.text(LIST), {"token": token}).mappings())
