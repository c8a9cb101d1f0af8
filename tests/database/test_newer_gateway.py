"""A newer gateway's database: what its release writes besides, and the release that a context names instead."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from support.database import Database
from support.program import Program

KEYS, TEAMS, BUDGETS, MEMBERSHIPS = (
    f"LiteLLM_{name}" for name in ("VerificationToken", "TeamTable", "BudgetTable", "TeamMembership")
)
ARCHIVE = "LiteLLM_DeletedVerificationToken"
NEWEST = "1.110.2"


class Gateway:
    """A database of 1.100.0; `of(release)` is the same one behind a context that names another release."""

    def __init__(self, gwctl: Program, database: Database) -> None:
        self.run, self.database = gwctl, database

    def of(self, release: str) -> Callable[..., object]:
        self.run(f"contexts set other --url {self.database.url} --gateway-version {release}")
        return lambda command, **how: self.run(f"--context other {command}", **how)


@pytest.fixture
def newer(gwctl: Program, foreign_database: Callable[[str], Database]) -> Gateway:
    database = foreign_database("gateway-1.100.0")
    return Gateway(gwctl.on(database), database)


@pytest.fixture
def record(gwctl: Program, database: Database) -> Gateway:
    return Gateway(gwctl, database)


def now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def midnight(days: int = 0) -> datetime:
    return now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=days)


def monday() -> datetime:
    return midnight(7 - now().weekday())


def next_month() -> datetime:
    return midnight(calendar.monthrange(now().year, now().month)[1] - now().day + 1)


def is_near(value: datetime, expected: datetime) -> bool:
    return abs(value - expected) < timedelta(minutes=1)


def test_a_key_has_the_newer_columns(newer: Gateway) -> None:
    newer.run("keys create nightly --key-type llm_api")
    row = newer.database.row(KEYS)
    assert (row["key_type"], row["allowed_routes"]) == ("llm_api", ["llm_api_routes"])
    assert (row["budget_limits"], row["budget_fallbacks"]) == (None, {})
    assert is_near(row["settings_updated_at"], now())
    newer.run("keys create plain")
    assert newer.database.row(KEYS, key_alias="plain")["key_type"] is None


def test_rotation_and_deletion_carry_them(newer: Gateway) -> None:
    newer.run("keys create nightly --key-type management --budget-duration 30d")
    changes = "budget_fallbacks = '{\"a\": 1}', budget_limits = 'null', settings_updated_at = '2026-01-01'"
    newer.database.execute(f'update "{KEYS}" set {changes}')
    newer.run("keys rotate nightly")
    [archived], row = newer.database.rows(ARCHIVE), newer.database.row(KEYS)
    assert (row["key_type"], row["budget_fallbacks"]) == ("management", {"a": 1})
    assert is_near(row["settings_updated_at"], now())
    assert (archived["key_type"], archived["budget_fallbacks"]) == ("management", {"a": 1})
    assert archived["settings_updated_at"] == datetime(2026, 1, 1)  # noqa: DTZ001
    newer.run("keys delete nightly --yes")
    assert {one["key_type"] for one in newer.database.rows(ARCHIVE)} == {"management"}


def test_lifetime_spend_is_never_written(newer: Gateway) -> None:
    for table in (KEYS, ARCHIVE):
        newer.database.execute(f'alter table "{table}" add total_spend double precision not null default 0')
    newer.run("keys create nightly")
    newer.database.execute(f'update "{KEYS}" set spend = 3, total_spend = 5')
    newer.run("keys reset-spend nightly --yes")
    newer.run("keys rotate nightly")
    row = newer.database.row(KEYS)
    assert (row["spend"], row["total_spend"], newer.database.row(ARCHIVE)["total_spend"]) == (0, 5, 5)


def test_a_raised_budget_row_is_not_over_budget(newer: Gateway) -> None:
    newer.database.execute(
        f'alter table "{BUDGETS}" add temp_budget_increase double precision, add temp_budget_expiry timestamp(3)'
    )
    newer.run("budgets create standard --max-budget 5")
    newer.run("keys create nightly --budget standard")
    newer.database.execute(f'update "{KEYS}" set spend = 6')
    over = "keys list --over-budget -o name"
    assert newer.run(over).lines
    raise_it = f'update "{BUDGETS}" set temp_budget_increase = 5, temp_budget_expiry = now() + %s::interval'
    newer.database.execute(raise_it, "2 days")
    assert not newer.run(over).lines
    newer.database.execute(raise_it, "-2 days")
    assert newer.run(over).lines


@pytest.mark.parametrize(("release", "rows"), [("1.100.0", 0), (NEWEST, 1), ("v1.110.2-stable", 1)])
def test_every_member_has_a_row_from_1_110_on(newer: Gateway, release: str, rows: int) -> None:
    run = newer.of(release)
    run("teams create research")
    run("teams members add research ada")
    run("teams members update research ada --role admin")
    found = newer.database.rows(MEMBERSHIPS)
    assert len(found) == rows
    assert all((row["user_id"], row["budget_id"], row["total_spend"]) == ("ada", None, 0) for row in found)


def test_so_has_one_who_comes_with_a_manifest(newer: Gateway) -> None:
    text = "teams: [{team_alias: research, members: [{user: ada}]}]\nusers: [{user_id: ada}]"
    newer.of(NEWEST)("apply -f - --yes", stdin=text)
    assert newer.database.row(MEMBERSHIPS)["user_id"] == "ada"


WEEKS = {"1w": monday, "2w": lambda: midnight(14)}


@pytest.mark.parametrize("duration", WEEKS)
@pytest.mark.parametrize("place", ["newer", "record"])
def test_weeks_are_weeks_from_1_100_on(request: pytest.FixtureRequest, place: str, duration: str) -> None:
    gateway: Gateway = request.getfixturevalue(place)
    made = gateway.run(f"keys create nightly --budget-duration {duration}")
    row = gateway.database.row(KEYS)
    assert row["budget_reset_at"] == (WEEKS[duration]() if place == "newer" else midnight(1))
    assert ("midnight" in made.stderr) is (place == "record")


def test_a_contexts_release_goes_before_what_the_tables_show(newer: Gateway, record: Gateway) -> None:
    newer.of("1.82.4")("keys create nightly --budget-duration 1w")
    assert newer.database.row(KEYS)["budget_reset_at"] == midnight(1)
    record.of("1.100.0")("keys create nightly --budget-duration 1w")
    assert record.database.row(KEYS)["budget_reset_at"] == monday()


def test_a_cleared_period_takes_its_reset_along(newer: Gateway) -> None:
    newer.run("keys create nightly --budget-duration 30d")
    newer.run("keys update nightly --set-null budget_duration")
    row = newer.database.row(KEYS)
    assert (row["budget_duration"], row["budget_reset_at"]) == (None, None)


def test_budget_rows_keep_the_standard_clock_from_1_110_on(newer: Gateway) -> None:
    newer.run("budgets create rolling --budget-duration 30d")
    run = newer.of(NEWEST)
    run("budgets create standard --budget-duration 30d")
    run("budgets create months --budget-duration 2mo")
    run("teams create research --team-member-budget 5 --budget-duration 30d")
    run("teams members add research ada --max-budget 3 --budget-duration 1d")
    rows = {row["budget_id"].split("-")[0]: row["budget_reset_at"] for row in newer.database.rows(BUDGETS)}
    assert is_near(rows.pop("rolling"), now() + timedelta(days=30))
    assert rows.pop("months") > now() + timedelta(days=50)
    assert (rows.pop("standard"), rows.pop("team")) == (next_month(), next_month())
    assert list(rows.values()) == [midnight(1)]


def test_a_grace_period_is_kept_from_1_105_on(newer: Gateway) -> None:
    newer.run("keys create nightly")
    assert "ignores the grace period" in newer.run("keys rotate nightly --grace 1d").stderr
    newer.of(NEWEST)("keys create other")
    newer.run("--context other keys rotate other --grace 1d")
    assert "ignores" not in newer.run("--context other keys rotate other --grace 1d").stderr


def test_an_organisations_budget_bounds_its_teams_from_1_110_on(newer: Gateway) -> None:
    newer.database.execute(
        f"insert into \"{BUDGETS}\" (budget_id, max_budget, created_by, updated_by) values ('b', 5, 'a', 'a')"
    )
    newer.database.execute(
        'insert into "LiteLLM_OrganizationTable"'
        " (organization_id, organization_alias, budget_id, created_by, updated_by)"
        " values ('acme', 'acme', 'b', 'a', 'a')"
    )
    assert "above 5" in newer.run("teams create research --org acme --max-budget 6").stderr
    newer.of(NEWEST)("teams create ops --org acme --max-budget 6", code=6)


def test_the_interfaces_own_team_is_not_made(newer: Gateway) -> None:
    newer.run("teams create ui --team-id litellm-dashboard", code=6)


def test_a_project_is_its_teams_from_1_110_on(newer: Gateway) -> None:
    newer.run("teams create research --team-id research")
    newer.run("teams create ops --team-id ops")
    newer.database.execute(
        'insert into "LiteLLM_ProjectTable" (project_id, project_alias, team_id, created_by, updated_by)'
        " values ('search', 'search', 'research', 'a', 'a')"
    )
    newer.run("keys create loose --project search --team ops")
    newest = newer.of(NEWEST)
    newest("keys create nightly --project search --team ops", code=6)
    newest("keys create nightly --project search --team research")


def test_a_service_accounts_key_stays_one_from_1_110_on(newer: Gateway) -> None:
    newer.run("teams create research")
    newer.run("keys create nightly --team research --service-account-id robot")
    newest = newer.of(NEWEST)
    newest("keys update nightly --set-null service_account_id", code=6)
    newest("keys update nightly --max-budget 5")
    newer.run("keys update nightly --set-null service_account_id")


def test_both_sides_of_an_access_group_move(newer: Gateway) -> None:
    newer.run("access-groups create beta")
    newer.run("teams create research --access-groups beta")
    newer.run("keys create nightly --team research --access-groups beta")
    group = newer.database.row("LiteLLM_AccessGroupTable")
    assert group["assigned_team_ids"] == [newer.database.row(TEAMS)["team_id"]]
    assert group["assigned_key_ids"] == [newer.database.row(KEYS)["token"]]
    newer.run("teams delete research --yes")
    group = newer.database.row("LiteLLM_AccessGroupTable")
    assert (group["assigned_team_ids"], group["assigned_key_ids"]) == ([], [])


def test_a_deleted_team_leaves_whole_copies(newer: Gateway) -> None:
    newer.run("budgets create standard")
    newer.run("teams create research --max-budget 5 --metadata a=b")
    newer.run("keys create nightly --team research --budget standard --key-type read_only")
    team, key = newer.database.row(TEAMS), newer.database.row(KEYS)
    newer.run("teams delete research --yes")
    for before, copy in ((team, newer.database.row("LiteLLM_DeletedTeamTable")), (key, newer.database.row(ARCHIVE))):
        shared = before.keys() & copy.keys()
        assert {name: copy[name] for name in shared} == {name: before[name] for name in shared}
