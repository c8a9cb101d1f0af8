"""The list of columns with sealed texts agrees with the tables, and with what entities say of their fields."""

from __future__ import annotations

import pytest

from gwctl import schema
from gwctl.core import sealed
from gwctl.entities import INDEX, entity

PLACES = {(place.table, place.column): place for place in sealed.PLACES}


@pytest.mark.parametrize("place", sealed.PLACES, ids=lambda place: place.table)
def test_places_are_columns(place: sealed.Place) -> None:
    table = schema.table(place.table)
    assert {place.key, place.column, place.by or place.key} <= set(table.c.keys())
    assert [column.name for column in table.primary_key] == [place.key]


@pytest.mark.parametrize("name", [one for one in INDEX if entity(one).table != "LiteLLM_Config"])
def test_fields_that_are_sealed_lie_in_such_places(name: str) -> None:
    """But for settings: each row of theirs has rules of its own."""
    described = entity(name)
    for field in described.fields.values():
        if field.sealed is not None and not field.sealed.plain:
            place = PLACES[described.table, field.column or ""]
            assert field.sealed.only == place.rows[""], field.name


def test_texts_and_their_replacement() -> None:
    place = PLACES["LiteLLM_ProxyModelTable", "litellm_params"]
    row = {"model_id": "m", "litellm_params": {"a": "x", "b": 5, "c": {"d": "y"}, "e": "", "f": "z"}}
    assert place.texts(row) == {"a": "x", "f": "z"}
    assert place.replaced(row, {"a": "X", "f": None}) == {"a": "X", "b": 5, "c": {"d": "y"}, "e": ""}
    config = PLACES["LiteLLM_Config", "param_value"]
    values = {"api_key": "k", "timezone": "UTC"}
    assert config.texts({"param_name": "cloudzero_settings", "param_value": values}) == {"api_key": "k"}
    assert config.texts({"param_name": "general_settings", "param_value": values}) == {}
