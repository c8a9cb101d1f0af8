"""Settings of the gateway's interface: one row."""

from __future__ import annotations

from typing import Annotated, Literal

from gwctl.describe import Entity, JsonObject, Merged, Spec


class UiSettingSpec(Spec):
    id: Literal["ui_settings"] | None = None
    """The one row that there is."""

    ui_settings: Annotated[JsonObject | None, Merged()] = None
    """What it shows and lets people do, as enable_projects_ui; merged by key, null removes one."""


UI_SETTING = Entity(
    name="ui_setting",
    group="ui-settings",
    table="LiteLLM_UISettings",
    key="id",
    spec=UiSettingSpec,
    identity="id",
    columns=("id", "ui_settings", "updated_at"),
    observed=("created_at", "updated_at"),
    fixed=("id",),
)
