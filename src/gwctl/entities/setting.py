"""Settings: sections of the proxy's configuration that lie in the database and go before its configuration file."""

from __future__ import annotations

from typing import Annotated

from gwctl.describe import Entity, JsonObject, Merged, Name, Spec


class SettingSpec(Spec):
    param_name: Name | None = None
    """The section, as general_settings."""

    param_value: Annotated[JsonObject | None, Merged()] = None
    """Its entries. What is left out is not managed; null removes an entry."""


SETTING = Entity(
    name="setting",
    group="settings",
    table="LiteLLM_Config",
    key="param_name",
    spec=SettingSpec,
    identity="param_name",
    columns=("param_name", "param_value"),
    fixed=("param_name",),
)
