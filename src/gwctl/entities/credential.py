"""Credentials: a provider's secrets under one name, for models and vector stores to use."""

from __future__ import annotations

from typing import Annotated

from gwctl.describe import Entity, Inside, JsonObject, Merged, Name, Sealed, Spec, Text


class CredentialSpec(Spec):
    credential_name: Name | None = None
    """The credential's name."""

    credential_id: Name | None = None
    """The credential's id; made if it is left out."""

    credential_values: Annotated[JsonObject | None, Merged(), Sealed()] = None
    """What a model that uses it gets, as api_key and api_base; merged by key, null removes one. Texts are stored sealed
    with the proxy's salt key."""

    custom_llm_provider: Annotated[Text | None, Inside("credential_info")] = None
    """The provider that it is for."""

    description: Annotated[Text | None, Inside("credential_info")] = None
    """What it is for."""

    credential_info: Annotated[JsonObject | None, Merged()] = None
    """Anything else that is kept with it; merged by key, null removes one."""


CREDENTIAL = Entity(
    name="credential",
    group="credentials",
    table="LiteLLM_CredentialsTable",
    key="credential_id",
    spec=CredentialSpec,
    identity="credential_name",
    names=("credential_name",),
    columns=("credential_name", "credential_info", "updated_at", "…", "credential_values", "credential_id",
             "created_at", "created_by"),
    observed=("created_at", "created_by", "updated_at", "updated_by"),
    fixed=("credential_id",),
)  # fmt: skip
