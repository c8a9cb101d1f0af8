"""Keys that gwctl makes and changes, at the door of the gateway."""

from __future__ import annotations

from pathlib import Path

import pytest

from live.gateway import Gateway, eventually, settle
from live.program import LiveProgram
from live.turns import Name, Turn, Turned, assert_answered, take
from support.database import Database

pytestmark = pytest.mark.live

OK = "200"
BLOCKED = "401 auth_error"
UNKNOWN = "401 token_not_found_in_db"
EXPIRED = "400 expired_key"
OVER = "400 budget_exceeded"
MODEL = "401 key_model_access_denied"
ROUTE = "403"

SPENT = """update "LiteLLM_VerificationToken" set spend = {amount} where key_alias = '{{key}}'"""

TURNS = {
    "plain": Turn("keys create {key}", OK),
    "named models": Turn("keys create {key} --models {one},{other}", OK),
    "pattern": Turn("keys create {key} --models openai/*,*", OK),
    "no alias": Turn("keys create", OK),
    "blocked": Turn("keys create {key} --blocked", BLOCKED, "keys unblock {key} --yes", OK),
    "unblocked": Turn("keys create {key} --no-blocked", OK, "keys block {key} --yes", BLOCKED),
    "expired": Turn("keys create {key} --expires 2020-01-01T00:00:00Z", EXPIRED),
    "expires ahead": Turn("keys create {key} --expires 2035-01-01T00:00:00Z", OK),
    "lives a second": Turn("keys create {key} --duration 1s", OK, then=EXPIRED),
    "lives an hour": Turn("keys create {key} --duration 1h", OK, then=OK),
    "expiry moved": Turn(
        "keys create {key} --duration 1h", OK, "keys update {key} --expires 2020-01-01T00:00:00Z", EXPIRED
    ),
    "expiry lifted": Turn(
        "keys create {key} --expires 2020-01-01T00:00:00Z", EXPIRED, "keys update {key} --set-null expires", OK
    ),
    "budget of nothing": Turn("keys create {key} --max-budget 0", OVER),
    "spend at the budget": Turn(
        "keys create {key} --max-budget 5 --budget-duration 30d", OK, sql=SPENT.format(amount=5), then=OVER
    ),
    "spend below the budget": Turn("keys create {key} --max-budget 5", OK, sql=SPENT.format(amount=4.5), then=OK),
    "spend set back": Turn(
        "keys create {key} --max-budget 0.05", OK, "keys reset-spend {key} --yes", OK, sql=SPENT.format(amount=9)
    ),
    "budget raised": Turn("keys create {key} --max-budget 0", OVER, "keys update {key} --max-budget 10", OK),
    "budget lifted": Turn("keys create {key} --max-budget 0", OVER, "keys update {key} --set-null max_budget", OK),
    "increase for a time": Turn(
        "keys create {key} --max-budget 5 --temp-budget-increase 5 --temp-budget-expiry 2035-01-01T00:00:00",
        OK, sql=SPENT.format(amount=7), then=OK,
    ),
    "increase that is over": Turn(
        "keys create {key} --max-budget 5 --temp-budget-increase 5 --temp-budget-expiry 2020-01-01T00:00:00",
        OK, sql=SPENT.format(amount=7), then=OVER,
    ),
    "soft budget passed": Turn("keys create {key} --soft-budget 1", OK, sql=SPENT.format(amount=7), then=OK),
    "budget row": Turn(
        "keys create {key} --budget {budget}", OK, sql=SPENT.format(amount=7), then=OVER,
        before=["budgets create {budget} --max-budget 7 --budget-duration 30d"],
    ),
    "own budget before the row's": Turn(
        "keys create {key} --budget {budget} --max-budget 20", OK, sql=SPENT.format(amount=7), then=OK,
        before=["budgets create {budget} --max-budget 7"],
    ),
    "budget row changed": Turn(
        "keys create {key} --budget {budget}", OVER, "budgets update {budget} --max-budget 7 --yes", OK,
        before=["budgets create {budget} --max-budget 0"],
    ),
    "outside its models": Turn("keys create {key} --models {other}", MODEL),
    "models changed": Turn("keys create {key} --models {one}", OK, "keys update {key} --models {other}", MODEL),
    "models added": Turn("keys create {key} --models {other}", MODEL, "keys update {key} --add-models {one}", OK),
    "own alias": Turn("""keys create {key} --models swift --aliases '{{"swift": "{one}"}}'""", OK, model="swift"),
    "routes of models": Turn("keys create {key} --key-type llm_api", OK),
    "routes of management": Turn("keys create {key} --key-type management", ROUTE),
    "another route": Turn("keys create {key} --allowed-routes /v1/embeddings", ROUTE),
    "route by prefix": Turn("keys create {key} --allowed-routes /v1/chat/*", OK),
    "routes changed": Turn("keys create {key} --allowed-routes /x", ROUTE, "keys update {key} --allowed-routes ''", OK),
    "access group": Turn(
        "keys create {key} --models {other} --access-groups {group}", OK,
        before=["access-groups create {group} --access-model-names {one}"],
    ),
    "another access group": Turn(
        "keys create {key} --models {other} --access-groups {group}", MODEL,
        before=["access-groups create {group} --access-model-names nothing"],
    ),
    "metadata": Turn("keys create {key} --metadata owner=ada --metadata 'n:=[1, null]' --tags a,b", OK),
    "router settings": Turn("""keys create {key} --router-settings '{{"num_retries": 1}}'""", OK),
    "config": Turn("""keys create {key} --models {other} --config '{{"x": 1}}'""", OK),
    "cleared": Turn(
        """keys create {key} --aliases '{{"a": "b"}}' --metadata x=y""", OK,
        "keys update {key} --set-null aliases --set-null config --set-null permissions --set-null router_settings "
        "--set-null model_max_budget", OK,
    ),
    "service account": Turn(
        "keys create {key} --team {team} --service-account-id {account}", OK, before=["teams create {team}"]
    ),
    "user that is blocked from all models": Turn(
        "keys create {key} --user {user}", "401 key_model_access_denied",
        before=["users create {user} --models no-default-models"],
    ),
    "outside its user's models": Turn(
        "keys create {key} --user {user}", "401 user_model_access_denied",
        "users update {user} --models {one}", OK, before=["users create {user} --models {other}"],
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def turned(live_gateway: Gateway, live: LiveProgram, live_database: Database, name: Name) -> dict[str, Turned]:
    return take(TURNS, live_gateway, live, live_database, name)


@pytest.mark.parametrize("case", TURNS)
def test_key_is_answered(turned: dict[str, Turned], case: str) -> None:
    assert_answered(turned[case], TURNS[case])


def test_rotated_and_deleted(live_gateway: Gateway, live: LiveProgram, live_database: Database, name: Name) -> None:
    alias, doomed, spent = name("key"), name("key"), name("key")
    old, gone = live.key(["keys", "create", alias]), live.key(["keys", "create", doomed])
    worn = live.key(["keys", "create", spent, "--max-budget", "5"])
    assert [live_gateway.chat(key).verdict for key in (old, gone, worn)] == [OK, OK, OK]
    new = live.key(["keys", "rotate", alias, "--yes"])
    assert live_gateway.chat(new).verdict == OK  # at once
    live.key(["keys", "rotate", spent, "--yes"])
    live(["keys", "delete", doomed, "--yes"])
    settle()
    assert [live_gateway.chat(key).verdict for key in (old, gone, worn, new)] == [UNKNOWN, UNKNOWN, UNKNOWN, OK]


def test_secret_of_ones_own(live_gateway: Gateway, live: LiveProgram, name: Name, tmp_path: Path) -> None:
    secret, other = (f"sk-{name('secret')}-of-my-own" for _ in range(2))
    file = tmp_path / "secret"
    file.write_text(other + "\n")
    live(["keys", "create", name("key"), "--secret-from", "{env: MY_SECRET}"], env={"MY_SECRET": secret})
    live(["keys", "create", name("key"), "--secret-from", f"{{file: {file}}}"])
    assert [live_gateway.chat(key).verdict for key in (secret, other)] == [OK, OK]
    found = live(["keys", "get", "-", "-o", "json"], stdin=secret).json
    assert found["key_name"] == f"sk-...{secret[-4:]}"


def test_spend_of_calls_reaches_the_budget(
    live_gateway: Gateway, live: LiveProgram, live_database: Database, name: Name
) -> None:
    """No row is touched by hand: a key that may spend less than one call costs is let in once."""
    alias = name("key")
    key = live.key(["keys", "create", alias, "--max-budget", "0.01"])
    assert live_gateway.chat(key).verdict == OK
    eventually(lambda: live_database.row("LiteLLM_VerificationToken", key_alias=alias)["spend"] > 0)
    settle()
    assert live_gateway.chat(key).verdict == OVER
    assert live(["keys", "get", alias, "-o", "json"]).json["spend"] > 0
    assert alias in live("keys list --over-budget --all -o csv --fields key_alias").lines
