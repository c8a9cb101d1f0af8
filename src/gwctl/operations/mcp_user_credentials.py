"""Users' own keys for MCP servers (proxy/_experimental/mcp_server/db.py).

They are stored in base64 and not sealed, as the gateway of record does; a newer one still reads that.
"""

from __future__ import annotations

import base64
import uuid

import sqlalchemy as sa

from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.describe import Entity
from gwctl.errors import NotFound, Refused
from gwctl.rules.mcp import USER_CREDENTIALS
from gwctl.secrets import Secret


def put(stage: Stage, entity: Entity, server: Row, user_id: str, secret: Secret) -> list[Change]:
    """A user's key for a server that asks each user for one; it takes the place of an earlier one."""
    change = Change("update", entity, {}, server)
    if not server["is_byok"]:
        raise Refused(
            f"MCP server {change.name!r} asks no user for a key of his own", "gwctl mcp update --is-byok changes that."
        )
    if stage.get("LiteLLM_UserTable", user_id) is None:
        change.warn(f"there is no user {user_id!r}: the key waits for one")
    stage.unit.lock(f"mcp-credential:{server['server_id']}:{user_id}")
    stored = base64.urlsafe_b64encode(secret.reveal().encode()).decode()
    known = find(stage, server, user_id)
    if known is not None:
        stage.update(known, {"credential_b64": stored}, cause=change)
    else:
        owner = {"user_id": user_id, "server_id": server["server_id"]}
        stage.insert(USER_CREDENTIALS, {"id": str(uuid.uuid4()), **owner, "credential_b64": stored}, cause=change)
    return [change]


def remove(stage: Stage, entity: Entity, server: Row, user_id: str) -> list[Change]:
    """A user's key, or OAuth token, for a server goes. Raises NotFound."""
    change = Change("update", entity, {}, server)
    known = find(stage, server, user_id)
    if known is None:
        raise NotFound(
            f"user {user_id!r} has no credential for MCP server {change.name!r}", "gwctl mcp user-credentials list"
        )
    stage.delete(known, cause=change)
    return [change]


def find(stage: Stage, server: Row, user_id: str) -> Row | None:
    table = stage.unit.needed(USER_CREDENTIALS)
    clause = sa.and_(table.c.server_id == server["server_id"], table.c.user_id == user_id)
    found = stage.search(USER_CREDENTIALS, clause, change=True)
    return found[0] if found else None
