"""A key that gwctl makes has the rows that /key/generate makes of the same values."""

from __future__ import annotations

import pytest

from live import things
from live.comparison import Meant
from live.sides import Body, Deed, Maker, New, Sides, said

pytestmark = pytest.mark.live

GENERATE = Maker("/key/generate", "keys", "key_alias")
KEY: Body = {"key_alias": "{word}-key"}
IN_TEAM: Body = {**KEY, "team_id": "{word}-team"}
PERIODS = ("45m", "1h", "1d", "24h", "48h", "2d", "7d", "14d", "30d", "1mo", "1w")
LIVES = ("90s", "45m", "12h", "30d", "2w", "1mo", "3mo")


KEPT = Meant(
    "inserted", "VerificationToken", "organization_id",
    "the enterprise package puts the team's organisation over what is given, even if there is none; gwctl does not",
)  # fmt: skip

CASES = {
    "nothing": New({}, manifest=False),
    "name": New(KEY),
    "limits": New({**KEY, "max_budget": 12.5, "tpm_limit": 1000, "rpm_limit": 10, "max_parallel_requests": 3}),
    "budget of nothing": New({**KEY, "max_budget": 0}),
    "models": New({**KEY, "models": ["gpt-4o", "openai/*", "all-team-models"]}),
    "lists": New(
        {**KEY, "models": [], "allowed_routes": ["/v1/models", "/chat/*"], "allowed_cache_controls": ["no-cache"]}
    ),
    **{f"period {text}": New({**KEY, "budget_duration": text, "max_budget": 1}) for text in PERIODS},
    **{f"lives {text}": New({**KEY, "duration": text}) for text in LIVES},
    "metadata": New(
        {**KEY, "metadata": {"owner": "ada", "n": 3, "list": [1, None], "tags": ["a"], "deep": {"a": {"b": None}}}}
    ),
    "fields inside metadata": New({
        **KEY, "model_rpm_limit": {"gpt-4o": 5}, "model_tpm_limit": {"gpt-4o": 500},
        "rpm_limit_type": "best_effort_throughput", "tpm_limit_type": "dynamic", "metadata": {"x": "y"},
        "allowed_vector_store_indexes": [{"index_name": "i", "index_permissions": ["read"]}],
        "enforced_params": ["user"],
    }),
    "aliases, config, permissions": New(
        {**KEY, "aliases": {"a": "gpt-4o"}, "config": {"b": 1}, "permissions": {"allow": True}}
    ),
    "router settings": New({**KEY, "router_settings": {"num_retries": 2}}),
    "blocked": New({**KEY, "blocked": True}),
    "not blocked": New({**KEY, "blocked": False}),
    **{f"type {kind}": New({**KEY, "key_type": kind}) for kind in ("default", "llm_api", "management", "read_only")},
    "type beside routes": New({**KEY, "key_type": "llm_api", "allowed_routes": ["/v1/models"]}),
    "agent": New({**KEY, "agent_id": "{word}-agent"}),
    "rotation": New({**KEY, "auto_rotate": True, "rotation_interval": "30d"}),
    "soft budget": New({**KEY, "soft_budget": 3, "max_budget": 4}),
    "budget": New({**KEY, "budget_id": "{word}-budget"}, given=[things.budget()]),
    "soft budget beside a budget": New(
        {**KEY, "budget_id": "{word}-budget", "soft_budget": 3}, given=[things.budget()]
    ),
    "permission": New(
        {**KEY, "object_permission": {"vector_stores": ["v"], "agents": ["a"], "agent_access_groups": ["g"]}}
    ),
    "user": New({**KEY, "user_id": "{word}-user"}, given=[things.user()]),
    "team": New(IN_TEAM, given=[things.team()]),
    "team and user": New({**IN_TEAM, "user_id": "{word}-user"}, given=[things.team(), things.user()]),
    "service account": New({**IN_TEAM, "metadata": {"service_account_id": "{word}-account"}}, given=[things.team()]),
    "guaranteed": New(
        {
            **IN_TEAM, "rpm_limit": 5, "rpm_limit_type": "guaranteed_throughput", "tpm_limit": 10,
            "tpm_limit_type": "guaranteed_throughput", "model_rpm_limit": {"gpt-4o": 2},
        },
        given=[things.team(rpm_limit=10, tpm_limit=100)],
    ),
    "organisation": New({**KEY, "organization_id": "{word}-org"}, given=[things.org()]),
    "team of an organisation": New(IN_TEAM, given=[things.org(), things.team(organization_id="{word}-org")]),
    "another organisation than the team's": New(
        {**IN_TEAM, "organization_id": "{word}-org"}, given=[things.org(), things.team()], meant=[KEPT]
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_key_is_made(sides: Sides, case: str) -> None:
    found = sides.differ_in_making(GENERATE, CASES[case])
    assert not found, said(found)


@pytest.mark.parametrize("half", [{"auto_rotate": True}, {"rotation_interval": "30d"}], ids=" ".join)
def test_half_of_a_rotation(sides: Sides, half: Body) -> None:
    """/key/generate drops either without the other; gwctl keeps what it is told, as /key/update does, and warns."""
    [line] = {line.partition(": ")[2] for line in sides.differ_in_making(GENERATE, New({**KEY, **half}))}
    [(field, value)] = half.items()
    nothing = {"auto_rotate": False}.get(field)
    assert line == f"inserted LiteLLM_VerificationToken.{field}: {nothing} by the gateway, {value!r} by gwctl"
    requests = [
        ("/key/generate", {**KEY, "key": "sk-{word}-secret"}),
        ("/key/update", {"key": "sk-{word}-secret", **half}),
    ]
    flag = "--auto-rotate" if field == "auto_rotate" else "--rotation-interval 30d"
    found = sides.differ(Deed(requests, [f"keys create {{word}}-key {flag}"]))
    assert not found, said(found)


def test_service_account_is_made(sides: Sides) -> None:
    """The endpoint of their own marks nothing: it leaves out the user, and wants a team."""
    body = {"team_id": "{word}-team", "key_alias": "{word}-key", "models": ["gpt-4o"]}
    command = "keys create {word}-key --team {word}-team --models gpt-4o"
    found = sides.differ(Deed([("/key/service-account/generate", body)], [command], given=[things.team()]))
    assert not found, said(found)


def test_secret_of_ones_own_has_the_same_hash(sides: Sides) -> None:
    """Hashes are made equal in the other tests."""
    word = sides.name("word")
    theirs, ours = (f"sk-{word}-{side}" for side in ("theirs", "ours"))
    sides.gateway.post("/key/generate", key=theirs, key_alias=f"{word}-theirs")
    sides.program(["keys", "create", f"{word}-ours", "--secret-from", "{env: OURS}"], env={"OURS": ours})
    stored = {row["key_alias"]: row for row in sides.database.rows("LiteLLM_VerificationToken")}
    for secret, alias in ((theirs, f"{word}-theirs"), (ours, f"{word}-ours")):
        assert sides.gateway.get("/key/info", key=secret).body["info"]["key_alias"] == alias
        assert stored[alias]["key_name"] == f"sk-...{secret[-4:]}"
