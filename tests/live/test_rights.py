"""What people may do at the gateway by their place in an organisation, and how they come in by an invitation."""

from __future__ import annotations

import pytest

from live.gateway import Answer, Gateway, settle
from live.program import LiveProgram
from live.turns import Name

pytestmark = pytest.mark.live

BLOCKED = "401 auth_error"


def test_models_of_an_organisation_are_asked_when_a_team_is_made(
    live_gateway: Gateway, live: LiveProgram, name: Name
) -> None:
    one, other = live_gateway.models[:2]
    org, team = name("org"), name("team")
    live(["orgs", "create", org, "--organization-id", org, "--models", other])

    def ask() -> Answer:
        return live_gateway.ask("POST", "/team/new", {"team_alias": team, "organization_id": org, "models": [one]})

    assert ask().status == 400
    live(["orgs", "update", org, "--models", f"{one},{other}"])
    settle()
    assert ask().status == 200
    assert live(["teams", "get", team, "-o", "json"]).json["organization_id"] == org


def test_org_admin_of_gwctls_makes_teams(live_gateway: Gateway, live: LiveProgram, name: Name) -> None:
    org, user = name("org"), name("user")
    live(["orgs", "create", org, "--organization-id", org])
    live(["users", "create", user, "--user-role", "internal_user"])
    key = live.key(["keys", "create", name("key"), "--user", user])

    def ask() -> Answer:
        return live_gateway.ask("POST", "/team/new", {"team_alias": name("team"), "organization_id": org}, key=key)

    live(["orgs", "members", "add", org, user, "--role", "internal_user"])
    assert ask().verdict == BLOCKED
    live(["orgs", "members", "update", org, user, "--role", "org_admin"])
    settle()
    assert ask().status == 200


def test_member_makes_keys_where_the_team_lets_members(live_gateway: Gateway, live: LiveProgram, name: Name) -> None:
    team, user = name("team"), name("user")
    live(["teams", "create", team, "--team-id", team])
    live(["users", "create", user, "--user-role", "internal_user"])
    live(["teams", "members", "add", team, user])
    key = live.key(["keys", "create", name("key"), "--user", user])

    def ask() -> Answer:
        return live_gateway.ask("POST", "/key/generate", {"key_alias": name("key"), "team_id": team}, key=key)

    assert ask().status == 401
    live(["teams", "update", team, "--team-member-permissions", "/key/info,/key/generate"])
    settle()
    made = ask()
    assert made.status == 200, made
    assert live_gateway.chat(made.body["key"]).status == 200
    live(["teams", "update", team, "--set-null", "team_member_permissions"])
    settle()
    assert ask().status == 401
    live(["teams", "members", "update", team, user, "--role", "admin"])
    settle()
    assert ask().status == 200


def test_invitation_is_taken_up(live_gateway: Gateway, live: LiveProgram, name: Name) -> None:
    """The link that `users invite` prints leads to the gateway's own onboarding; one that is over leads nowhere."""
    user, late = name("user"), name("user")
    live(["users", "create", "default_user_id", "--user-role", "proxy_admin", "--if-not-exists"])
    for one in (user, late):
        live(["users", "create", one, "--user-email", f"{one}@example.com", "--user-role", "internal_user"])
    [path] = live(["users", "invite", user]).lines
    link = path.partition("invitation_id=")[2]
    assert live_gateway.get("/invitation/info", invitation_id=link).body["user_id"] == user
    live(["invitations", "create", late, "--expires-at", "2026-01-01T00:00:00Z"])
    over = live(["invitations", "list", "--user", late, "-o", "json"]).json[0]["id"]
    assert live_gateway.get("/onboarding/get_token", invite_link=over).status == 401
    assert live_gateway.get("/onboarding/get_token", invite_link=link).status == 200
    claim = {"invitation_link": link, "user_id": user, "password": f"{user}-password"}
    assert live_gateway.ask("POST", "/onboarding/claim_token", claim).status == 200
    login = {"username": f"{user}@example.com", "password": f"{user}-password"}
    assert live_gateway.ask("POST", "/v2/login", login).status == 200
    shown = live(["invitations", "get", link, "-o", "json"])
    assert (shown.json["is_accepted"], shown.json["updated_by"]) == (True, user)
    live(["users", "delete", user, late, "--yes"])
    assert live_gateway.get("/invitation/info", invitation_id=link).status == 400
    assert live_gateway.ask("POST", "/v2/login", login).status == 401
