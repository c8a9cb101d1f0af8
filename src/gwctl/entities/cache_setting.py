"""Settings of the proxy's cache: one row."""

from __future__ import annotations

from typing import Annotated, Literal

from gwctl.describe import Entity, JsonObject, Merged, Sealed, Spec


class CacheSettingSpec(Spec):
    id: Literal["cache_config"] | None = None
    """The one row that there is."""

    cache_settings: Annotated[JsonObject | None, Merged(), Sealed()] = None
    """Its type, host, password and so on; merged by key, null removes one. Texts are stored sealed with the proxy's
    salt key."""


CACHE_SETTING = Entity(
    name="cache_setting",
    group="cache-settings",
    table="LiteLLM_CacheConfig",
    key="id",
    spec=CacheSettingSpec,
    identity="id",
    columns=("id", "cache_settings", "updated_at"),
    observed=("created_at", "updated_at"),
    fixed=("id",),
)
