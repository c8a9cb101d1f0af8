"""Sets: what a body of manifests owns, what it prunes, and what stops it."""

from __future__ import annotations

from pathlib import Path

from support.database import Database
from support.program import Program

BASE = """
teams:
  - {team_alias: research, members: [{user: ada}, {user: bob}]}
  - {team_alias: sales}
keys:
"""


def keys(*names: str) -> str:
    return "".join(f"  - {{key_alias: {name}, team: research}}\n" for name in names)


def aliases(database: Database) -> set[str]:
    return {row["key_alias"] for row in database.rows("LiteLLM_VerificationToken")}


def apply(gwctl: Program, text: str, options: str = "--set one --prune", code: int = 0) -> object:
    return gwctl(f"apply -f - --yes --secrets-to - {options}", stdin=text, code=code)


def test_prune_deletes_what_the_set_no_longer_names_and_nothing_else(gwctl: Program, database: Database) -> None:
    gwctl("keys create by-hand")
    apply(gwctl, BASE + keys("a", "b"))
    apply(gwctl, "keys:\n  - {key_alias: other}\n", "--set two --prune")
    apply(gwctl, BASE + keys("a"))
    assert aliases(database) == {"by-hand", "a", "other"}
    assert len(database.rows("LiteLLM_DeletedVerificationToken")) == 1


def test_without_prune_nothing_goes(gwctl: Program, database: Database) -> None:
    apply(gwctl, BASE + keys("a", "b"))
    apply(gwctl, BASE + keys("a"), "--set one")
    assert aliases(database) == {"a", "b"}


def test_members_go_only_if_the_set_brought_them(gwctl: Program, database: Database) -> None:
    apply(gwctl, BASE + keys("a"))
    gwctl("teams members add research eve")
    apply(gwctl, BASE.replace(", {user: bob}", "") + keys("a"))
    team = database.row("LiteLLM_TeamTable", team_alias="research")
    assert [one["user_id"] for one in team["members_with_roles"]] == ["ada", "eve"]


def test_an_object_of_another_set_is_a_conflict_that_names_it(gwctl: Program) -> None:
    apply(gwctl, BASE + keys("a"))
    refused = apply(gwctl, "keys:\n  - {key_alias: a}\n", "--set two", code=4)
    assert "key a (set one)" in refused.stderr


def test_the_guard_and_the_empty_manifest(gwctl: Program, database: Database) -> None:
    names = [f"k{number}" for number in range(20)]
    apply(gwctl, BASE + keys(*names))
    assert "would be deleted" in apply(gwctl, BASE + keys(*names[:5]), code=6).stderr
    assert "empty" in apply(gwctl, "keys: []\n", code=6).stderr
    assert len(aliases(database)) == 20
    apply(gwctl, BASE + keys(*names[:5]), "--set one --prune --force")
    assert len(aliases(database)) == 5


def test_taking_over_makes_no_difference(gwctl: Program, database: Database) -> None:
    gwctl("keys create there")
    before = len(database.rows("gwctl.change_set"))
    result = apply(gwctl, "keys:\n  - {key_alias: there}\n")
    assert len(database.rows("gwctl.change_set")) == before
    assert "No changes" in gwctl("apply -f - --yes --set one --prune", stdin="keys:\n  - {key_alias: there}\n").stdout
    assert gwctl("sets show one -o json").json[0]["object_id"] == "there"
    assert result.code == 0


def test_list_show_forget(gwctl: Program, database: Database) -> None:
    apply(gwctl, BASE + keys("a"))
    [found] = gwctl("sets list -o json").json
    assert (found["set"], found["objects"]) == ("one", 3)
    gwctl("sets forget one --yes")
    assert gwctl("sets list -o json").json == []
    gwctl("sets show one", code=3)
    apply(gwctl, "keys: []\n")
    assert aliases(database) == {"a"}


def test_diff_shows_what_would_be_pruned(gwctl: Program) -> None:
    apply(gwctl, BASE + keys("a", "b"))
    plan = gwctl("diff -f - --set one --prune -o json", stdin=BASE + keys("a"), code=1).json
    assert [(one["action"], one["name"]) for one in plan["changes"]] == [("delete", "b")]


def test_prune_needs_a_set(gwctl: Program) -> None:
    gwctl("apply -f - --yes --prune", stdin="keys: []\n", code=2)


def test_two_sets_prune_each_its_own(gwctl: Program, database: Database) -> None:
    """Whichever prunes, and in whichever order, what the other owns stays, in a team that both have members in too."""
    one = "budgets: [{{budget_id: one-{0}}}]\nteams: [{{team_alias: red, members: [{{user: ada}}{1}]}}]\n"
    two = "budgets: [{{budget_id: two-{0}}}]\n"
    apply(gwctl, one.format("a", ", {user: bob}"))
    gwctl("teams members add red eve")
    apply(gwctl, two.format("a"), "--set two --prune")
    for name in "bc":
        apply(gwctl, one.format(name, ""))
        apply(gwctl, two.format(name), "--set two --prune")
        owned = {row["budget_id"] for row in database.rows("LiteLLM_BudgetTable")}
        assert owned == {f"one-{name}", f"two-{name}"}
    team = database.row("LiteLLM_TeamTable")
    assert [member["user_id"] for member in team["members_with_roles"]] == ["ada", "eve"]


def test_keys_that_go_along_count_for_the_guard(gwctl: Program, database: Database) -> None:
    apply(gwctl, "teams: [{team_alias: red}, {team_alias: blue}]\n")
    for number in range(6):
        gwctl(f"keys create k{number} --team red")
    refused = apply(gwctl, "teams: [{team_alias: blue}]\n", code=6)
    assert "7 of the set's 2 objects" in refused.stderr
    assert len(aliases(database)) == 6


def test_a_few_may_always_go(gwctl: Program, database: Database) -> None:
    names = [f"k{number}" for number in range(6)]
    apply(gwctl, BASE + keys(*names))
    apply(gwctl, BASE + keys(names[0]))
    assert aliases(database) == {"k0"}


def budgets(name: str, count: int) -> str:
    return "".join(f'{{"kind": "budget", "budget_id": "{name}-{number:04}"}}\n' for number in range(count))


def test_two_applies_of_one_set_at_once_come_one_after_the_other(
    gwctl: Program, database: Database, tmp_path: Path
) -> None:
    """Whoever comes last has the database as his manifest says it, whole."""
    wanted = {name: budgets(name, 300) for name in ("one", "two")}
    running = []
    for name, text in wanted.items():
        path = tmp_path / f"{name}.jsonl"
        path.write_text(text)
        running.append(gwctl.start(["apply", "-f", str(path), "--yes", "--set", "x", "--prune", "--force"]))
    for process in running:
        _, told = process.communicate(timeout=60)
        assert process.returncode == 0, told
    left = {row["budget_id"].partition("-")[0] for row in database.rows("LiteLLM_BudgetTable")}
    assert len(left) == 1
    assert len(database.rows("LiteLLM_BudgetTable")) == 300
    assert gwctl("sets list -o json").json[0]["objects"] == 300
