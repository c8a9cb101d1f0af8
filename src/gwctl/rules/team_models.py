"""Models of a team: the name of their own making, and the alias and the list that lead the team's keys to them.

The gateway replaces the team's alias map, all its other aliases lost; here the alias is added to it.
Source: proxy/management_endpoints/model_management_endpoints.py.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence

import sqlalchemy as sa

from gwctl.core.change import Change
from gwctl.core.stage import Later, Row, Stage
from gwctl.errors import Conflict
from gwctl.rules import deployments, named_lists, proxy_defined

MODELS = "LiteLLM_ProxyModelTable"
TEAMS = "LiteLLM_TeamTable"
KEYS = "LiteLLM_VerificationToken"
PROJECTS = "LiteLLM_ProjectTable"
ALIASES = "LiteLLM_ModelTable"
PUBLIC = "team_public_model_name"


def for_teams(stage: Stage, changes: Sequence[Change]) -> None:
    teams = {
        row["team_id"]: row
        for row in stage.load(TEAMS, "team_id", [change.fields["team"] for change in changes], change=True)
    }
    for change in changes:
        _join_team(stage, change, teams[change.fields["team"]])


def move(stage: Stage, change: Change) -> None:
    """Another team, or none: the model leaves the one and joins the other under the name that its keys use."""
    assert change.row is not None
    info = change.row.object("model_info")
    public = change.columns.get("model_name") or info.get(PUBLIC) or change.row["model_name"]
    if info.get(PUBLIC):
        leave(stage, change)
    rest = {**(change.value("model_info") or {})}
    change.columns["model_info"] = {name: value for name, value in rest.items() if name not in ("team_id", PUBLIC)}
    change.columns["model_name"] = public
    if change.fields["team"]:
        for_teams(stage, [change])


def _join_team(stage: Stage, change: Change, team: Row) -> None:
    public = change.columns["model_name"]
    known = _aliases(stage, team)
    if known is not None and public in known.object("aliases"):
        hint = f"It leads to {known.object('aliases')[public]}: update that, by its model_id."
        alias = team["team_alias"] or team["team_id"]
        change.refuse(f"team {alias!r} has a model {public!r} already", "model_name", kind=Conflict, hint=hint)
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
    number = stage.later()
    stage.insert(ALIASES, {"id": number, "aliases": dict(aliases), **actor}, cause=change)
    stage.update(team, {"model_id": number}, cause=change, audited="updated")


def rename(stage: Stage, change: Change) -> None:
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


def leave(stage: Stage, change: Change, changes: Sequence[Change] = (), heir: str | None = None) -> None:
    """A model leaves its team: its alias goes, and with the team's last model of that public name the name itself,
    from the lists of the team, of its keys and its projects; another name comes in its place where one is given."""
    assert change.row is not None
    internal, info = change.row["model_name"], change.row.object("model_info")
    for row in _leading_to(stage, internal):
        kept = {name: target for name, target in row.object("aliases").items() if target != internal}
        stage.update(row, {"aliases": kept, "updated_by": stage.unit.actor}, cause=change)
    team_id, public = info.get("team_id"), info[PUBLIC]
    if not team_id or _still_called(stage, team_id, public, {change.id, *(one.id for one in changes)}):
        return
    for table in (TEAMS, KEYS, PROJECTS):
        mine = _of(team_id)
        if heir is not None:
            named_lists.swap(stage, {public: (heir, change)}, table, "models", only=mine)
        else:
            named_lists.leave(stage, {public: change}, table, "models", opens="call every model", only=mine)


def go(stage: Stage, teams: Mapping[str, Change]) -> None:
    """Teams that go take their own models along, which nobody else can call. Before 1.110 the gateway leaves them."""
    table = stage.unit.table(MODELS)
    if table is None or not teams:
        return
    wanted = sa.literal(list(teams), sa.ARRAY(sa.Text()))
    rows = stage.search(MODELS, table.c.model_info["team_id"].astext == sa.any_(wanted), change=True)
    gone = {row["model_id"]: teams[row.object("model_info")["team_id"]] for row in rows}
    deployments.forget(stage, gone, {})
    for row in rows:
        stage.delete(row, cause=gone[row["model_id"]], audited="deleted")


def _of(team_id: str) -> Callable[[Row], bool]:
    return lambda row: bool(row["team_id"] == team_id)


def _still_called(stage: Stage, team_id: str, public: str, going: set[str]) -> bool:
    """Whether the team's keys may still call a model of that name: another of the team's, or one for all."""
    if public in proxy_defined.models(stage.unit):
        return True
    rows = [*stage.load(MODELS, "model_name", [public]), *_named(stage, public)]
    return any(
        row["model_id"] not in going and row.object("model_info").get("team_id") in (None, team_id) for row in rows
    )


def called(stage: Stage, public: str) -> Row | None:
    """A team's model by the name that the team's keys call it by."""
    rows = _named(stage, public)
    return rows[0] if rows else None


def _named(stage: Stage, public: str) -> list[Row]:
    table = stage.unit.table(MODELS)
    if table is None:
        return []
    rows = stage.search(MODELS, table.c.model_info[PUBLIC].astext == public)
    return [row for row in rows if row.object("model_info").get(PUBLIC) == public]


def _aliases(stage: Stage, team: Row) -> Row | None:
    number = team["model_id"]
    if isinstance(number, Later):
        return next((row for row in stage.rows.get(ALIASES, {}).values() if row["id"] is number), None)
    return stage.get(ALIASES, number, change=True) if number is not None else None


def _leading_to(stage: Stage, internal: str) -> list[Row]:
    table = stage.unit.table(ALIASES)
    if table is None:
        return []
    quoted = sa.func.to_jsonb(sa.literal(internal, sa.Text())).cast(sa.Text())
    rows = stage.search(ALIASES, sa.cast(table.c.aliases, sa.Text()).contains(quoted, autoescape=False), change=True)
    return [row for row in rows if internal in row.object("aliases").values()]
