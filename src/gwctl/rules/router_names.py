"""Names of models in routers' settings: fall-backs and aliases of keys, of teams and of the proxy.

A fall-back is `{"model": ["next", …]}` in a list; `default_fallbacks` is a list of names; an alias leads to a name, or
to an object that has it for its `model`; retries may be told by model.
Source: router.py, router_utils/fallback_event_handlers.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.rules import named_lists

FALLBACKS = ("fallbacks", "context_window_fallbacks", "content_policy_fallbacks")
PLACES = (
    ("LiteLLM_VerificationToken", "router_settings"), ("LiteLLM_TeamTable", "router_settings"),
    ("LiteLLM_Config", "param_value"),
)  # fmt: skip

Names = Mapping[str, tuple[str | None, Change]]
"""Names that go, each with what comes in its place, if anything does."""


def change(stage: Stage, names: Names) -> None:
    """Names of models in every router's settings, and in the list of models that the interface shows to all."""
    for row, column in _rows(stage, names):
        settings = row.object(column)
        new = {name: _changed(name, value, names) for name, value in settings.items()}
        held = [name for name in names if _mentions(settings, name) and not _mentions(new, name)]
        if held and new != settings:
            named_lists.put(stage, row, {column: new}, names[held[0]][1])


def _rows(stage: Stage, names: Names) -> Iterator[tuple[Row, str]]:
    for table, column in PLACES:
        live = stage.unit.table(table)
        if live is None or column not in live.c or not names:
            continue
        text = sa.cast(live.c[column], sa.Text())
        quoted = (sa.func.to_jsonb(sa.literal(name, sa.Text())).cast(sa.Text()) for name in names)
        clause = sa.or_(*(text.contains(one) for one in quoted))
        if table == "LiteLLM_Config":
            clause = sa.and_(live.c.param_name.in_(("router_settings", "litellm_settings")), clause)
        for row in stage.search(table, clause, change=True):
            yield row, column


def _changed(field: str, value: Any, names: Names) -> Any:
    if field in FALLBACKS and isinstance(value, list):
        return [one for entry in value for one in _fallback(entry, names)]
    if field in ("default_fallbacks", "public_model_groups") and isinstance(value, list):
        return _listed(value, names)
    if field == "model_group_retry_policy" and isinstance(value, dict):
        return dict(_by_model(value, names))
    if field == "model_group_alias" and isinstance(value, dict):
        return {name: one for name, to in value.items() for one in _alias(to, names)}
    return value


def _fallback(entry: Any, names: Names) -> Iterator[Any]:
    if not isinstance(entry, dict):
        yield entry
        return
    found = {}
    for name, following in entry.items():
        new = names[name][0] if name in names else name
        left = _listed(following, names) if isinstance(following, list) else following
        if new is not None and left:
            found[new] = [one for one in left if one != new] if isinstance(left, list) else left
    if found:
        yield found


def _by_model(values: Mapping[str, Any], names: Names) -> Iterator[tuple[str, Any]]:
    """A map from models; what another has already stays as it is."""
    for name, value in values.items():
        new = names[name][0] if name in names else name
        if new is not None and (new == name or new not in values):
            yield new, value


def _listed(held: list[Any], names: Names) -> list[Any]:
    new = [names[one][0] if isinstance(one, str) and one in names else one for one in held]
    return [one for place, one in enumerate(new) if one is not None and one not in new[:place]]


def _alias(to: Any, names: Names) -> Iterator[Any]:
    """What an alias leads to from now on: nothing where its model goes."""
    model: Any = to.get("model") if isinstance(to, dict) else to
    if not isinstance(model, str) or model not in names:
        yield to
    elif (new := names[model][0]) is not None:
        yield {**to, "model": new} if isinstance(to, dict) else new


def _mentions(value: Any, name: str) -> bool:
    if isinstance(value, dict):
        return name in value or any(_mentions(one, name) for one in value.values())
    return any(_mentions(one, name) for one in value) if isinstance(value, list) else value == name
