"""Models: deployments that the proxy routes requests to. Several under one name share its requests."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from gwctl.describe import Entity, Inside, JsonObject, Merged, Name, Names, Ruled, Sealed, Spec, Text

PARAMETER = Inside("litellm_params")
INFO = Inside("model_info")


class ModelSpec(Spec):
    model_name: Name | None = None
    """What requests call it; several models of one name share its requests."""

    model_id: Name | None = None
    """The model's id; made if it is left out. It tells models of one name apart."""

    team: Annotated[Name | None, Ruled(entity="team")] = None
    """The team whose keys alone may call it, under model_name. Creating one through the proxy needs a licence."""

    model: Annotated[Text | None, PARAMETER, Sealed()] = None
    """The provider and its model, as openai/gpt-4o."""

    api_key: Annotated[Any | None, PARAMETER, Sealed()] = None
    """The provider's key, out of a place."""

    api_base: Annotated[Text | None, PARAMETER, Sealed()] = None
    """Where the provider is reached."""

    litellm_credential_name: Annotated[Text | None, PARAMETER, Sealed()] = None
    """The stored credential that it uses."""

    litellm_params: Annotated[JsonObject | None, Merged(), Sealed()] = None
    """Its other parameters; merged by key, null removes one. Texts are stored sealed with the proxy's salt key."""

    base_model: Annotated[Text | None, INFO] = None
    """The model whose prices count."""

    mode: Annotated[Text | None, INFO] = None
    """What it is for: chat, embedding, image_generation, …"""

    tier: Annotated[Literal["free", "paid"] | None, INFO] = None
    """Which tier of the provider it uses."""

    access_groups: Annotated[Names | None, INFO] = None
    """Groups of models that it is in; keys and teams may name them in their models."""

    model_info: Annotated[JsonObject | None, Merged()] = None
    """Anything else that is kept with it, as prices; merged by key, null removes one."""


MODEL = Entity(
    name="model",
    group="models",
    table="LiteLLM_ProxyModelTable",
    key="model_id",
    spec=ModelSpec,
    identity="model_name",
    names=("model_name", "model_info.team_public_model_name"),
    columns=("model_name", "model", "api_base", "litellm_credential_name", "model_id", "…",
             "created_at", "created_by", "updated_at"),
    observed=("created_at", "created_by", "updated_at", "updated_by"),
    fixed=("model_id",),
    shared_names=True,
)  # fmt: skip
