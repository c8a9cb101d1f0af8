"""Copies of deleted rows. The gateway's own copies lose columns; these hold all that both tables have."""

from __future__ import annotations

import uuid

from gwctl.core import releases
from gwctl.core.stage import Row, Stage


def copy(stage: Stage, row: Row, archive: str, *, cause: object = None) -> None:
    """Stages a copy of a row. Raises SchemaMismatch where the database has no such archive: then nothing may be
    deleted.

    Source: proxy/management_endpoints/key_management_endpoints.py, _transform_verification_tokens_to_deleted_records,
    and team_endpoints.py, _transform_teams_to_deleted_records. The caller has no key: `deleted_by_api_key` stays empty.
    """
    if not stage.unit.has(archive):
        raise releases.lacking(archive, purpose="so that a deletion could not be archived")
    live = stage.unit.columns(archive)
    values = {name: value for name, value in (row.before or row.after or {}).items() if name in live}
    mine = {"id": str(uuid.uuid4()), "deleted_at": stage.unit.now, "deleted_by": stage.unit.actor}
    stage.insert(archive, {**values, **mine, "deleted_by_api_key": None, "litellm_changed_by": None}, cause=cause)
