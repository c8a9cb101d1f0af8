"""Overrides of the proxy's configuration: where HashiCorp Vault is, and how the proxy gets in."""

from __future__ import annotations

from typing import Annotated, Literal

from gwctl.describe import Entity, JsonObject, Merged, Sealed, Spec


class ConfigOverrideSpec(Spec):
    config_type: Literal["hashicorp_vault"] | None = None
    """The one row that there is."""

    config_value: Annotated[JsonObject | None, Merged(), Sealed()] = None
    """Its address and a way in, as vault_addr and vault_token; merged by key, null removes one. Texts are stored sealed
    with the proxy's salt key."""


CONFIG_OVERRIDE = Entity(
    name="config_override",
    group="config-overrides",
    table="LiteLLM_ConfigOverrides",
    key="config_type",
    spec=ConfigOverrideSpec,
    identity="config_type",
    columns=("config_type", "config_value", "updated_at"),
    observed=("created_at", "updated_at"),
    fixed=("config_type",),
)
