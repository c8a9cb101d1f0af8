"""Places outside of its own rows that name a team: attachments, vector stores, projects, submissions, tools.

Source: proxy/vector_store_endpoints/management_endpoints.py (a store without a team is everybody's),
proxy/policy_engine/attachment_registry.py (attachments go by alias).
"""

from __future__ import annotations

from collections.abc import Mapping

from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.rules import attachments, named_lists

TEAMS = "LiteLLM_TeamTable"
PROJECTS = "LiteLLM_ProjectTable"
STORES = "LiteLLM_ManagedVectorStoresTable"
SHOWN = ("LiteLLM_GuardrailsTable", "LiteLLM_ToolTable")
"""Tables in which the team is shown and means nothing."""


def forget(stage: Stage, ids: Mapping[str, Change]) -> None:
    """Nothing names these teams any more. Refused where a vector store would become everybody's."""
    stores = stage.load(STORES, "team_id", ids, change=True)
    for team_id, change in ids.items():
        mine = [row for row in stores if row["team_id"] == team_id]
        if mine:
            whose = named_lists.whose(stage, mine)
            _refuse_stores(stage, change, whose)
    if any(change.troubles for change in ids.values()):
        return
    for table in (STORES, PROJECTS, *SHOWN):
        for row in stage.load(table, "team_id", ids, change=True):
            stage.update(row, {"team_id": None}, cause=ids[row["team_id"]])
    attachments.let_go(stage, _aliases(stage, ids), "teams")


def replace(stage: Stage, ids: Mapping[str, Change], heir: Row) -> None:
    """Another team in their place: for attachments, vector stores and projects. Keys and members go with their team."""
    for table in (STORES, PROJECTS, *SHOWN):
        for row in stage.load(table, "team_id", ids, change=True):
            stage.update(row, {"team_id": heir["team_id"]}, cause=ids[row["team_id"]])
    aliases = _aliases(stage, ids)
    if heir["team_alias"]:
        attachments.swap(stage, {name: (heir["team_alias"], change) for name, change in aliases.items()}, "teams")


def _refuse_stores(stage: Stage, change: Change, whose: str) -> None:
    if stage.force:
        change.warn(f"{whose} may now be searched by everybody")
        return
    change.refuse(f"{whose} is for team {change.name!r} alone; without the team everybody could search it",
                  hint=named_lists.HINT)  # fmt: skip


def _aliases(stage: Stage, ids: Mapping[str, Change]) -> dict[str, Change]:
    """The aliases that no other team has."""
    rows = stage.load(TEAMS, "team_id", ids)
    aliases = {row["team_alias"]: ids[row["team_id"]] for row in rows if row["team_alias"]}
    others = {row["team_alias"] for row in stage.load(TEAMS, "team_alias", aliases) if row["team_id"] not in ids}
    return {alias: change for alias, change in aliases.items() if alias not in others}
