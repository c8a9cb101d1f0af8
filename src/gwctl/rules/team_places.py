"""Places outside of its own rows that name a team: attachments, vector stores, projects, submissions, tools, the
settings that say which teams new users join.

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
CONFIG = "LiteLLM_Config"
NEWCOMERS = "default_internal_user_params"
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
    _newcomers(stage, {name: (None, change) for name, change in ids.items()})


def replace(stage: Stage, ids: Mapping[str, Change], heir: Row) -> None:
    """Another team in their place: for attachments, vector stores and projects. Keys and members go with their team."""
    for table in (STORES, PROJECTS, *SHOWN):
        for row in stage.load(table, "team_id", ids, change=True):
            stage.update(row, {"team_id": heir["team_id"]}, cause=ids[row["team_id"]])
    aliases = _aliases(stage, ids)
    if heir["team_alias"]:
        attachments.swap(stage, {name: (heir["team_alias"], change) for name, change in aliases.items()}, "teams")
    _newcomers(stage, {name: (heir["team_id"], change) for name, change in ids.items()})


def _newcomers(stage: Stage, ids: Mapping[str, tuple[str | None, Change]]) -> None:
    """The teams of `default_internal_user_params`: ids, or objects that have one."""
    row = next(iter(stage.load(CONFIG, "param_name", ("litellm_settings",), change=True)), None)
    settings = row.object("param_value") if row is not None else {}
    given = settings.get(NEWCOMERS)
    teams = given.get("teams") if isinstance(given, dict) else None
    if row is None or not isinstance(given, dict) or not isinstance(teams, list):
        return
    named = [str(one.get("team_id")) if isinstance(one, dict) else str(one) for one in teams]
    new = [ids[name][0] if name in ids else name for name in named]
    if new != named:
        left = [{**one, "team_id": to} if isinstance(one, dict) else to
                for place, (one, to) in enumerate(zip(teams, new, strict=True))
                if to is not None and to not in new[:place]]  # fmt: skip
        cause = next(ids[name][1] for name in named if name in ids)
        stage.update(row, {"param_value": {**settings, NEWCOMERS: {**given, "teams": left}}}, cause=cause)


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
