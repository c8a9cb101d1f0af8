"""Names of models in the places that hold them: allow lists, limits by model, aliases, fall-backs, attachments.

A name goes from them with the last model that bears it. It stays while another deployment bears it or a deployment's
pattern fits it, and where the proxy's own file, if the context names that, defines it. Patterns in lists stay as well:
they are no names. The gateway leaves all of them behind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from gwctl.core import sharing
from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.rules import attachments, model_lists, named_lists, proxy_defined, router_names
from gwctl.rules.named_lists import Gone, Moved
from gwctl.rules.policy_states import POLICIES

MODELS = "LiteLLM_ProxyModelTable"
KEYS, TEAMS, USERS = "LiteLLM_VerificationToken", "LiteLLM_TeamTable", "LiteLLM_UserTable"
ORGANISATIONS, PROJECTS, CUSTOMERS = "LiteLLM_OrganizationTable", "LiteLLM_ProjectTable", "LiteLLM_EndUserTable"
TAGS, GROUPS, ALIASES = "LiteLLM_TagTable", "LiteLLM_AccessGroupTable", "LiteLLM_ModelTable"
CONFIG = "LiteLLM_Config"

EVERY = "call every model"
LISTS: tuple[tuple[str, str, str], ...] = (
    (KEYS, "models", EVERY), (TEAMS, "models", EVERY), (TEAMS, "default_team_member_models", EVERY),
    (USERS, "models", EVERY), (ORGANISATIONS, "models", EVERY), (PROJECTS, "models", EVERY),
    (CUSTOMERS, "models", EVERY), (sharing.BUDGETS, "allowed_models", EVERY),
    (TAGS, "models", ""), (GROUPS, "access_model_names", ""), (sharing.PERMISSIONS, "models", ""),
)  # fmt: skip
"""Lists of models, with what an empty one lets through. A tag's list routes, a group's gives, and a permission row's
nobody reads: empty they open nothing."""
LIMITS: tuple[tuple[str, str, str], ...] = (
    (KEYS, "metadata", "model_rpm_limit"), (KEYS, "metadata", "model_tpm_limit"), (KEYS, "model_max_budget", ""),
    (TEAMS, "metadata", "model_rpm_limit"), (TEAMS, "metadata", "model_tpm_limit"),
    (TEAMS, "model_max_budget", ""), (USERS, "model_max_budget", ""),
    (ORGANISATIONS, "metadata", "model_rpm_limit"), (ORGANISATIONS, "metadata", "model_tpm_limit"),
    (PROJECTS, "metadata", "model_rpm_limit"), (PROJECTS, "metadata", "model_tpm_limit"),
    (PROJECTS, "model_rpm_limit", ""), (PROJECTS, "model_tpm_limit", ""), (sharing.BUDGETS, "model_max_budget", ""),
)  # fmt: skip
"""Maps from models to limits: a column, and the field of it where the map lies deeper."""
GIVEN = {
    "default_internal_user_params": "new users", "default_team_params": "new teams",
    "default_key_generate_params": "new keys",
}  # fmt: skip
"""Whom the proxy's settings give models."""
ALIASED = ((KEYS, "aliases"), (ALIASES, "aliases"))


def leaving(stage: Stage, changes: Sequence[Change]) -> dict[str, Change]:
    """The names that no model bears once these are gone."""
    going = {change.id for change in changes}
    borne = [(change.row, change) for change in changes if change.row is not None]
    names = {row["model_name"]: change for row, change in borne if "*" not in row["model_name"]}
    rest = [row for row in stage.load(MODELS, "model_name", names) if row["model_id"] not in going]
    kept = {row["model_name"] for row in rest} | proxy_defined.models(stage.unit).keys()
    patterns = [one for one in _patterns(stage, going) if one != "*"] if names.keys() - kept else []
    return {
        name: change
        for name, change in names.items()
        if name not in kept and not (patterns and model_lists.allows(patterns, name))
    }


def _patterns(stage: Stage, going: set[str]) -> list[str]:
    table = stage.unit.table(MODELS)
    if table is None:
        return []
    rows = stage.search(MODELS, table.c.model_name.contains("*", autoescape=True))
    return [row["model_name"] for row in rows if row["model_id"] not in going]


def forget(stage: Stage, gone: Gone) -> None:
    """Names that nothing bears any more go from every place; refused where that would open a list."""
    for table, column, opens in LISTS:
        named_lists.leave(stage, gone, table, column, opens=opens)
    _given(stage, gone)
    if any(change.troubles for change in gone.values()):
        return
    attachments.let_go(stage, gone, "models")
    _limits(stage, gone, lambda limits: {name: value for name, value in limits.items() if name not in gone})
    _aliases(stage, gone, lambda aliases: {name: value for name, value in aliases.items() if value not in gone})
    for row in stage.load(CUSTOMERS, "default_model", gone, change=True):
        stage.update(row, {"default_model": None}, cause=gone[row["default_model"]])
    router_names.change(stage, {name: (None, change) for name, change in gone.items()})


def replace(stage: Stage, names: Moved) -> None:
    """Another model's name in the place of these. A limit or an alias that the other has already stays as it is."""
    for table, column, _ in LISTS:
        named_lists.swap(stage, names, table, column)
    _given(stage, {name: change for name, (_, change) in names.items()}, names)
    attachments.swap(stage, names, "models")
    by = {name: change for name, (_, change) in names.items()}
    _limits(stage, by, lambda limits: {names[one][0] if one in names else one: value
                                       for one, value in _last_wins(limits, names)})  # fmt: skip
    _aliases(stage, by, lambda aliases: {one: names[to][0] if to in names else to for one, to in aliases.items()})
    for row in stage.load(CUSTOMERS, "default_model", names, change=True):
        new, change = names[row["default_model"]]
        stage.update(row, {"default_model": new}, cause=change)
    _conditions(stage, names)
    router_names.change(stage, names)


def _given(stage: Stage, gone: Gone, heirs: Moved | None = None) -> None:
    """The models that the proxy gives new keys and users who do not say, among its settings: a list that means
    everything when it is empty as well."""
    for row in stage.load(CONFIG, "param_name", ("litellm_settings",), change=True) if gone else ():
        settings = row.object("param_value")
        for name, whose in GIVEN.items():
            said = settings.get(name)
            said = said if isinstance(said, dict) else {}
            held = said.get("models") or []
            if not any(one in gone for one in held):
                continue
            left = named_lists.swapped(held, heirs) if heirs else [one for one in held if one not in gone]
            change = named_lists.cause([one for one in held if one in gone], gone)
            if left or named_lists.refuse(stage, change, whose, EVERY):
                settings[name] = {**said, "models": left}
        if settings != row.object("param_value"):
            named_lists.put(stage, row, {"param_value": settings}, next(iter(gone.values())))


def _last_wins(limits: Mapping[str, Any], names: Moved) -> Iterable[tuple[str, Any]]:
    """The limits of names that go first, so that those the other has already win."""
    return sorted(limits.items(), key=lambda item: item[0] not in names)


def _limits(stage: Stage, names: Gone, other: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    for table, column, field in LIMITS:
        for row, limits in _maps(stage, table, column, field, names):
            change = named_lists.cause(limits, names)
            value = {**row.object(column), field: other(limits)} if field else other(limits)
            named_lists.put(stage, row, {column: value}, change)


def _maps(stage: Stage, table: str, column: str, field: str, names: Gone) -> list[tuple[Row, dict[str, Any]]]:
    """Rows, locked, with a map from models to limits that has one of these names."""
    live = stage.unit.table(table)
    if live is None or column not in live.c or not names:
        return []
    place = live.c[column][field] if field else live.c[column]
    rows = stage.search(table, place.has_any(sa.literal(list(names), sa.ARRAY(sa.Text()))), change=True)
    maps = [(row, row.object(column).get(field) if field else row.object(column)) for row in rows]
    return [(row, dict(limits)) for row, limits in maps if isinstance(limits, dict) and limits.keys() & names.keys()]


def _aliases(stage: Stage, names: Gone, other: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    for table, column in ALIASED:
        live = stage.unit.table(table)
        if live is None or column not in live.c or not names:
            continue
        texts = sa.func.jsonb_path_query_array(live.c[column], sa.literal_column("CAST('$.*' AS jsonpath)"))
        wanted = sa.literal(list(names), sa.ARRAY(sa.Text()))
        for row in stage.search(table, sa.cast(texts, live.c[column].type).has_any(wanted), change=True):
            aliases = row.object(column)
            held = [value for value in aliases.values() if isinstance(value, str) and value in names]
            if held:
                named_lists.put(stage, row, {column: other(aliases)}, names[held[0]])


def _conditions(stage: Stage, names: Moved) -> None:
    """Conditions of policies that name the model itself. One that fits it by a pattern, or that nothing fits any
    more, stays: without it the policy would hold for every model."""
    live = stage.unit.table(POLICIES)
    if live is None or not names:
        return
    asked = live.c.condition["model"].has_any(sa.literal(list(names), sa.ARRAY(sa.Text())))
    for row in stage.search(POLICIES, asked, change=True):
        said = row.object("condition").get("model")
        held: list[Any] = said if isinstance(said, list) else [said]
        if any(one in names for one in held):
            new = named_lists.swapped(held, names)
            model = new if isinstance(said, list) else new[0]
            change = next(names[one][1] for one in held if one in names)
            stage.update(row, {"condition": {**row.object("condition"), "model": model}}, cause=change)
