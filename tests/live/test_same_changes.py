"""What gwctl changes and deletes leaves the rows that the gateway's own endpoint leaves, but for its defects."""

from __future__ import annotations

import pytest

from live import things
from live.comparison import Meant
from live.sides import Body, Deed, Request, Sides, quoted, said

pytestmark = pytest.mark.live

SECRET, TEAM, USER = "sk-{word}-secret", "{word}-team", "{word}-user"
PERMISSION: Body = {"object_permission": {"vector_stores": ["v"], "agents": ["a"]}}


def deed(path: str, command: str, *given: Request, **sent: object) -> Deed:
    return Deed([(path, sent)], [command], given=given)


def key(command: str, given: Body | None = None, **sent: object) -> Deed:
    return deed("/key/update", command, things.key(**(given or {})), key=SECRET, **sent)


KEYS = {
    "limits": key(
        "keys update {word}-key --max-budget 3 --tpm-limit 5 --rpm-limit 6 --max-parallel-requests 2",
        max_budget=3, tpm_limit=5, rpm_limit=6, max_parallel_requests=2,
    ),
    "name": key("keys update {word}-key --key-alias {word}-other", key_alias="{word}-other"),
    "models": key("keys update {word}-key --models gpt-4o,o3", given={"models": ["a"]}, models=["gpt-4o", "o3"]),
    "all models": key("keys update {word}-key --models ''", given={"models": ["a"]}, models=[]),
    "aliases": key(
        f"keys update {{word}}-key --aliases {quoted({'a': 'b'})}", given={"aliases": {"x": "y"}}, aliases={"a": "b"}
    ),
    "metadata": key(
        "keys update {word}-key --metadata owner=bob", given={"metadata": {"owner": "ada"}}, metadata={"owner": "bob"}
    ),
    "a field inside metadata": key(
        f"keys update {{word}}-key --model-rpm-limit {quoted({'m': 5})}",
        given={"metadata": {"owner": "ada"}, "model_rpm_limit": {"m": 3}}, model_rpm_limit={"m": 5},
    ),
    "increase for a time": key(
        "keys update {word}-key --temp-budget-increase 5 --temp-budget-expiry 2035-01-01T00:00:00",
        temp_budget_increase=5, temp_budget_expiry="2035-01-01T00:00:00",
    ),
    "period": key(
        "keys update {word}-key --budget-duration 7d", given={"budget_duration": "30d"}, budget_duration="7d"
    ),
    "limits lifted": key(
        "keys update {word}-key --set-null max_budget --set-null tpm_limit --set-null key_alias",
        given={"max_budget": 3, "tpm_limit": 3}, max_budget=None, tpm_limit=None, key_alias=None,
    ),
    "rotation": key(
        "keys update {word}-key --auto-rotate --rotation-interval 30d", auto_rotate=True, rotation_interval="30d"
    ),
    "rotation, half of it": key("keys update {word}-key --auto-rotate", auto_rotate=True),
    "rotation, its other half": Deed(
        [("/key/update", {"key": SECRET, "rotation_interval": "30d"})],
        ["keys update {word}-key --rotation-interval 30d"],
        given=[things.key(), ("/key/update", {"key": SECRET, "auto_rotate": True})],
        meant=[Meant(
            "updated", "VerificationToken", "key_rotation_at",
            "the endpoint leaves a date only where it is told both at once; the proxy's job rotates a key without one",
        )],
    ),
    "rotation, off": Deed(
        [("/key/update", {"key": SECRET, "auto_rotate": False})], ["keys update {word}-key --no-auto-rotate"],
        given=[things.key(auto_rotate=True, rotation_interval="30d")],
        meant=[Meant("updated", "VerificationToken", "key_rotation_at", "the endpoint leaves it; it means nothing")],
    ),
    "a first permission": key(
        "keys update {word}-key --vector-stores v,w", object_permission={"vector_stores": ["v", "w"]}
    ),
    "another permission": key(
        "keys update {word}-key --vector-stores w", given=PERMISSION, object_permission={"vector_stores": ["w"]}
    ),
    "blocked": deed("/key/block", "keys block {word}-key --yes", things.key(), key=SECRET),
    "unblocked": deed("/key/unblock", "keys unblock {word}-key --yes", things.key(blocked=True), key=SECRET),
    "into a team": deed(
        "/key/update", "keys update {word}-key --team {word}-team", things.key(), things.team(),
        key=SECRET, team_id="{word}-team",
    ),
    "out of a team": deed(
        "/key/update", "keys update {word}-key --set-null team", things.team(), things.key(team_id="{word}-team"),
        key=SECRET, team_id=None,
    ),
    "deleted": deed(
        "/key/delete", "keys delete {word}-key --yes",
        things.key(max_budget=5, metadata={"a": "b"}, models=["m"], blocked=True), keys=[SECRET],
    ),
    "deleted by name": deed(
        "/key/delete", "keys delete {word}-key --yes", things.key(), key_aliases=["{word}-key"]
    ),
    "deleted with a budget": Deed(
        [("/key/delete", {"keys": [SECRET]})], ["keys delete {word}-key --yes"],
        given=[things.budget(), things.key(budget_id="{word}-budget")],
        meant=[Meant(
            "inserted", "DeletedVerificationToken", "budget_id", "the endpoint's copy loses the budget; gwctl's has it"
        )],
    ),
}  # fmt: skip


def team(command: str, given: Body | None = None, **sent: object) -> Deed:
    return deed("/team/update", command, things.team(**(given or {})), team_id=TEAM, **sent)


TEAMS = {
    "limits": team(
        "teams update {word}-team --max-budget 3 --tpm-limit 5 --rpm-limit 6", max_budget=3, tpm_limit=5, rpm_limit=6
    ),
    "name": team("teams update {word}-team --team-alias {word}-other", team_alias="{word}-other"),
    "models": team("teams update {word}-team --models a,b", given={"models": ["c"]}, models=["a", "b"]),
    "period": team(
        "teams update {word}-team --budget-duration 7d", given={"budget_duration": "30d"}, budget_duration="7d"
    ),
    "metadata": team(
        "teams update {word}-team --metadata owner=bob", given={"metadata": {"owner": "ada"}}, metadata={"owner": "bob"}
    ),
    "limits lifted": team(
        "teams update {word}-team --set-null max_budget --set-null tpm_limit",
        given={"max_budget": 3, "tpm_limit": 3}, max_budget=None, tpm_limit=None,
    ),
    "first model aliases": team(
        f"teams update {{word}}-team --model-aliases {quoted({'a': 'b'})}", model_aliases={"a": "b"}
    ),
    "other model aliases": team(
        f"teams update {{word}}-team --model-aliases {quoted({'a': 'c'})}",
        given={"model_aliases": {"a": "b"}}, model_aliases={"a": "c"},
    ),
    "a first permission": team(
        "teams update {word}-team --vector-stores v", object_permission={"vector_stores": ["v"]}
    ),
    "another permission": team(
        "teams update {word}-team --vector-stores w", given=PERMISSION, object_permission={"vector_stores": ["w"]}
    ),
    "a first budget of members": team("teams update {word}-team --team-member-budget 4", team_member_budget=4),
    "another budget of members": team(
        "teams update {word}-team --team-member-budget 4", given={"team_member_budget": 9}, team_member_budget=4
    ),
    "blocked": deed("/team/block", "teams block {word}-team --yes", things.team(), team_id=TEAM),
    "unblocked": deed("/team/unblock", "teams unblock {word}-team --yes", things.team(blocked=True), team_id=TEAM),
    "rights of members": deed(
        "/team/permissions_update", "teams update {word}-team --team-member-permissions /key/info,/key/list",
        things.team(), team_id=TEAM, team_member_permissions=["/key/info", "/key/list"],
    ),
    "a model less": deed(
        "/team/model/delete", "teams models remove {word}-team a --yes", things.team(models=["a", "b"]),
        team_id=TEAM, models=["a"],
    ),
    "a model more": deed(
        "/team/model/add", "teams models add {word}-team b --yes", things.team(models=["a"]),
        team_id=TEAM, models=["b"],
    ),
    "deleted": deed(
        "/team/delete", "teams delete {word}-team --yes",
        things.team(max_budget=4, metadata={"a": 1}, models=["m"]), team_ids=[TEAM],
    ),
    "deleted with keys and members": deed(
        "/team/delete", "teams delete {word}-team --yes",
        things.team(), things.user(), things.member(), things.key(team_id=TEAM, user_id=USER), team_ids=[TEAM],
    ),
}  # fmt: skip

OF_MEMBER: tuple[Request, ...] = (things.team(), things.user(), things.member())
MEMBERS = {
    "taken out": deed(
        "/team/member_delete", "teams members remove {word}-team {word}-user --yes", *OF_MEMBER,
        team_id=TEAM, user_id=USER,
    ),
    "taken out with a key": deed(
        "/team/member_delete", "teams members remove {word}-team {word}-user --yes", *OF_MEMBER,
        things.key(team_id=TEAM, user_id=USER), team_id=TEAM, user_id=USER,
    ),
    "a first budget": deed(
        "/team/member_update", "teams members update {word}-team {word}-user --max-budget 5", *OF_MEMBER,
        team_id=TEAM, user_id=USER, max_budget_in_team=5,
    ),
}  # fmt: skip


def user(command: str, given: Body | None = None, **sent: object) -> Deed:
    return deed("/user/update", command, things.user(**(given or {})), user_id=USER, **sent)


USERS = {
    "limits": user(
        "users update {word}-user --max-budget 3 --tpm-limit 5 --rpm-limit 6", max_budget=3, tpm_limit=5, rpm_limit=6
    ),
    "role, name, address": user(
        "users update {word}-user --user-role internal_user_viewer --user-alias Ada --user-email {word}@example.com",
        user_role="internal_user_viewer", user_alias="Ada", user_email="{word}@example.com",
    ),
    "models": user("users update {word}-user --models a,b", given={"models": ["c"]}, models=["a", "b"]),
    "period": user(
        "users update {word}-user --budget-duration 7d", given={"budget_duration": "30d"}, budget_duration="7d"
    ),
    "metadata": user(
        "users update {word}-user --metadata owner=bob", given={"metadata": {"owner": "ada"}}, metadata={"owner": "bob"}
    ),
    "budget lifted": user("users update {word}-user --set-null max_budget", given={"max_budget": 3}, max_budget=None),
    "deleted": deed("/user/delete", "users delete {word}-user --yes", things.user(), user_ids=[USER]),
    "deleted out of a team": deed("/user/delete", "users delete {word}-user --yes", *OF_MEMBER, user_ids=[USER]),
}  # fmt: skip

BUDGETS = {
    "limits": deed(
        "/budget/update", "budgets update {word}-budget --max-budget 3 --rpm-limit 4", things.budget(),
        budget_id="{word}-budget", max_budget=3, rpm_limit=4,
    ),
    "deleted": deed("/budget/delete", "budgets delete {word}-budget --yes", things.budget(), id="{word}-budget"),
}  # fmt: skip

CASES = {
    f"{kind}, {case}": deed
    for kind, deeds in {"key": KEYS, "team": TEAMS, "member": MEMBERS, "user": USERS, "budget": BUDGETS}.items()
    for case, deed in deeds.items()
}


@pytest.mark.parametrize("case", CASES)
def test_change_leaves_the_same_rows(sides: Sides, case: str) -> None:
    found = sides.differ(CASES[case])
    assert not found, said(found)
