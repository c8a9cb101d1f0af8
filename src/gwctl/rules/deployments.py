"""What hangs on a deployment by its id: its health checks, and its places in tags.

A tag's list names deployments by id or name, and `model_info` notes the names of those that it names by id. The gateway
leaves both behind, and still shows the checks of models that are gone.
Source: proxy/health_endpoints/_health_endpoints.py; proxy/management_endpoints/tag_management_endpoints.py.
"""

from __future__ import annotations

import sqlalchemy as sa

from gwctl.core.stage import Stage
from gwctl.rules import named_lists
from gwctl.rules.named_lists import Gone

TAGS, CHECKS = "LiteLLM_TagTable", "LiteLLM_HealthCheckTable"


def forget(stage: Stage, ids: Gone, names: Gone) -> None:
    """Deployments that go, and the names that no other bears. A tag whose list becomes empty routes nowhere in
    particular, and opens nothing."""
    named_lists.leave(stage, ids, TAGS, "models")
    _notes(stage, ids)
    table = stage.unit.table(CHECKS)
    if table is None or not ids:
        return
    by_name = sa.and_(table.c.model_id.is_(None), _is_one_of(table.c.model_name, names))
    for row in stage.search(CHECKS, sa.or_(_is_one_of(table.c.model_id, ids), by_name), change=True):
        stage.delete(row, cause=ids.get(row["model_id"]) or names[row["model_name"]])


def _notes(stage: Stage, ids: Gone) -> None:
    table = stage.unit.table(TAGS)
    if table is None or not ids:
        return
    for row in stage.search(TAGS, table.c.model_info.has_any(sa.literal(list(ids), sa.ARRAY(sa.Text()))), change=True):
        noted = row.object("model_info")
        left = {one: name for one, name in noted.items() if one not in ids}
        stage.update(row, {"model_info": left}, cause=named_lists.cause(noted, ids))


def _is_one_of(column: sa.ColumnElement[str], values: Gone) -> sa.ColumnElement[bool]:
    return column == sa.any_(sa.literal(list(values), sa.ARRAY(sa.Text())))
