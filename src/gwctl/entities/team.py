"""Teams: people and keys that share models and a budget."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator

from gwctl.describe import (
    BigCount,
    Dollars,
    DurationText,
    Entity,
    Inside,
    JsonObject,
    Merged,
    Name,
    Names,
    OpenNames,
    Ref,
    Refs,
    Ruled,
    Spec,
)
from gwctl.entities.shared import Controls, Period, Reach

Permission = Literal[
    "/key/generate", "/key/update", "/key/delete", "/key/info", "/key/health", "/key/regenerate", "/key/list",
    "/key/service-account/generate", "/key/{key_id}/regenerate", "/key/block", "/key/unblock", "/key/bulk_update",
    "/key/{key_id}/reset_spend", "/key/aliases", "/team/daily/activity",
]  # fmt: skip
"""What the gateway knows (proxy/_types.py, KeyManagementRoutes); another word makes every check of a member fail."""

OWN_ENTRY = "team_member_budget_id"


def _free(metadata: dict[str, Any]) -> dict[str, Any]:
    if OWN_ENTRY in metadata:
        raise ValueError(f"{OWN_ENTRY} is kept by gwctl: team_member_budget sets what it stands for")
    return metadata


class Member(Spec):
    """One member of a team."""

    user: Annotated[Name, Ref("user", "user_id")]
    """The user, by id or e-mail; a user id that is not there yet is made."""

    role: Literal["admin", "user"] = "user"
    """What the member may do in the team. Appointing admins through the proxy needs a licence; the stored role
    works."""

    max_budget: Dollars | None = None
    """What the member may spend in this team, in US dollars."""

    budget_duration: DurationText | None = None
    """When the member's own budget starts anew."""

    tpm_limit: BigCount | None = None
    """The member's tokens per minute in this team. The proxy holds those to it who come by JWT."""

    rpm_limit: BigCount | None = None
    """The member's requests per minute in this team. The proxy holds those to it who come by JWT."""


class TeamSpec(Period, Controls, Reach):
    team_alias: Name | None = None
    """The team's name."""

    team_id: Name | None = None
    """The team's id; made if it is left out."""

    org: Annotated[Name | None, Ref("org", "organization_id")] = None
    """The organisation it belongs to."""

    models: OpenNames | None = None
    """Models that its keys may call; an empty list means all."""

    model_aliases: Annotated[dict[str, str] | None, Ruled()] = None
    """Names that its keys may use for models: {"ALIAS": "MODEL"}."""

    max_budget: Dollars | None = None
    """What the team may spend in a budget period, in US dollars."""

    soft_budget: Dollars | None = None
    """From what spend on the proxy sends alerts, in US dollars."""

    tpm_limit: BigCount | None = None
    """Tokens per minute."""

    rpm_limit: BigCount | None = None
    """Requests per minute."""

    blocked: bool | None = None
    """Whether every call of its keys is refused."""

    team_member_budget: Annotated[Dollars | None, Ruled()] = None
    """What each member may spend if nothing else is said of him, in US dollars."""

    team_member_budget_duration: Annotated[DurationText | None, Ruled()] = None
    """When the members' budget starts anew; the team's own period if it is left out."""

    team_member_tpm_limit: Annotated[BigCount | None, Ruled()] = None
    """Each member's tokens per minute if nothing else is said of him; for those who come by JWT."""

    team_member_rpm_limit: Annotated[BigCount | None, Ruled()] = None
    """Each member's requests per minute if nothing else is said of him; for those who come by JWT."""

    team_member_permissions: list[Permission] | None = None
    """Key routes that plain members may call, as /key/generate; none means looking only."""

    access_groups: Annotated[Names | None, Refs("access_group", "access_group_ids")] = None
    """Access groups whose models, MCP servers and agents it may use besides its own."""

    router_settings: JsonObject | None = None
    """Settings of the proxy's router for its requests."""

    soft_budget_alerting_emails: Annotated[Names | None, Inside("metadata")] = None
    """Who is written to when the soft budget is reached."""

    callback_settings: Annotated[JsonObject | None, Inside("metadata")] = None
    """The team's callbacks."""

    secret_manager_settings: Annotated[JsonObject | None, Inside("metadata")] = None
    """Where the proxy stores its keys' secrets."""

    team_member_key_duration: Annotated[DurationText | None, Inside("metadata")] = None
    """How long keys of members live."""

    metadata: Annotated[Annotated[JsonObject, AfterValidator(_free)] | None, Merged()] = None
    """Anything else that is kept with the team; merged by key, null removes one."""

    members: Annotated[list[Member] | None, Ruled(by="user")] = None
    """Its members; one that is not named stays."""


TEAM = Entity(
    name="team",
    group="teams",
    table="LiteLLM_TeamTable",
    key="team_id",
    spec=TeamSpec,
    identity="team_alias",
    names=("team_alias",),
    columns=("team_alias", "organization_id", "models", "spend", "max_budget", "budget_duration", "blocked", "…",
             "team_id", "tpm_limit", "rpm_limit", "budget_reset_at", "created_at"),
    observed=("spend", "budget_reset_at", "members_with_roles", "created_at", "updated_at", "model_spend"),
    fixed=("team_id",),
)  # fmt: skip
