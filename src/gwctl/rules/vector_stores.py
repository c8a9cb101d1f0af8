"""Vector stores: what the gateway checks and writes when one is made, changed or deleted.

Source: proxy/vector_store_endpoints/management_endpoints.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from gwctl.core import sharing
from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.errors import Invalid
from gwctl.rules import named_lists, proxy_defined

TEAMS = "LiteLLM_TeamTable"
CREDENTIALS = "LiteLLM_CredentialsTable"


def create(stage: Stage, changes: Sequence[Change]) -> None:
    """new_vector_store."""
    for change in changes:
        for name in ("vector_store_id", "custom_llm_provider"):
            if not change.fields.get(name):
                change.refuse(f"a vector store needs its {name}", name, kind=Invalid)
        change.columns.setdefault("litellm_params", {})
        _copied_secret(change)
    _credentials(stage, changes)


def update(stage: Stage, changes: Sequence[Change]) -> None:
    """update_vector_store, which takes no parameters."""
    for change in changes:
        if "custom_llm_provider" in change.columns and not change.columns["custom_llm_provider"]:
            change.refuse("a vector store must have its provider", "custom_llm_provider", kind=Invalid)
    _credentials(stage, changes)


def delete(stage: Stage, changes: Sequence[Change]) -> None:
    """delete_vector_store leaves its id in every list; an empty list allows every store."""
    gone = {change.id: change for change in changes}
    named_lists.leave(stage, gone, sharing.PERMISSIONS, "vector_stores", opens="search every vector store")


def replace(stage: Stage, changes: Sequence[Change], heir: Row) -> None:
    """Another store in the place of these, in every list."""
    moved = named_lists.moved({change.id: change for change in changes}, heir["vector_store_id"])
    named_lists.swap(stage, moved, sharing.PERMISSIONS, "vector_stores")


def exported(stage: Stage, found: Sequence[tuple[Row, dict[str, Any]]]) -> Iterator[dict[str, Any]]:
    """Without the stores of teams that are gone: no key reaches them, and without their team all would."""
    teams = {row["team_id"] for row in stage.load(TEAMS, "team_id", [row["team_id"] for row, _ in found])}
    for row, document in found:
        if row["team_id"] is None or row["team_id"] in teams:
            yield document
        else:
            stage.unit.warnings.append(f"vector store {row['vector_store_id']!r} is left out: its team is gone")


def _copied_secret(change: Change) -> None:
    params = change.columns["litellm_params"]
    if params.get("litellm_embedding_model") and not params.get("litellm_embedding_config"):
        change.warn(
            "the proxy would copy the embedding model's secrets into this row, in plain text; a "
            "litellm_embedding_config of its own keeps it from that"
        )


def _credentials(stage: Stage, changes: Sequence[Change]) -> None:
    """A proxy's own file may define credentials, so an unknown one is no error."""
    named = {change.columns.get("litellm_credential_name"): change for change in changes}
    rows = stage.load(CREDENTIALS, "credential_name", [one for one in named if one])
    known = {row["credential_name"] for row in rows} | proxy_defined.credentials(stage.unit).keys()
    for name, change in named.items():
        if name and name not in known:
            change.warn(f"there is no credential {name!r} in the database")
