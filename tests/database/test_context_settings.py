"""What a context sets beside its URL, each seen in what a command writes or refuses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from support.database import Database
from support.program import Program, Result

KEYS = "LiteLLM_VerificationToken"
Run = Callable[..., Result]


@pytest.fixture
def other(gwctl: Program, database: Database) -> Callable[[str], Run]:
    """The program on a context with those settings; the environment's own URL leads nowhere."""

    def make(settings: str) -> Run:
        gwctl(f"contexts set other --url {database.url} {settings}")
        env = {"GWCTL_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none"}
        return lambda command, **how: gwctl(f"--context other {command}", env=env, **how)

    return make


def test_keys_may_come_without_their_teams_organisation(
    gwctl: Program, database: Database, other: Callable[[str], Run]
) -> None:
    run = other("--no-key-inherits-org")
    run("orgs create acme --organization-id acme --models gpt-4o")
    run("teams create research --org acme --models gpt-4o")
    run("keys create apart --team research")
    gwctl("keys create nightly --team research")
    found = {row["key_alias"]: row["organization_id"] for row in database.rows(KEYS)}
    assert found == {"apart": None, "nightly": "acme"}


def test_the_gateways_audit_may_stay_empty(database: Database, other: Callable[[str], Run]) -> None:
    run = other("--no-gateway-audit")
    run("teams create research")
    assert database.rows("LiteLLM_AuditLog") == []
    assert len(run("audit list -o json").json) == 1


def test_days_begin_in_the_gateways_zone(database: Database, other: Callable[[str], Run]) -> None:
    other("--timezone Asia/Tokyo")("keys create nightly --budget-duration 1d")
    today = datetime.now(ZoneInfo("Asia/Tokyo")).replace(hour=0, minute=0, second=0, microsecond=0)
    expected = (today + timedelta(days=1)).astimezone(UTC).replace(tzinfo=None)
    assert database.row(KEYS)["budget_reset_at"] == expected


def test_a_licence_silences_what_is_said_without_one(gwctl: Program, other: Callable[[str], Run]) -> None:
    assert "licence" in gwctl("keys create nightly --guardrails pii").stderr
    assert "licence" not in other("--licensed")("keys create licensed --guardrails pii").stderr


def test_nothing_is_changed_where_only_reading_is_allowed(database: Database, other: Callable[[str], Run]) -> None:
    run = other("--read-only")
    for command in ("keys create nightly", "apply -f - --yes", "db upgrade --yes"):
        assert "read-only" in run(command, code=6, stdin="teams: [{team_alias: research}]").stderr
    run("keys list")
    assert database.rows(KEYS) == []


def test_a_protected_one_needs_a_yes(database: Database, other: Callable[[str], Run]) -> None:
    run = other("--protected")
    run("keys create nightly", code=2)
    run("keys create nightly --yes")
    assert len(database.rows(KEYS)) == 1


DEFAULTS = (
    '{"max_budget": 5, "duration": "30d", "models": ["gpt-4o"], "team_id": "t-1", "metadata": {"a": 1}, "rpm_limit": 9}'
)
BOUNDS = '{"max_budget": 10, "duration": "60d", "budget_duration": "30d", "tpm_limit": 100}'


def test_new_keys_get_what_the_proxy_gives_them(database: Database, other: Callable[[str], Run]) -> None:
    run = other(f"--default-key-generate-params '{DEFAULTS}'")
    run("teams create research --team-id t-1 --models gpt-4o,o3")
    run("keys create silent")
    run("keys create speaking --max-budget 7 --expires 2031-01-01T00:00:00Z --models o3 --rpm-limit 1 --metadata b=2")
    silent, speaking = (database.row(KEYS, key_alias=name) for name in ("silent", "speaking"))
    names = ("max_budget", "models", "team_id", "metadata", "rpm_limit", "tpm_limit")
    assert [silent[name] for name in names] == [5, ["gpt-4o"], "t-1", {"a": 1}, 9, None]
    assert silent["expires"] - silent["created_at"] == timedelta(days=30)
    assert [speaking[name] for name in names] == [7, ["o3"], "t-1", {"b": "2"}, 1, None]
    assert speaking["expires"] == datetime(2031, 1, 1)  # noqa: DTZ001 - as it is stored
    run("keys update silent --max-budget 500")
    assert run("apply -f - --yes -o json", stdin="keys: [{key_alias: silent}]").json["changes"] == []


def test_new_keys_may_have_no_more_than_the_proxy_gives(database: Database, other: Callable[[str], Run]) -> None:
    run = other(f"--upperbound-key-generate-params '{BOUNDS}'")
    run("keys create silent")
    row = database.row(KEYS)
    names = ("max_budget", "budget_duration", "tpm_limit", "rpm_limit")
    assert [row[name] for name in names] == [10, "30d", 100, None]
    assert row["expires"] - row["created_at"] == timedelta(days=60)
    run("keys create within --max-budget 3 --duration 7d --budget-duration 1d --tpm-limit 100")
    for option, said in (
        ("--max-budget 11", "max_budget 11 is above 10"), ("--duration 61d", "duration 61d is above 60d"),
        ("--budget-duration 31d", "budget_duration 31d is above 30d"),
        ("--tpm-limit 101", "tpm_limit 101 is above 100"),
        ("--expires 2099-01-01T00:00:00Z", "expires 2099-01-01T00:00:00+00:00 is above 60d"),
    ):  # fmt: skip
        assert said in run(f"keys create more {option}", code=6).stderr
    run("apply -f - --yes --secrets-to -", stdin="keys: [{key_alias: more, max_budget: 11}]", code=6)
    assert len(database.rows(KEYS)) == 2


@pytest.mark.parametrize(("option", "said"), [
    ('--upperbound-key-generate-params \'{"max_budgets": 1}\'', "did you mean max_budget?"),
    ('--upperbound-key-generate-params \'{"models": ["m"]}\'', 'unknown key "models"'),
    ('--upperbound-key-generate-params \'{"max_budget": -1}\'', "a number from 0 on"),
    ('--default-key-generate-params \'{"tpm_limit": 1.5}\'', "a whole number from 0 on"),
    ('--default-key-generate-params \'{"duration": "soon"}\'', "soon"),
    ("--default-key-generate-params 5", "JSON object"),
])  # fmt: skip
def test_what_the_proxy_gives_is_judged(gwctl: Program, database: Database, option: str, said: str) -> None:
    assert said in gwctl(f"contexts set other --url {database.url} {option}", code=5).stderr


def test_settings_after_a_table_stay_outside_of_it(gwctl: Program, database: Database) -> None:
    bounds = '{"max_budget": 1}'
    gwctl(f"contexts set other --url {database.url} --upperbound-key-generate-params '{bounds}'")
    shown = gwctl("contexts set other --timezone Asia/Tokyo -o json").json
    assert (shown["timezone"], shown["upperbound_key_generate_params"]) == ("Asia/Tokyo", {"max_budget": 1})
