"""Organisations: teams, people and keys that share one budget."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from gwctl.describe import BigCount, Dollars, DurationText, Entity, Inside, Merged, Name, OpenNames, Ref, Ruled, Spec
from gwctl.entities.shared import OwnLimits, Reach


class OrgMember(Spec):
    """One member of an organisation."""

    user: Annotated[Name, Ref("user", "user_id")]
    """The user, by id or e-mail; a user id that is not there yet is made."""

    role: Literal["org_admin", "internal_user", "internal_user_viewer"] = "internal_user"
    """What the member may do in the organisation; an org_admin administers its teams."""

    max_budget: Dollars | None = None
    """A budget of the member's own, in US dollars; stored, but not enforced by the proxy."""

    budget_duration: DurationText | None = None
    """When the member's budget starts anew."""

    tpm_limit: BigCount | None = None
    """Tokens per minute of the member; stored, but not enforced by the proxy."""

    rpm_limit: BigCount | None = None
    """Requests per minute of the member; stored, but not enforced by the proxy."""


class OrgSpec(OwnLimits, Reach):
    organization_alias: Name | None = None
    """The organisation's name."""

    organization_id: Name | None = None
    """The organisation's id; made if it is left out."""

    models: OpenNames | None = None
    """Models that its teams may be given; an empty list means all. The proxy does not ask at request time."""

    model_rpm_limit: Annotated[dict[str, int] | None, Inside("metadata")] = None
    """Requests per minute for each model, over keys that bear the organisation: {"MODEL": N}."""

    model_tpm_limit: Annotated[dict[str, int] | None, Inside("metadata")] = None
    """Tokens per minute for each model, over keys that bear the organisation: {"MODEL": N}."""

    metadata: Annotated[dict[str, Any] | None, Merged()] = None
    """Anything else that is kept with the organisation; merged by key, null removes one."""

    members: Annotated[list[OrgMember] | None, Ruled(by="user")] = None
    """Its members; one that is not named stays."""


ORG = Entity(
    name="org",
    group="orgs",
    table="LiteLLM_OrganizationTable",
    key="organization_id",
    spec=OrgSpec,
    identity="organization_alias",
    names=("organization_alias",),
    columns=("organization_alias", "models", "spend", "max_budget", "budget_duration", "…",
             "organization_id", "budget_id", "tpm_limit", "rpm_limit", "created_at"),
    observed=("spend", "created_at", "created_by", "updated_at", "updated_by", "model_spend", "budget_reset_at"),
    fixed=("organization_id",),
)  # fmt: skip
