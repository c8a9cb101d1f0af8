"""Models: defaults that the gateway writes, prices that lie in two places, and models of a team.

A team's model bears a name of its own making; the team's alias map leads from the name that its keys use to it. The
gateway replaces that map, all its other aliases lost; here the alias is added to it.
Source: proxy/management_endpoints/model_management_endpoints.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.describe import Inside
from gwctl.errors import Invalid
from gwctl.rules import deployments, model_names, named_lists, proxy_defined, team_models

MODELS = "LiteLLM_ProxyModelTable"
PUBLIC = team_models.PUBLIC
DEFAULTS = ("use_in_pass_through", "use_litellm_proxy", "merge_reasoning_content_in_choices")
PRICES = (
    "input_cost_per_token", "output_cost_per_token", "input_cost_per_character", "output_cost_per_character",
)  # fmt: skip


def create(stage: Stage, changes: Sequence[Change]) -> None:
    """add_new_model, and _add_team_model_to_db for a team's."""
    for change in changes:
        if not change.columns.get("model_name"):
            change.refuse("a model needs a name", "model_name", kind=Invalid)
        if not (change.columns.get("litellm_params") or {}).get("model"):
            hint = "--model PROVIDER/MODEL, as openai/gpt-4o."
            change.refuse("a model needs the provider's model", "model", kind=Invalid, hint=hint)
            continue
        params = {**dict.fromkeys(DEFAULTS, False), **change.columns["litellm_params"]}
        info = {**(change.columns.get("model_info") or {}), "id": change.id, "db_model": False}
        change.columns |= {"litellm_params": params, "model_info": {**info, **_prices(params)}}
    team_models.for_teams(stage, [change for change in changes if change.fields.get("team") and not change.troubles])


def update(stage: Stage, changes: Sequence[Change]) -> None:
    """patch_model: what is sent is merged; another name of a team's model is another alias for it."""
    for change in changes:
        assert change.row is not None
        params = change.columns.get("litellm_params")
        if params is not None:
            if not params.get("model"):
                change.refuse("a model without the provider's model is of no use", "model", kind=Invalid)
            if prices := _prices(params):
                change.columns["model_info"] = {**(change.value("model_info") or {}), **prices}
        if "team" in change.fields:
            team_models.move(stage, change)
        elif "model_name" in change.columns and change.row.object("model_info").get(PUBLIC):
            team_models.rename(stage, change)


def delete(stage: Stage, changes: Sequence[Change]) -> None:
    """delete_model: a team's model goes from its aliases and its list. The gateway leaves its name in all others."""
    for change in changes:
        assert change.row is not None
        if change.row.object("model_info").get(PUBLIC):
            team_models.leave(stage, change, changes)
    if not any(change.troubles for change in changes):
        gone = model_names.leaving(stage, changes)
        model_names.forget(stage, gone)
        deployments.forget(stage, {change.id: change for change in changes}, gone)


def heir(stage: Stage, name: str) -> Row | None:
    """A model that is to take others' place is known by its name, however many deployments bear it, and the proxy's
    own file may define it."""
    rows = stage.load(MODELS, "model_name", [name]) or stage.load(MODELS, "model_id", [name])
    if rows or name not in proxy_defined.models(stage.unit):
        return rows[0] if rows else team_models.called(stage, name)
    return Row(MODELS, None, {"model_name": name, "model_info": {}}, locked=False)


def replace(stage: Stage, changes: Sequence[Change], heir: Row) -> None:
    """Another model in the place of these, wherever their names would go."""
    info = heir.object("model_info")
    name, team = info.get(PUBLIC) or heir["model_name"], info.get("team_id")
    for change in changes:
        assert change.row is not None
        own = change.row.object("model_info")
        if team and own.get("team_id") != team:
            change.refuse(f"{name!r} is a model of team {team} alone", kind=Invalid, hint="Name one that all may call.")
        elif own.get(PUBLIC):
            team_models.leave(stage, change, changes, heir=name)
    if any(change.troubles for change in changes):
        return
    gone = model_names.leaving(stage, changes)
    if not team:
        model_names.replace(stage, named_lists.moved(gone, name))
    deployments.forget(stage, {change.id: change for change in changes}, gone)


def look(_stage: Stage, rows: Sequence[Row]) -> Mapping[Any, Mapping[str, Any]]:
    """The team of a team's model, the name that its keys call it by, and what a person keeps in model_info."""
    found: dict[Any, dict[str, Any]] = {}
    for row in rows:
        info = row.object("model_info")
        found[row["model_id"]] = {"team": info.get("team_id"), "model_info": _free(info) or None}
        if info.get("team_id") and info.get(PUBLIC):
            found[row["model_id"]]["model_name"] = info[PUBLIC]
    return found


def _free(info: Mapping[str, Any]) -> dict[str, Any]:
    """Of model_info what has neither a field nor a meaning of its own."""
    from gwctl.entities.model import MODEL

    fields = {name for name, field in MODEL.fields.items() if isinstance(field.place, Inside)}
    return {name: value for name, value in info.items() if name not in (*fields, "id", "db_model", "team_id", PUBLIC)}


def _prices(params: Mapping[str, Any]) -> dict[str, Any]:
    return {name: params[name] for name in PRICES if params.get(name) is not None}
