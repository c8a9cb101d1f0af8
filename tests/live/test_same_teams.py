"""A team that gwctl makes has the rows that /team/new makes of the same values, and so have its members."""

from __future__ import annotations

import pytest

from live import things
from live.sides import Body, Deed, Maker, New, Sides, said

pytestmark = pytest.mark.live

NEW = Maker("/team/new", "teams", "team_alias")
TEAM: Body = {"team_alias": "{word}-team"}
ADA: Body = {"user_id": "{word}-ada", "role": "user"}
EVE: Body = {"user_id": "{word}-eve", "role": "admin"}

CASES = {
    "nothing": New({}, manifest=False),
    "name": New(TEAM),
    "id": New({**TEAM, "team_id": "{word}-id"}),
    "limits": New({**TEAM, "max_budget": 12.5, "tpm_limit": 1000, "rpm_limit": 10, "soft_budget": 5}),
    "budget of nothing": New({**TEAM, "max_budget": 0}),
    "models": New({**TEAM, "models": ["gpt-4o", "openai/*"]}),
    "no models": New({**TEAM, "models": []}),
    **{f"period {text}": New({**TEAM, "budget_duration": text}) for text in ("1h", "1d", "7d", "30d", "1mo", "1w")},
    "blocked": New({**TEAM, "blocked": True}),
    "metadata": New({**TEAM, "metadata": {"owner": "ada", "list": [1, None], "tags": ["a"], "deep": {"b": None}}}),
    "fields inside metadata": New({
        **TEAM, "model_rpm_limit": {"gpt-4o": 5}, "model_tpm_limit": {"gpt-4o": 500}, "metadata": {"x": "y"},
        "rpm_limit_type": "best_effort_throughput", "tpm_limit_type": "best_effort_throughput",
        "allowed_vector_store_indexes": [{"index_name": "i", "index_permissions": ["read"]}],
        "enforced_batch_output_expires_after": {"anchor": "created_at", "seconds": 60},
        "enforced_file_expires_after": {"anchor": "created_at", "seconds": 60},
    }),
    "router settings": New({**TEAM, "router_settings": {"num_retries": 2}}),
    "permissions of members": New({**TEAM, "team_member_permissions": ["/key/generate", "/key/info"]}),
    "model aliases": New({**TEAM, "model_aliases": {"swift": "gpt-4o"}}),
    "permission": New(
        {**TEAM, "object_permission": {"vector_stores": ["v"], "agents": ["a"], "mcp_access_groups": ["g"]}}
    ),
    "MCP servers": New(
        {**TEAM, "object_permission": {"mcp_servers": ["s"], "mcp_tool_permissions": {"s": ["search"]}}}
    ),
    "organisation": New({**TEAM, "organization_id": "{word}-org"}, given=[things.org()]),
    "member": New({**TEAM, "members_with_roles": [ADA]}, given=[things.user("ada")]),
    "member with an address": New(
        {**TEAM, "members_with_roles": [{**ADA, "user_email": "{word}@example.com"}]},
        given=[things.user("ada", user_email="{word}@example.com")],
    ),
    "member by address": New(
        {**TEAM, "members_with_roles": [{"user_email": "{word}@example.com", "role": "user"}]},
        given=[things.user("ada", user_email="{word}@example.com")],
    ),
    "member by address, made": New(
        {**TEAM, "members_with_roles": [{"user_email": "{word}@example.com", "role": "admin"}]}
    ),
    "members, one made": New({**TEAM, "members_with_roles": [ADA, EVE]}, given=[things.user("ada")]),
    "budget of members": New({**TEAM, "team_member_budget": 5}),
    "budget of members, period": New({**TEAM, "team_member_budget": 5, "budget_duration": "30d", "max_budget": 50}),
    "limits of members": New({**TEAM, "team_member_rpm_limit": 5, "team_member_tpm_limit": 500}),
    "budget of members, name with blanks": New({"team_alias": "{word} team", "team_member_budget": 5}),
    "budget of members, no name": New({"team_id": "{word}-id", "team_member_budget": 5}, manifest=False),
    "budget of members, and a member": New(
        {**TEAM, "team_member_budget": 5, "members_with_roles": [ADA]}, given=[things.user("ada")]
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_team_is_made(sides: Sides, case: str) -> None:
    found = sides.differ_in_making(NEW, CASES[case])
    assert not found, said(found)


def test_address_of_a_member_who_is_told_by_id(sides: Sides) -> None:
    """/team/new keeps what it is told of a member and looks nothing up. gwctl fills the address in, as
    /team/member_add does."""
    new = New({**TEAM, "members_with_roles": [ADA]}, given=[things.user("ada", user_email="{word}@example.com")])
    [line] = {line.partition(": ")[2] for line in sides.differ_in_making(NEW, new)}
    bare = {"role": "user", "user_id": "WORD-ada", "user_email": None}
    filled = [{**bare, "user_email": "WORD@example.com"}]
    assert line == f"inserted LiteLLM_TeamTable.members_with_roles: {[bare]} by the gateway, {filled} by gwctl"


def add(member: Body | list[Body], **rest: object) -> Body:
    return {"team_id": "{word}-team", "member": member, **rest}


ADD = "/team/member_add"
MEMBERS = {
    "somebody known": Deed(
        [(ADD, add(ADA))], ["teams members add {word}-team {word}-ada"], given=[things.team(), things.user("ada")]
    ),
    "somebody new": Deed([(ADD, add(ADA))], ["teams members add {word}-team {word}-ada"], given=[things.team()]),
    "somebody with an address": Deed(
        [(ADD, add(ADA))], ["teams members add {word}-team {word}-ada"],
        given=[things.team(), things.user("ada", user_email="{word}@example.com")],
    ),
    "by address": Deed(
        [(ADD, add({"user_email": "{word}@example.com", "role": "user"}))],
        ["teams members add {word}-team {word}@example.com"],
        given=[things.team(), things.user("ada", user_email="{word}@example.com")],
    ),
    "by address, somebody new": Deed(
        [(ADD, add({"user_email": "{word}@example.com", "role": "user"}))],
        ["teams members add {word}-team {word}@example.com"], given=[things.team()],
    ),
    "two": Deed(
        [(ADD, add([ADA, {"user_id": "{word}-eve", "role": "user"}]))],
        ["teams members add {word}-team {word}-ada {word}-eve"], given=[things.team(), things.user("ada")],
    ),
    "own budget": Deed(
        [(ADD, add(ADA, max_budget_in_team=5))], ["teams members add {word}-team {word}-ada --max-budget 5"],
        given=[things.team(), things.user("ada")],
    ),
    "two with own budgets": Deed(
        [(ADD, add([ADA, {"user_id": "{word}-eve", "role": "user"}], max_budget_in_team=5))],
        ["teams members add {word}-team {word}-ada {word}-eve --max-budget 5"], given=[things.team()],
    ),
    "team's budget": Deed(
        [(ADD, add(ADA))], ["teams members add {word}-team {word}-ada"],
        given=[things.team(team_member_budget=7), things.user("ada")],
    ),
    "own budget in place of the team's": Deed(
        [(ADD, add(ADA, max_budget_in_team=5))], ["teams members add {word}-team {word}-ada --max-budget 5"],
        given=[things.team(team_member_budget=7), things.user("ada")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", MEMBERS)
def test_member_is_added(sides: Sides, case: str) -> None:
    found = sides.differ(MEMBERS[case])
    assert not found, said(found)
