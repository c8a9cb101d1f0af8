"""Projects: keys of a team with models and a budget of their own."""

from __future__ import annotations

from typing import Annotated, Any

from gwctl.describe import Entity, Merged, Name, OpenNames, Ref, Text
from gwctl.entities.shared import Controls, OwnLimits, Reach


class ProjectSpec(OwnLimits, Controls, Reach):
    project_alias: Name | None = None
    """The project's name."""

    project_id: Name | None = None
    """The project's id; made if it is left out."""

    team: Annotated[Name | None, Ref("team", "team_id")] = None
    """The team it belongs to."""

    description: Text | None = None
    """What it is for."""

    models: OpenNames | None = None
    """Models that its keys may call; an empty list means all."""

    blocked: bool | None = None
    """Whether every call of its keys is refused."""

    metadata: Annotated[dict[str, Any] | None, Merged()] = None
    """Anything else that is kept with the project; merged by key, null removes one."""


PROJECT = Entity(
    name="project",
    group="projects",
    table="LiteLLM_ProjectTable",
    key="project_id",
    spec=ProjectSpec,
    identity="project_alias",
    names=("project_alias",),
    columns=("project_alias", "team_id", "models", "spend", "max_budget", "budget_duration", "blocked", "…",
             "project_id", "description", "budget_id", "created_at"),
    observed=("spend", "created_at", "created_by", "updated_at", "updated_by", "model_spend", "budget_reset_at"),
    fixed=("project_id",),
)  # fmt: skip
