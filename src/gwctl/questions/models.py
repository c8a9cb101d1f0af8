"""Which models nobody names, and which lists name a model that is not there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from gwctl.core.unit import Unit

MODELS = "LiteLLM_ProxyModelTable"
LISTS = {
    "team": ("LiteLLM_TeamTable", "team_id", "team_alias", "models"),
    "key": ("LiteLLM_VerificationToken", "token", "key_alias", "models"),
    "user": ("LiteLLM_UserTable", "user_id", "user_email", "models"),
    "project": ("LiteLLM_ProjectTable", "project_id", "project_alias", "models"),
    "org": ("LiteLLM_OrganizationTable", "organization_id", "organization_alias", "models"),
    "access group": ("LiteLLM_AccessGroupTable", "access_group_id", "access_group_name", "access_model_names"),
}
WORDS = frozenset({"all-team-models", "all-proxy-models", "no-default-models", "*"})


def unused(unit: Unit) -> Iterator[dict[str, Any]]:
    """Deployments that no list names, and names in lists that no deployment of the database bears.

    A list that is empty means all, and names nothing; patterns and model access groups name what fits them. A proxy's
    own configuration file may define models too, so that a missing one need not be missing there.
    """
    table = unit.table(MODELS)
    rows = [] if table is None else unit.connection.execute(sa.select(*table.c)).mappings().all()
    info = {row["model_id"]: row["model_info"] if isinstance(row["model_info"], dict) else {} for row in rows}
    named = _named(unit)
    known = {str(info[row["model_id"]].get("team_public_model_name") or row["model_name"]) for row in rows}
    groups = {group for one in info.values() for group in one.get("access_groups") or ()}
    for row in sorted(rows, key=lambda row: (row["model_name"], row["model_id"])):
        one = info[row["model_id"]]
        name = str(one.get("team_public_model_name") or row["model_name"])
        in_group = set(one.get("access_groups") or ()) & named.keys()
        if not in_group and not any(_fits(pattern, name) for pattern in named):
            yield _record("unused", name, row["model_id"], [])
    for name, users in sorted(named.items()):
        if name not in WORDS | known | groups and "*" not in name and "/" not in name:
            yield _record("missing", name, None, users)


def _record(state: str, name: str, model_id: str | None, users: list[str]) -> dict[str, Any]:
    return {"state": state, "model_name": name, "model_id": model_id, "named_by": users}


def _named(unit: Unit) -> dict[str, list[str]]:
    """Every name in a list of models, and who has it."""
    found: dict[str, list[str]] = {}
    for kind, (name, key, label, column) in LISTS.items():
        table = unit.table(name)
        if table is None or column not in table.c:
            continue
        statement = sa.select(table.c[key], table.c[label], sa.func.unnest(table.c[column]))
        for identifier, alias, model in unit.connection.execute(statement):
            found.setdefault(model, []).append(f"{kind} {alias or identifier}")
    return found


def _fits(pattern: str, name: str) -> bool:
    from gwctl.rules import model_lists

    return pattern not in WORDS and model_lists.allows([pattern], name)
