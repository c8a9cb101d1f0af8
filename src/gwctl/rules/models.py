"""Models: defaults that the gateway writes, prices that lie in two places, and models of a team.

A team's model bears a name of its own making; the team's alias map leads from the name that its keys use to it. The
gateway replaces that map, all its other aliases lost; here the alias is added to it.
Source: proxy/management_endpoints/model_management_endpoints.py.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from gwctl.core.change import Change
from gwctl.core.stage import Later, Row, Stage
from gwctl.describe import Inside
from gwctl.errors import Conflict, Invalid

MODELS = "LiteLLM_ProxyModelTable"
TEAMS = "LiteLLM_TeamTable"
ALIASES = "LiteLLM_ModelTable"
PUBLIC = "team_public_model_name"
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
    _for_teams(stage, [change for change in changes if change.fields.get("team") and not change.troubles])


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
            _move(stage, change)
        elif "model_name" in change.columns and change.row.object("model_info").get(PUBLIC):
            _rename(stage, change)


def delete(stage: Stage, changes: Sequence[Change]) -> None:
    """delete_model: a team's model goes from its aliases and its list. Other names in lists stay, for a proxy's own
    configuration file may define such a model too; they are told of."""
    for change in changes:
        assert change.row is not None
        info = change.row.object("model_info")
        if info.get(PUBLIC):
            _leave_team(stage, change, info)
    going = {change.id for change in changes}
    for change in changes:
        assert change.row is not None
        name = change.row["model_name"]
        if all(row["model_id"] in going for row in stage.load(MODELS, "model_name", [name])):
            named = _naming(stage, name)
            if named:
                change.warn(f"{named} still name the model {name!r}; gwctl models unused shows such names")


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


def _for_teams(stage: Stage, changes: Sequence[Change]) -> None:
    teams = {
        row["team_id"]: row
        for row in stage.load(TEAMS, "team_id", [change.fields["team"] for change in changes], change=True)
    }
    for change in changes:
        _join_team(stage, change, teams[change.fields["team"]])


def _move(stage: Stage, change: Change) -> None:
    """Another team, or none: the model leaves the one and joins the other under the name that its keys use."""
    assert change.row is not None
    info = change.row.object("model_info")
    public = change.columns.get("model_name") or info.get(PUBLIC) or change.row["model_name"]
    if info.get(PUBLIC):
        _leave_team(stage, change, info)
    rest = {**(change.value("model_info") or {})}
    change.columns["model_info"] = {name: value for name, value in rest.items() if name not in ("team_id", PUBLIC)}
    change.columns["model_name"] = public
    if change.fields["team"]:
        _for_teams(stage, [change])


def _join_team(stage: Stage, change: Change, team: Row) -> None:
    public = change.columns["model_name"]
    known = _aliases(stage, team)
    if known is not None and public in known.object("aliases"):
        hint = f"It leads to {known.object('aliases')[public]}: update that, by its model_id."
        change.refuse(f"team {_called(team)} has a model {public!r} already", "model_name", kind=Conflict, hint=hint)
        return
    internal = f"model_name_{team['team_id']}_{uuid.uuid4()}"
    change.columns["model_name"] = internal
    change.columns["model_info"] |= {"team_id": team["team_id"], PUBLIC: public}
    _lead(stage, change, team, known, {public: internal})
    models = team.items("models")
    more = [public] if models else [public, "all-proxy-models"]  # an empty list meant all, and still does
    stage.update(team, {"models": models + [name for name in more if name not in models]}, cause=change)


def _lead(stage: Stage, change: Change, team: Row, known: Row | None, aliases: Mapping[str, str]) -> None:
    """Adds to a team's alias map, which is made if there is none."""
    actor = {"created_by": stage.unit.actor, "updated_by": stage.unit.actor}
    if known is not None:
        stage.update(known, {"aliases": {**known.object("aliases"), **aliases}, **actor}, cause=change)
        return
    number = Later()
    stage.insert(ALIASES, {"id": number, "aliases": dict(aliases), **actor}, cause=change)
    stage.update(team, {"model_id": number}, cause=change, audited="updated")


def _rename(stage: Stage, change: Change) -> None:
    """_update_team_model_in_db, which leaves the old name in the team's list."""
    assert change.row is not None
    info = change.row.object("model_info")
    old, new = info[PUBLIC], change.columns.pop("model_name")
    if old == new:
        return
    change.columns["model_info"] = {**(change.value("model_info") or {}), PUBLIC: new}
    team = stage.get(TEAMS, info.get("team_id"), change=True)
    if team is None:
        return
    known = _aliases(stage, team)
    if known is not None:
        kept = {name: target for name, target in known.object("aliases").items() if name != old}
        stage.update(known, {"aliases": kept}, cause=change)
    _lead(stage, change, team, known, {new: change.row["model_name"]})
    models = [new if name == old else name for name in team.items("models")]
    stage.update(team, {"models": list(dict.fromkeys(models))}, cause=change, audited="updated")


def _leave_team(stage: Stage, change: Change, info: Mapping[str, Any]) -> None:
    assert change.row is not None
    internal, public = change.row["model_name"], info[PUBLIC]
    for row in _leading_to(stage, internal):
        kept = {name: target for name, target in row.object("aliases").items() if target != internal}
        stage.update(row, {"aliases": kept, "updated_by": stage.unit.actor}, cause=change)
    team = stage.get(TEAMS, info.get("team_id"), change=True) if info.get("team_id") else None
    if team is None or public not in team.items("models"):
        return
    left = [name for name in team.items("models") if name != public]
    if not left and not stage.force:
        change.refuse(
            f"team {_called(team)} would be left with an empty list of models, which allows all", "model_name",
            hint="Give the team another model first, or go on with --force.",
        )  # fmt: skip
    stage.update(team, {"models": left}, cause=change, audited="updated")


def _aliases(stage: Stage, team: Row) -> Row | None:
    number = team["model_id"]
    if isinstance(number, Later):
        return next((row for row in stage.rows.get(ALIASES, {}).values() if row["id"] is number), None)
    return stage.get(ALIASES, number, change=True) if number is not None else None


def _leading_to(stage: Stage, internal: str) -> list[Row]:
    table = stage.unit.table(ALIASES)
    if table is None:
        return []
    import sqlalchemy as sa

    quoted = sa.func.to_jsonb(sa.literal(internal, sa.Text())).cast(sa.Text())
    rows = stage.search(ALIASES, sa.cast(table.c.aliases, sa.Text()).contains(quoted, autoescape=False), change=True)
    return [row for row in rows if internal in row.object("aliases").values()]


def _naming(stage: Stage, name: str) -> str:
    """How many teams and keys name a model in their lists."""
    parts = []
    for table, noun in ((TEAMS, "team"), ("LiteLLM_VerificationToken", "key")):
        count = len(stage.load(table, "models", [name]))
        if count:
            parts.append(f"{count} {noun}{'s' if count > 1 else ''}")
    return " and ".join(parts)


def _called(team: Row) -> str:
    return repr(team["team_alias"] or team["team_id"])
