"""Invitations: links with which a user sets a password and enters the gateway's interface."""

from __future__ import annotations

from typing import Annotated

from gwctl.describe import Entity, Moment, Name, Ref, Spec


class InvitationSpec(Spec):
    id: Name | None = None
    """The invitation's id; made if it is left out."""

    user: Annotated[Name | None, Ref("user", "user_id")] = None
    """The user who is invited."""

    expires_at: Moment | None = None
    """Until when it can be used; seven days if nothing is said."""


INVITATION = Entity(
    name="invitation",
    group="invitations",
    table="LiteLLM_InvitationLink",
    key="id",
    spec=InvitationSpec,
    identity="id",
    columns=("id", "user_id", "is_accepted", "expires_at", "created_by", "…", "accepted_at", "created_at"),
    observed=("is_accepted", "accepted_at", "created_at", "created_by", "updated_at", "updated_by"),
    fixed=("id", "user"),
    in_manifests=False,
)
