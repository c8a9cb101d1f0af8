"""The history of changes: what is listed, shown, and forgotten."""

from __future__ import annotations

from datetime import datetime

from support.database import Database
from support.program import Program


def newest(gwctl: Program) -> str:
    return gwctl("audit list --limit 1 -o json").json[0]["change_set"]


def objects(gwctl: Program, options: str) -> list[str]:
    return sorted(row["object_id"] for row in gwctl(f"audit list {options} -o json").json)


def put_gateways(database: Database, **columns: object) -> str:
    """A row as the gateway itself logs a change."""
    row = database.insert(
        "LiteLLM_AuditLog", **{
            "id": "log-1", "updated_at": datetime(2026, 1, 2, 3, 4, 5, 678000), "changed_by": "default_user_id",  # noqa: DTZ001
            "changed_by_api_key": "abc", "action": "updated", "table_name": "LiteLLM_TeamTable", "object_id": "t-1",
            "before_value": {"max_budget": 1}, "updated_values": {"max_budget": 2}, **columns,
        },
    )  # fmt: skip
    return str(row["id"])


def test_actor_object_table_and_time_choose(gwctl: Program) -> None:
    gwctl("--actor ann budgets create gold --max-budget 1")
    gwctl("--actor ben --reason audit budgets create iron --max-budget 1")
    gwctl("--actor ben teams create red")
    assert objects(gwctl, "--actor ann") == ["gold"]
    assert objects(gwctl, "--actor ben --table BudgetTable") == ["iron"]
    assert objects(gwctl, "--object iron") == ["iron"]
    assert objects(gwctl, "--since 1h --actor ben --table LiteLLM_BudgetTable") == ["iron"]
    assert objects(gwctl, "--until 1h") == []
    assert objects(gwctl, "--until 2026-01-01") == []
    assert len(objects(gwctl, "--since 2026-01-01")) == 3
    [row] = gwctl("audit list --object iron -o json").json
    assert (row["actor"], row["reason"], row["action"], row["source"]) == ("ben", "audit", "created", "gwctl")
    assert row["session_user"]


def test_an_object_goes_by_its_name_too(gwctl: Program, database: Database) -> None:
    gwctl("teams create red")
    gwctl("teams block red")
    team = database.row("LiteLLM_TeamTable")["team_id"]
    assert objects(gwctl, "--object red") == [team, team]


def test_the_gateways_own_rows_stand_beside_and_gwctls_are_not_told_twice(gwctl: Program, database: Database) -> None:
    put_gateways(database)
    gwctl("teams create red")
    assert len(database.rows("LiteLLM_AuditLog")) == 2
    found = gwctl("audit list -o json").json
    assert [(row["source"], row["action"]) for row in found] == [("gwctl", "created"), ("gateway", "updated")]
    assert found[1] | {"reason": None} == {
        "change_set": None, "at": "2026-01-02T03:04:05.678Z", "actor": "default_user_id", "reason": None,
        "action": "updated", "table_name": "LiteLLM_TeamTable", "object_id": "t-1", "command": None,
        "session_user": None, "set_name": None, "source": "gateway", "audit_log": "log-1",
    }  # fmt: skip
    assert objects(gwctl, "--actor default_user_id") == ["t-1"]
    assert gwctl("audit list -o name").lines == [found[0]["change_set"]]
    [row] = gwctl("audit show log-1 -o json").json["rows"]
    assert (row["before"], row["after"]) == ({"max_budget": 1}, {"max_budget": 2})


def test_without_tables_of_its_own_gwctls_rows_are_known_by_what_they_bear(gwctl: Program, database: Database) -> None:
    put_gateways(database, updated_values={"max_budget": 2, "gwctl": {"change_set": "c-1", "reason": "why"}})
    database.execute("drop schema gwctl cascade")
    [row] = gwctl("audit list -o json").json
    assert (row["source"], row["change_set"], row["reason"]) == ("gwctl", "c-1", "why")


def age(database: Database, days: int, actor: str) -> None:
    database.execute("update gwctl.change_set set at = at - make_interval(days => %s) where actor = %s", days, actor)


def test_what_is_old_is_forgotten_but_for_who_did_it(gwctl: Program, database: Database) -> None:
    gwctl("--actor ann --reason plan budgets create gold --max-budget 1")
    old = newest(gwctl)
    gwctl("--actor ben budgets create iron --max-budget 1")
    age(database, 100, "ann")
    assert gwctl("audit prune --older-than 90d --dry-run -o json").json["rows"] == 1
    gwctl("audit prune --older-than 90d", code=2)
    assert len(database.rows("gwctl.row_image")) == 2
    counted = gwctl("--actor eve audit prune --older-than 90d --yes -o json").json
    assert (counted["change_sets"], counted["rows"]) == (1, 1)
    assert [row["object_id"] for row in database.rows("gwctl.row_image")] == ["iron"]
    listed = {row["actor"]: row for row in gwctl("audit list -o json").json if row["source"] == "gwctl"}
    assert (listed["ann"]["action"], listed["ann"]["reason"], listed["ann"]["object_id"]) == ("pruned", "plan", None)
    assert listed["eve"]["command"] == "gwctl --actor eve audit prune --older-than 90d --yes -o json"
    assert "no longer be undone" in gwctl(["audit", "undo", old, "--yes"], code=4).stderr
    shown = gwctl(["audit", "show", old])
    assert "no longer be undone" in shown.stderr
    assert "plan" in shown.stdout


def test_nothing_old_is_nothing_done(gwctl: Program, database: Database) -> None:
    gwctl("budgets create gold --max-budget 1")
    assert gwctl("audit prune --older-than 90d -o json").json["rows"] == 0
    assert len(database.rows("gwctl.change_set")) == 1


def test_what_sets_own_outlives_the_pruning(gwctl: Program, database: Database) -> None:
    manifest = "budgets: [{budget_id: gold, max_budget: 1}, {budget_id: iron}]\n"
    gwctl("apply -f - --yes --set one", stdin=manifest)
    age(database, 100, "tester")
    gwctl("audit prune --older-than 90d --yes")
    assert [row["objects"] for row in gwctl("sets list -o json").json] == [2]
    assert {row["actor"] for row in gwctl("sets show one -o json").json} == {"tester"}
    gwctl("apply -f - --yes --set one --prune", stdin="budgets: [{budget_id: gold}]\n")
    assert [row["budget_id"] for row in database.rows("LiteLLM_BudgetTable")] == ["gold"]


def test_undoing_twice_takes_back_once(gwctl: Program, database: Database) -> None:
    gwctl("keys create nightly")
    database.execute('update "LiteLLM_VerificationToken" set spend = 10')
    gwctl("keys reset-spend nightly --yes")
    change = newest(gwctl)
    database.execute('update "LiteLLM_VerificationToken" set spend = spend + 10')
    for _ in range(2):
        gwctl(["audit", "undo", change, "--yes"])
        assert database.row("LiteLLM_VerificationToken")["spend"] == 20


def test_what_was_named_before_it_was_made_stays_named(gwctl: Program, database: Database) -> None:
    """A deletion takes names out of lists; to take back a creation takes out those that came since, and no other."""
    gwctl("teams create red --agents scout --models gpt-4o")
    gwctl("teams create blue")
    gwctl("policies create eu --guardrails-add pii")
    gwctl("policies attach eu --key nightly")
    gwctl("keys create nightly --team red")
    made = newest(gwctl)
    gwctl(["audit", "undo", made, "--yes"])
    assert database.row("LiteLLM_PolicyAttachmentTable")["keys"] == ["nightly"]
    card = "--agent-card-params name=a --agent-card-params url=http://a"
    gwctl(f"agents create scout --agent-id scout {card}")
    made = newest(gwctl)
    gwctl("teams update blue --agents scout")
    refused = gwctl(["audit", "undo", made, "--yes"], code=6)
    assert "blue" in refused.stderr
    gwctl(["audit", "undo", made, "--yes", "--force"])
    assert sorted(row["agents"] for row in database.rows("LiteLLM_ObjectPermissionTable")) == [[], ["scout"]]


def test_a_secret_without_a_salt_key_is_named(gwctl: Program, database: Database) -> None:
    gwctl("search-tools create news --search-provider tavily --api-key env:SECRET", env={"SECRET": "abc-0123456789"})
    gwctl("search-tools delete news --yes")
    undone = gwctl(["audit", "undo", newest(gwctl), "--yes"])
    assert "LiteLLM_SearchToolsTable.litellm_params" in undone.stderr
    assert database.row("LiteLLM_SearchToolsTable")["litellm_params"] == {"search_provider": "tavily"}


def test_an_undo_is_told_as_any_plan(gwctl: Program, database: Database) -> None:
    gwctl("budgets create b --max-budget 5")
    gwctl("budgets update b --max-budget 6")
    change = newest(gwctl)
    assert "! budget b" in gwctl(["audit", "undo", change, "--dry-run", "-o", "markdown"]).stdout
    gwctl(["audit", "undo", change, "--yes", "-o", "csv"], code=2)
    assert database.row("LiteLLM_BudgetTable")["max_budget"] == 6
    assert "**gwctl plan**" in gwctl(["audit", "undo", change, "--yes", "-o", "markdown"]).stdout
    assert database.row("LiteLLM_BudgetTable")["max_budget"] == 5
