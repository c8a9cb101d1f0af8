"""What was changed by hand since manifests were applied, and by whom."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gwctl import settings
from gwctl.cli.render import drift as rendered
from gwctl.cli.work import kinds
from gwctl.core import unit
from gwctl.core.plan import Step
from gwctl.core.unit import Place
from gwctl.questions import drift
from support.database import Database
from support.program import Program

MANIFEST = """
budgets: [{budget_id: gold, max_budget: 1}]
users: [{user_id: ada}]
teams:
  - {team_alias: red, max_budget: 5, models: [gpt-4o], team_member_budget: 3, members: [{user: ada, max_budget: 2}]}
projects: [{project_alias: web, team: red, max_budget: 2}]
"""


@pytest.fixture
def applied(gwctl: Program) -> None:
    gwctl("--actor ci apply -f - --yes", stdin=MANIFEST)


def authors(gwctl: Program, database: Database, manifest: str = MANIFEST) -> dict[str, Any]:
    """Who is told of the steps of a diff, by the name of the object."""
    plan = gwctl("diff -f - -o json", stdin=manifest, code=1).json
    steps = [
        Step(one["action"], one["kind"], one["name"], one["id"], dict.fromkeys(one["fields"], ()))  # type: ignore[misc]
        for one in plan["changes"]
    ]
    place = Place(settings.resolve(database_url=database.url, interactive=False), kinds(), "diff")
    with unit.reading(place) as opened:
        found = drift.authors(opened, steps)
    return {step.name: author and (author.actor, author.change_set) for step, author in zip(steps, found, strict=True)}


def newest(gwctl: Program) -> str:
    return gwctl("audit list --limit 1 -o json").json[0]["change_set"]


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("teams update red --max-budget 6", "red"),
        ("teams members update red ada --max-budget 4", "red"),
        ("teams update red --team-member-budget 4", "red"),
        ("projects update web --max-budget 3", "web"),
        ("budgets update gold --max-budget 2", "gold"),
        ("budgets delete gold --yes", "gold"),
    ],
)
def test_the_command_that_did_it_is_told(
    gwctl: Program, database: Database, applied: None, command: str, name: str
) -> None:
    gwctl(f"--actor ann {command}")
    assert authors(gwctl, database) == {name: ("ann", newest(gwctl))}


def test_of_several_the_last_that_changed_the_field(gwctl: Program, database: Database, applied: None) -> None:
    gwctl("--actor ann teams update red --max-budget 6")
    change = newest(gwctl)
    gwctl("--actor ben teams update red --metadata a=b")
    assert authors(gwctl, database) == {"red": ("ann", change)}


def test_a_manifest_that_changed_is_nobodys_drift(gwctl: Program, database: Database, applied: None) -> None:
    assert authors(gwctl, database, MANIFEST.replace("max_budget: 5", "max_budget: 7")) == {"red": None}
    gwctl("--actor ann teams update red --max-budget 6")
    gwctl("--actor ci --reason x apply -f - --yes", stdin=MANIFEST)
    assert authors(gwctl, database, MANIFEST.replace("max_budget: 5", "max_budget: 7")) == {"red": None}


def test_the_gateways_own_log_counts(gwctl: Program, database: Database, applied: None) -> None:
    team = database.row("LiteLLM_TeamTable")["team_id"]
    database.execute('update "LiteLLM_TeamTable" set max_budget = 9')
    assert authors(gwctl, database) == {"red": None}
    database.insert(
        "LiteLLM_AuditLog", id="log-1", updated_at=datetime.now(UTC).replace(tzinfo=None) + timedelta(minutes=1),
        changed_by="mia", changed_by_api_key="abc", action="updated", table_name="LiteLLM_TeamTable", object_id=team,
        before_value={"max_budget": 5}, updated_values={"max_budget": 9},
    )  # fmt: skip
    assert authors(gwctl, database) == {"red": ("mia", None)}


def test_without_records_nobody_is_told(gwctl: Program, database: Database, applied: None) -> None:
    gwctl("--actor ann teams update red --max-budget 6")
    database.execute("drop schema gwctl cascade")
    assert authors(gwctl, database) == {"red": ("ann", None)}  # of what gwctl wrote into the gateway's own log
    database.execute('truncate "LiteLLM_AuditLog"')
    assert authors(gwctl, database) == {"red": None}


def test_a_line_for_people() -> None:
    at = datetime(2026, 3, 31, 12, tzinfo=UTC)
    one = drift.Author("ann\x1b", at, "month end", "c-1", None)
    assert rendered.sentence(one) == "changed by ann\\x1b at 2026-03-31T12:00:00.000Z, change set c-1: month end"
    assert rendered.sentence(drift.Author("mia", at, None, None, "log-1")) == (
        "changed by mia at 2026-03-31T12:00:00.000Z, as the gateway has logged"
    )


def test_diff_tells_who_it_was(gwctl: Program, applied: None) -> None:
    gwctl(["--actor", "ann", "--reason", "more room", "teams", "update", "red", "--max-budget", "6"])
    told = gwctl("diff -f -", stdin=MANIFEST, code=1).stdout
    assert "By hand since it was applied:\n  team red: changed by ann at " in told
    assert told.rstrip().endswith(": more room")
    found = gwctl("diff -f - -o json", stdin=MANIFEST, code=1).json["drift"]
    assert [(one["kind"], one["name"], one["changed_by"]["actor"]) for one in found] == [("team", "red", "ann")]
    gwctl("apply -f - --yes", stdin=MANIFEST)
    assert "drift" not in gwctl("diff -f - -o json", stdin=MANIFEST.replace("5", "7"), code=1).json
