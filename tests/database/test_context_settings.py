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
