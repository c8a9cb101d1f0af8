"""Skills: instructions and files, as one zip archive, that requests may name."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated

from pydantic import AfterValidator

from gwctl.describe import Entity, JsonObject, Merged, Name, Ruled, Spec, Text


def _archive(value: str) -> str:
    try:
        content = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("should be a zip archive in base64") from None
    if content[:2] != b"PK":
        raise ValueError("should be a zip archive in base64")
    return value


Archive = Annotated[str, AfterValidator(_archive)]


class SkillSpec(Spec):
    display_title: Name | None = None
    """The skill's title."""

    skill_id: Name | None = None
    """The skill's id; made if it is left out."""

    description: Text | None = None
    """What it is for."""

    instructions: Text | None = None
    """What a model is told where there is no archive."""

    metadata: Annotated[JsonObject | None, Merged()] = None
    """Whatever else is kept with it."""

    content: Annotated[Archive | None, Ruled()] = None
    """Its files: a zip archive in base64, all below one folder, with SKILL.md."""

    file_name: Text | None = None
    """The name of the archive."""


SKILL = Entity(
    name="skill",
    group="skills",
    table="LiteLLM_SkillsTable",
    key="skill_id",
    spec=SkillSpec,
    identity="display_title",
    names=("display_title",),
    columns=("display_title", "description", "file_name", "source", "created_at", "…", "skill_id", "created_by",
             "latest_version", "updated_at"),
    observed=("source", "latest_version", "file_type", "created_at", "created_by", "updated_at", "updated_by"),
    fixed=("skill_id",),
)  # fmt: skip
