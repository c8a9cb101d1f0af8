"""Vector stores: what requests may search, under the provider's own id."""

from __future__ import annotations

from typing import Annotated

from gwctl.describe import Entity, JsonObject, Merged, Name, Ref, Sealed, Spec, Text


class VectorStoreSpec(Spec):
    vector_store_id: Name | None = None
    """The store's id at its provider."""

    custom_llm_provider: Name | None = None
    """The provider, as openai or bedrock."""

    vector_store_name: Name | None = None
    """The store's name."""

    vector_store_description: Text | None = None
    """What it is for."""

    vector_store_metadata: Annotated[JsonObject | None, Merged()] = None
    """Anything else that is kept with it; merged by key, null removes one."""

    litellm_credential_name: Name | None = None
    """The stored credential that it uses."""

    litellm_params: Annotated[JsonObject | None, Merged(), Sealed(plain=True)] = None
    """How it is called; merged by key, null removes one. The gateway stores it in plain text."""

    team: Annotated[Name | None, Ref("team", "team_id")] = None
    """The team whose keys alone may use it; without one, everybody may."""

    user: Annotated[Name | None, Ref("user", "user_id")] = None
    """Who made it."""


VECTOR_STORE = Entity(
    name="vector_store",
    group="vector-stores",
    table="LiteLLM_ManagedVectorStoresTable",
    key="vector_store_id",
    spec=VectorStoreSpec,
    identity="vector_store_id",
    names=("vector_store_name",),
    columns=("vector_store_id", "vector_store_name", "custom_llm_provider", "litellm_credential_name", "team_id", "…",
             "vector_store_description", "user_id", "created_at", "updated_at"),
    observed=("created_at", "updated_at"),
    fixed=("vector_store_id",),
    after=("credential",),
)  # fmt: skip
