"""Credentials: models and vector stores name them, models under seal. A rename takes these names along; a credential
that is still named does not go unasked. Source: proxy/credential_endpoints/endpoints.py, which looks at neither.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.errors import Conflict
from gwctl.rules import named_lists
from gwctl.rules.naming import need_name

MODELS = "LiteLLM_ProxyModelTable"
STORES = "LiteLLM_ManagedVectorStoresTable"
NAME = "litellm_credential_name"


def create(_stage: Stage, changes: Sequence[Change]) -> None:
    """create_credential."""
    for change in changes:
        need_name(change)
        change.columns.setdefault("credential_values", {})
        change.columns.setdefault("credential_info", {})


def update(stage: Stage, changes: Sequence[Change]) -> None:
    """update_credential; values are merged."""
    moved = [change for change in changes if change.row and "credential_name" in change.columns]
    _rename(stage, {change.row["credential_name"]: (change.columns["credential_name"], change)
                    for change in moved if change.row})  # fmt: skip


def replace(stage: Stage, changes: Sequence[Change], heir: Row) -> None:
    """Another credential in the place of these, in models and vector stores."""
    _rename(stage, {change.name: (heir["credential_name"], change) for change in changes})


def _rename(stage: Stage, renamed: Mapping[str, tuple[str, Change]]) -> None:
    for row, name in _models(stage, set(renamed)):
        new, change = renamed[name]
        params = {**row.object("litellm_params"), NAME: stage.unit.vault.seal(new)}
        stage.update(row, {"litellm_params": params, "updated_by": stage.unit.actor}, cause=change)
    for row in stage.load(STORES, NAME, renamed, change=True):
        new, change = renamed[row[NAME]]
        stage.update(row, {NAME: new}, cause=change)


def delete(stage: Stage, changes: Sequence[Change]) -> None:
    """delete_credential. What uses it would fall back to the provider's own environment variables."""
    names = {change.row["credential_name"]: change for change in changes if change.row}
    used: dict[str, list[str]] = defaultdict(list)
    for row, name in _models(stage, set(names)):
        used[name].append(f"model {row['model_name']}")
    for row in stage.load(STORES, NAME, names):
        used[row[NAME]].append(f"vector store {row['vector_store_id']}")
    for name, users in used.items():
        if not stage.force:
            more = f" and {len(users) - 5} more" if len(users) > 5 else ""
            names[name].refuse(
                f"credential {name!r} is used by {', '.join(users[:5])}{more}", kind=Conflict, hint=named_lists.HINT
            )
    if stage.unit.vault.key is None and _any_models(stage):
        for change in changes:
            change.warn(f"without the salt key it cannot be told whether models use the credential {change.name!r}")


def _models(stage: Stage, names: set[str]) -> list[tuple[Row, str]]:
    """The models that name one of these credentials, as far as their parameters open."""
    table = stage.unit.table(MODELS)
    if table is None or not names:
        return []
    rows = stage.search(MODELS, table.c.litellm_params[NAME].astext.is_not(None), change=True)
    opened = [(row, stage.unit.vault.open(str(row.object("litellm_params").get(NAME)))) for row in rows]
    return [(row, name) for row, name in opened if name in names]


def _any_models(stage: Stage) -> bool:
    table = stage.unit.table(MODELS)
    return table is not None and bool(
        stage.unit.connection.scalar(sa.select(sa.exists().where(table.c.litellm_params[NAME].astext.is_not(None))))
    )
