"""Organisations: teams, people and keys that share one budget row."""

from __future__ import annotations

from typing import Annotated, Any

from gwctl.describe import Entity, Merged, Name, OpenNames, Ref
from gwctl.entities.shared import Reach


class OrgSpec(Reach):
    organization_alias: Name | None = None
    """The organisation's name."""

    organization_id: Name | None = None
    """The organisation's id; made if it is left out."""

    models: OpenNames | None = None
    """Models that its teams may be given; an empty list means all."""

    budget: Annotated[Name | None, Ref("budget", "budget_id")] = None
    """The budget that its teams and keys share."""

    metadata: Annotated[dict[str, Any] | None, Merged()] = None
    """Anything else that is kept with the organisation; merged by key, null removes one."""


ORG = Entity(
    name="org",
    group="orgs",
    table="LiteLLM_OrganizationTable",
    key="organization_id",
    spec=OrgSpec,
    identity="organization_alias",
    names=("organization_alias",),
    columns=("organization_alias", "organization_id", "models", "spend", "budget_id", "created_at"),
    observed=("spend", "created_at", "created_by", "updated_at", "updated_by", "model_spend"),
    fixed=("organization_id",),
)
