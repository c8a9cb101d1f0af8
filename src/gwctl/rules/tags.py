"""Spend tags (proxy/management_endpoints/tag_management_endpoints.py).

Requests with a tag are routed to the deployments that bear it among their parameters; the tag's own list of models is
what it was given to. The gateway tags deployments when a tag is made, and neither when its models change nor when it
goes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.rules import attachments, named_lists
from gwctl.rules.naming import need_name

MODELS = "LiteLLM_ProxyModelTable"
BEARERS = ("LiteLLM_VerificationToken", "LiteLLM_TeamTable", "LiteLLM_ProjectTable")
"""Who puts tags on requests, by `metadata.tags`."""


def create(stage: Stage, changes: Sequence[Change]) -> None:
    """new_tag notes the names of those models that the database knows by id, and tags the deployments."""
    for change in changes:
        need_name(change)
        change.columns.setdefault("model_info", {})
    _models(stage, changes)


def update(stage: Stage, changes: Sequence[Change]) -> None:
    """update_tag overwrites description and models also where they are left out, and tags no deployment; here they
    stay, and the deployments follow."""
    _models(stage, changes)


def delete(stage: Stage, changes: Sequence[Change]) -> None:
    """delete_tag takes the row alone; here nothing goes on naming the tag."""
    gone = {change.id: change for change in changes}
    for table in BEARERS:
        bearing = named_lists.in_metadata(stage, table, "tags", gone)
        for row in bearing:
            change = named_lists.cause(row.object("metadata")["tags"], gone)
            change.warn(f"requests of {named_lists.called(row)} bear the tag {change.id} no longer")
        named_lists.leave_metadata(stage, gone, table, "tags")
    attachments.let_go(stage, gone, "tags")
    models = stage.unit.table(MODELS)
    if models is not None:
        for name, change in gone.items():
            routed = models.c.litellm_params["tags"].contains([name])
            _untag(stage, stage.search(MODELS, routed, change=True), change)


def _models(stage: Stage, changes: Sequence[Change]) -> None:
    """The deployments, by id or name, that a tag was given to bear it; those that it is taken from do not."""
    for change in changes:
        if "models" not in change.columns:
            continue
        wanted = list(change.columns["models"] or [])
        rows = _deployments(stage, wanted)
        names = {row["model_id"]: row["model_name"] for row in rows}
        change.columns["model_info"] = {model: names[model] for model in wanted if model in names}
        for model in wanted:
            if model not in names and model not in names.values():
                change.warn(f"{change.id}: the database has no model {model!r} to tag; the proxy's own file may have")
        left = _deployments(stage, change.row.items("models") if change.row else [])
        _untag(stage, [row for row in left if row["model_id"] not in names], change)
        for row in rows:
            tags = _tags(row)
            if change.id not in tags:
                _put(stage, row, [*tags, change.id], change)


def _deployments(stage: Stage, models: Iterable[str]) -> list[Row]:
    models = list(models)
    rows = [row for column in ("model_id", "model_name") for row in stage.load(MODELS, column, models, change=True)]
    return list({id(row): row for row in rows}.values())


def _tags(row: Row) -> list[Any]:
    tags = row.object("litellm_params").get("tags")
    return tags if isinstance(tags, list) else []


def _untag(stage: Stage, rows: Iterable[Row], change: Change) -> None:
    for row in rows:
        if change.id in _tags(row):
            _put(stage, row, [one for one in _tags(row) if one != change.id], change)


def _put(stage: Stage, row: Row, tags: list[Any], change: Change) -> None:
    """A deployment's tags; without any it has no such parameter."""
    params = {name: value for name, value in row.object("litellm_params").items() if name != "tags"}
    stage.update(row, {"litellm_params": {**params, "tags": tags} if tags else params}, cause=change, audited="updated")
