"""Plug-ins: what the gateway's marketplace offers, and where each one's files lie."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator

from gwctl.describe import Entity, JsonObject, Name, Names, Ruled, Spec, Text

NEEDED = {"github": "repo", "url": "url"}


def _source(value: dict[str, Any]) -> dict[str, Any]:
    """proxy/anthropic_endpoints/claude_code_endpoints/claude_code_marketplace.py: register_plugin."""
    kind = value.get("source")
    needed = NEEDED.get(kind) if isinstance(kind, str) else None
    if needed is None:
        raise ValueError('should be {"source": "github", "repo": "ORG/NAME"} or {"source": "url", "url": "URL"}')
    if not isinstance(value.get(needed), str) or not value[needed]:
        raise ValueError(f"of {kind} needs {needed!r}")
    return value


def _kebab(value: str) -> str:
    if not all(letter in "abcdefghijklmnopqrstuvwxyz0123456789-" for letter in value):
        raise ValueError("should hold small letters, digits and dashes only")
    return value


Source = Annotated[JsonObject, AfterValidator(_source)]
Kebab = Annotated[Name, AfterValidator(_kebab)]


class PluginSpec(Spec):
    name: Kebab | None = None
    """The plug-in's name: small letters, digits and dashes."""

    id: Name | None = None
    """The plug-in's id; made if it is left out."""

    source: Annotated[Source | None, Ruled()] = None
    """Where its files lie: {"source": "github", "repo": "ORG/NAME"} or {"source": "url", "url": "URL"}."""

    version: Text | None = None
    """Its version, as 1.2.0."""

    description: Text | None = None
    """What it is for."""

    author: Annotated[JsonObject | None, Ruled()] = None
    """Who made it: {"name", "email"}."""

    homepage: Annotated[Text | None, Ruled()] = None
    """The address of its page."""

    keywords: Annotated[Names | None, Ruled()] = None
    """Words that it is found by."""

    category: Annotated[Text | None, Ruled()] = None
    """What it is listed under."""

    enabled: bool | None = None
    """Whether the marketplace offers it; it does if nothing is said."""


PLUGIN = Entity(
    name="plugin",
    group="plugins",
    table="LiteLLM_ClaudeCodePluginTable",
    key="id",
    spec=PluginSpec,
    identity="name",
    names=("name",),
    columns=("name", "version", "description", "enabled", "created_at", "…", "id", "created_by", "updated_at"),
    observed=("manifest_json", "files_json", "created_at", "created_by", "updated_at"),
    fixed=("id",),
)
