"""Prompts: templates that requests name by id. Each change is a new version; the highest one counts."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator

from gwctl.describe import Entity, Inside, JsonObject, Merged, Name, Sealed, Spec, Text, Versions

PARAMETER = Inside("litellm_params")


def _bare(value: str) -> str:
    for sign in (".v", "_v"):
        if sign in value:
            raise ValueError(f"holds {sign!r}, from which on the gateway would cut it off")
    return value


class PromptSpec(Spec):
    prompt_id: Annotated[Name, AfterValidator(_bare)] | None = None
    """The prompt's id, which its versions share."""

    environment: Name | None = None
    """Where it is for, which its versions are counted in; gateways from 1.100 on know it."""

    prompt_integration: Annotated[
        Literal["dotprompt", "langfuse", "custom", "bitbucket", "gitlab", "generic_prompt_management", "arize_phoenix"]
        | None,
        PARAMETER,
    ] = None
    """Where its text lies: in the row itself (dotprompt), or with a provider."""

    dotprompt_content: Annotated[Text | None, PARAMETER] = None
    """The text of a dotprompt."""

    api_base: Annotated[Name | None, PARAMETER] = None
    """Where its provider is reached."""

    api_key: Annotated[Any | None, PARAMETER, Sealed(plain=True)] = None
    """Its provider's key, out of a place. The gateway stores it in plain text."""

    litellm_params: Annotated[JsonObject | None, Merged(), Sealed(plain=True)] = None
    """Its other parameters, as prompt_id of the provider; merged by key, null removes one."""

    prompt_info: Annotated[JsonObject | None, Merged()] = None
    """Anything else that is kept with it; merged by key, null removes one."""


PROMPT = Entity(
    name="prompt",
    group="prompts",
    table="LiteLLM_PromptTable",
    key="id",
    spec=PromptSpec,
    identity="prompt_id",
    names=("prompt_id",),
    columns=("prompt_id", "version", "prompt_integration", "updated_at", "…", "id", "created_at"),
    observed=("version", "created_at", "created_by", "updated_at"),
    fixed=("prompt_id", "environment"),
    versions=Versions("version", part="environment", common="development"),
)  # fmt: skip
