"""Settings of single sign-on: one row."""

from __future__ import annotations

from typing import Annotated, Literal

from gwctl.describe import Entity, JsonObject, Merged, Sealed, Spec


class SsoSettingSpec(Spec):
    id: Literal["sso_config"] | None = None
    """The one row that there is."""

    sso_settings: Annotated[JsonObject | None, Merged(), Sealed()] = None
    """Clients, endpoints and mappings, as google_client_id; merged by key, null removes one. Texts are stored sealed
    with the proxy's salt key."""


SSO_SETTING = Entity(
    name="sso_setting",
    group="sso-settings",
    table="LiteLLM_SSOConfig",
    key="id",
    spec=SsoSettingSpec,
    identity="id",
    columns=("id", "sso_settings", "updated_at"),
    observed=("created_at", "updated_at"),
    fixed=("id",),
)
