"""apply and diff: the database agrees with what was written, the second time nothing is left to do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.database import Database
from support.program import Program

COMPANY = """\
budgets:
  - {budget_id: standard, max_budget: 100, budget_duration: 30d}
users:
  - {user_id: ada, user_email: ada@example.com}
  - {user_id: bob}
---
keys:
  - {key_alias: nightly, team: research, user: ada, models: [gpt-4o], key: {env: NIGHTLY}}
  - {key_alias: daily, team: research, budget: standard, key: {env: DAILY}}
---
teams:
  - team_alias: research
    models: [gpt-4o, claude]
    metadata: {owner: ada}
    members: [{user: ada, role: admin}, {user: bob, max_budget: 3}]
"""
KEYS = {"NIGHTLY": "sk-nightly-0123456789", "DAILY": "sk-daily-0123456789"}


def manifest(text: str, name: str = "m.yaml") -> str:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text)
    return name


def change_sets(database: Database) -> int:
    return int(database.execute("select count(*) as n from gwctl.change_set")[0]["n"])


@pytest.fixture
def company(gwctl: Program) -> Iterator[str]:
    """The company, applied; every command of the test finds its secrets in the environment."""
    with pytest.MonkeyPatch.context() as patch:
        for name, secret in KEYS.items():
            patch.setenv(name, secret)
        gwctl(["apply", "-f", manifest(COMPANY, "company.yaml"), "--yes"])
        yield "company.yaml"


def settled(gwctl: Program, database: Database, *files: str) -> None:
    """Nothing is left to do: not by apply, not by diff, not in the database."""
    before = database.dump()
    options = [word for file in files for word in ("-f", file)]
    again = gwctl(["apply", *options, "--yes", "-o", "json"]).json
    assert again["changes"] == []
    assert {again["summary"][action] for action in ("create", "update", "delete")} == {0}
    assert again["summary"]["unchanged"] > 0
    assert gwctl(["diff", *options]).stdout == "No changes.\n"
    assert database.dump() == before


# Where manifests come from


def test_documents_are_read_as_one_and_in_any_order(gwctl: Program, database: Database, company: str) -> None:
    team = database.row("LiteLLM_TeamTable", team_alias="research")
    assert [member["user_id"] for member in team["members_with_roles"]] == ["ada", "bob"]
    assert {row["key_alias"]: row["team_id"] for row in database.rows("LiteLLM_VerificationToken")} == {
        "nightly": team["team_id"], "daily": team["team_id"],
    }  # fmt: skip
    assert database.row("LiteLLM_VerificationToken", key_alias="daily")["budget_id"] == "standard"
    assert change_sets(database) == 1
    settled(gwctl, database, company)
    assert change_sets(database) == 1


def test_files_and_folders(gwctl: Program, database: Database) -> None:
    manifest("teams: [{team_alias: b}]", "all/teams/b.yml")
    manifest('{"teams": [{"team_alias": "a", "models": ["gpt-4o"]}]}', "all/a.json")
    manifest(
        '{"kind": "team", "team_alias": "c", "max_budget": 2.5}\n\n{"kind": "users", "user_id": "u"}\n', "all/c.jsonl"
    )
    manifest("teams: [{team_alias: hidden}]", "all/.hidden.yaml")
    manifest("not a manifest", "all/README.md")
    manifest("tags: [{tag_name: t}]", "one.yaml")
    gwctl("apply -f all -f one.yaml -f all/a.json --yes")
    assert sorted(row["team_alias"] for row in database.rows("LiteLLM_TeamTable")) == ["a", "b", "c"]
    assert database.row("LiteLLM_TeamTable", team_alias="c")["max_budget"] == 2.5
    assert (database.counts()["LiteLLM_UserTable"], database.counts()["LiteLLM_TagTable"]) == (1, 1)
    settled(gwctl, database, "all", "one.yaml")


def test_stdin(gwctl: Program, database: Database) -> None:
    gwctl("apply -f - --yes", stdin="teams: [{team_alias: a}]")
    gwctl("apply -f - --yes", stdin='{"teams": [{"team_alias": "b"}]}')
    gwctl("apply -f - --format jsonl --kind teams --yes", stdin='{"team_alias": "c"}\n')
    gwctl("apply -f - --format csv --kind team --yes", stdin="team_alias\nd\n")
    assert sorted(row["team_alias"] for row in database.rows("LiteLLM_TeamTable")) == ["a", "b", "c", "d"]
    gwctl("apply -f - --format xml --yes", code=2)
    gwctl("apply -f - --kind taems --yes", code=2)


def test_it_asks_and_there_must_be_somebody_to_ask(gwctl: Program, database: Database) -> None:
    name = manifest("teams: [{team_alias: a}]")
    for stdin, file in (("", name), ("teams: [{team_alias: a}]", "-")):
        refused = gwctl(["apply", "-f", file], stdin=stdin, code=2)
        assert "+ a" in refused.stdout
        assert "--yes" in refused.stderr
    asked = gwctl(["apply", "-f", name], stdin="n\n", tty=True, code=130)
    assert "Apply this on postgresql://" in asked.stdout
    assert database.rows("LiteLLM_TeamTable") == []
    assert "+ a" in gwctl(["apply", "-f", name], stdin="y\n", tty=True).stdout
    database.row("LiteLLM_TeamTable", team_alias="a")
    assert "No changes." in gwctl(["apply", "-f", name]).stdout  # nothing to ask for


def test_cells_are_what_their_fields_are(gwctl: Program, database: Database) -> None:
    manifest("users: [{user_id: ada}]\nteams: [{team_alias: research}]", "a.yaml")
    manifest(
        "key_alias,team,user,models,max_budget,tpm_limit,blocked,expires,metadata,aliases,token\n"
        f'one,research,ada,gpt-4o; claude,12.5,9000000000,true,2027-01-01T00:00:00Z,"{{""tier"": 1}}",,{"1" * 64}\n'
        f'two,research,,gpt-4o,,,false,,,"{{""a"": ""b""}}",{"2" * 64}\n'
        f'007,,,"[""with; semicolon""]",0,,,,,,{"3" * 64}\n',
        "keys.csv",
    )
    gwctl("apply -f a.yaml -f keys.csv --kind keys --yes")
    one, two, three = database.rows("LiteLLM_VerificationToken")
    assert [row["key_alias"] for row in (one, two, three)] == ["one", "two", "007"]
    assert [row["models"] for row in (one, two, three)] == [["gpt-4o", "claude"], ["gpt-4o"], ["with; semicolon"]]
    assert (one["max_budget"], one["tpm_limit"], one["blocked"], one["user_id"]) == (12.5, 9_000_000_000, True, "ada")
    assert str(one["expires"]) == "2027-01-01 00:00:00"
    assert one["metadata"] == {"tier": 1}
    assert (two["max_budget"], two["tpm_limit"], two["user_id"], two["aliases"]) == (None, None, None, {"a": "b"})
    assert (three["max_budget"], three["team_id"]) == (0, None)
    again = gwctl("diff -f a.yaml -f keys.csv --kind keys -o json").json
    assert again["summary"] == {"create": 0, "update": 0, "delete": 0, "unchanged": 5}


# The plan


def test_plan_in_json(gwctl: Program, database: Database) -> None:
    name = manifest(
        "teams: [{team_alias: a, max_budget: 5, models: [x], members: [{user: ada}]}]\nusers: [{user_id: ada}]"
    )
    planned = gwctl(["diff", "-f", name, "-o", "json"], code=1).json
    assert set(planned) == {"changes", "summary", "checksum"}
    assert planned["summary"] == {"create": 2, "update": 0, "delete": 0, "unchanged": 0}
    user, team = planned["changes"]
    assert (user["action"], user["kind"], user["name"], user["id"]) == ("create", "user", "ada", "ada")
    assert set(team) == {"action", "kind", "name", "id", "fields", "effects"}
    assert team["fields"]["max_budget"] == {"old": None, "new": 5.0}
    assert team["fields"]["models"] == {"old": None, "new": ["x"]}
    rehearsed = gwctl(["apply", "-f", name, "--dry-run", "-o", "json"]).json
    done = gwctl(["apply", "-f", name, "--yes", "-o", "json"]).json
    assert done["checksum"] == planned["checksum"] == rehearsed["checksum"]
    manifest("teams: [{team_alias: a, max_budget: 7}]")
    (changed,) = gwctl(["apply", "-f", name, "--yes", "-o", "json"]).json["changes"]
    team_id = database.row("LiteLLM_TeamTable", team_alias="a")["team_id"]
    assert changed == {
        "action": "update", "kind": "team", "name": "a", "id": team_id, "effects": [],
        "fields": {"max_budget": {"old": 5.0, "new": 7.0}},
    }  # fmt: skip


def test_dry_run_is_taken_back_and_shows_no_secret(gwctl: Program, database: Database, company: str) -> None:
    manifest(COMPANY.replace("100", "200").replace("NIGHTLY", "ANOTHER") + "  - {team_alias: new}\n", "m.yaml")
    before = database.dump()
    env = {"ANOTHER": "sk-another-0123456789"}
    for output in ("table", "json", "yaml"):
        shown = gwctl(["--verbose", "apply", "-f", "m.yaml", "--dry-run", "-o", output], env=env)
        assert "(changed)" in shown.stdout
        for secret in (*KEYS.values(), env["ANOTHER"]):
            assert secret not in shown.stdout + shown.stderr
    assert database.dump() == before
    summary = gwctl("apply -f m.yaml --dry-run -o json", env=env).json["summary"]
    assert summary == {"create": 1, "update": 2, "delete": 0, "unchanged": 4}


def test_diff_reads_and_no_more(gwctl: Program, database: Database, company: str) -> None:
    role = f"reader_{database.url.rsplit('_', 1)[1]}"
    database.execute(f"create role {role} login")
    database.execute(f'grant select on all tables in schema public to "{role}"')
    database.execute(f"alter role {role} set default_transaction_read_only = on")
    reader = {"GWCTL_DATABASE_URL": database.url.replace("postgres@", f"{role}@")}
    name = manifest("teams: [{team_alias: research, max_budget: 1}, {team_alias: new}]")
    before = database.dump()
    try:
        assert gwctl(["diff", "-f", company], env=reader).stdout == "No changes.\n"
        assert "~ research" in gwctl(["diff", "-f", name], env=reader, code=1).stdout
        assert "research" in gwctl("export", env=reader).stdout
        gwctl(["validate", "-f", name], env=reader)
        gwctl(["apply", "-f", name, "--yes"], env=reader, code=7)
    finally:
        database.execute(f"drop owned by {role}")
        database.execute(f"drop role {role}")
    assert database.dump() == before


def test_checksum_of_a_plan_that_was_reviewed(gwctl: Program, database: Database) -> None:
    name = manifest("teams: [{team_alias: a, max_budget: 5}]\nkeys: [{key_alias: k, duration: 30d}]")
    apply = ["apply", "-f", name, "--yes", "--secrets-to", "new.jsonl"]
    reviewed = gwctl(["diff", "-f", name, "-o", "json"], code=1).json["checksum"]
    before = database.dump()
    gwctl([*apply, "--checksum", "0123456789abcdef"], code=4)
    assert database.dump() == before
    assert not Path("new.jsonl").exists()
    gwctl("teams create a --max-budget 4")
    gwctl([*apply, "--checksum", reviewed], code=4)
    reviewed = gwctl(["diff", "-f", name, "-o", "json"], code=1).json["checksum"]
    gwctl([*apply, "--checksum", reviewed])
    assert database.row("LiteLLM_TeamTable", team_alias="a")["max_budget"] == 5


def test_checksum_is_the_same_in_every_process(gwctl: Program) -> None:
    name = manifest(
        "teams: [{team_alias: a, max_budget: 5, models: [m], tpm_limit: 7, members: [{user: u, role: admin}]}]\n"
        "keys: [{key_alias: k, team: a, max_budget: 1, metadata: {x: 1, y: 2}, rpm_limit: 3, blocked: true}]"
    )
    first, second, shown = (
        gwctl.process(["diff", "-f", name, "-o", form], env={"PYTHONHASHSEED": seed}).stdout
        for seed, form in (("1", "json"), ("2", "json"), ("3", "table"))
    )
    checksum = json.loads(first)["checksum"]
    assert json.loads(second)["checksum"] == checksum
    assert f"Checksum {checksum}." in shown


def test_create_only_leaves_what_is_there(gwctl: Program, database: Database, company: str) -> None:
    before = database.rows("LiteLLM_TeamTable")
    name = manifest("teams: [{team_alias: research, max_budget: 1}, {team_alias: new, max_budget: 1}]")
    done = gwctl(["apply", "-f", name, "--create-only", "--yes", "-o", "json"]).json
    assert done["summary"] == {"create": 1, "update": 0, "delete": 0, "unchanged": 1}
    assert [row for row in database.rows("LiteLLM_TeamTable") if row["team_alias"] == "research"] == before


def test_strict_takes_warnings_for_errors(gwctl: Program, database: Database, company: str) -> None:
    name = manifest("keys:\n  - key_alias: daily\n    models: [o1]\n")
    before = database.dump()
    for command in (["apply", "--yes"], ["diff"], ["apply", "--dry-run"]):
        refused = gwctl([*command, "-f", name, "--strict", "-o", "json"], code=6)
        (problem,) = json.loads(refused.stderr)["error"]["problems"]
        assert (problem["file"], problem["line"]) == ("m.yaml", 2)
    assert database.dump() == before
    assert "warning: " in gwctl(["apply", "-f", name, "--yes"]).stderr
    assert database.row("LiteLLM_VerificationToken", key_alias="daily")["models"] == ["o1"]


# What a manifest means


def applied(gwctl: Program, database: Database, text: str) -> dict[str, Any]:
    """Applies, and sees that nothing is left to do."""
    done: dict[str, Any] = gwctl(["apply", "-f", manifest(text), "--yes", "-o", "json"]).json
    settled(gwctl, database, "m.yaml")
    return done


def test_what_is_left_out_is_not_managed_and_null_clears(gwctl: Program, database: Database) -> None:
    applied(
        gwctl,
        database,
        "teams: [{team_alias: a, max_budget: 5, budget_duration: 30d, models: [x], blocked: true, tags: [t]}]",
    )
    applied(gwctl, database, "teams: [{team_alias: a}]")
    row = database.row("LiteLLM_TeamTable")
    assert (row["max_budget"], row["models"], row["blocked"], row["metadata"]) == (5, ["x"], True, {"tags": ["t"]})
    assert row["budget_reset_at"] is not None
    everything = "max_budget: null, budget_duration: null, models: null, blocked: null, tags: null"
    applied(gwctl, database, f"teams: [{{team_alias: a, {everything}}}]")
    row = database.row("LiteLLM_TeamTable")
    assert (row["max_budget"], row["models"], row["blocked"], row["metadata"]) == (None, [], False, {})
    assert (row["budget_duration"], row["budget_reset_at"]) == (None, None)


def test_metadata_is_merged_by_key(gwctl: Program, database: Database) -> None:
    applied(gwctl, database, "teams: [{team_alias: a, metadata: {owner: ada, tier: 1}, team_member_budget: 5}]")
    budget = database.row("LiteLLM_TeamTable")["metadata"]["team_member_budget_id"]
    database.execute("""update "LiteLLM_TeamTable" set metadata = metadata || '{"by_the_proxy": true}'""")
    done = applied(gwctl, database, "teams: [{team_alias: a, metadata: {tier: null, cost: [1, {b: null}]}}]")
    assert done["changes"][0]["fields"] == {
        "metadata": {"old": {"tier": 1, "cost": None}, "new": {"tier": None, "cost": [1, {"b": None}]}}
    }
    assert database.row("LiteLLM_TeamTable")["metadata"] == {
        "owner": "ada", "by_the_proxy": True, "cost": [1, {"b": None}], "team_member_budget_id": budget,
    }  # fmt: skip


def test_members_are_completed_and_corrected_and_stay(gwctl: Program, database: Database, company: str) -> None:
    done = applied(
        gwctl,
        database,
        "teams: [{team_alias: research, members: [{user: bob, role: admin, max_budget: 4}, {user: cyd}]}]\n"
        "users: [{user_id: cyd}]",
    )
    assert [change["kind"] for change in done["changes"]] == ["user", "team"]
    members = database.row("LiteLLM_TeamTable")["members_with_roles"]
    assert [(one["user_id"], one["role"]) for one in members] == [("ada", "admin"), ("bob", "admin"), ("cyd", "user")]
    budget = database.row("LiteLLM_TeamMembership", user_id="bob")["budget_id"]
    assert database.row("LiteLLM_BudgetTable", budget_id=budget)["max_budget"] == 4
    applied(gwctl, database, "teams: [{team_alias: research, members: []}]")
    assert len(database.row("LiteLLM_TeamTable")["members_with_roles"]) == 3


def test_renamed_from(gwctl: Program, database: Database, company: str) -> None:
    before = database.row("LiteLLM_TeamTable")
    applied(gwctl, database, "teams: [{team_alias: science, renamed_from: research, max_budget: 9}]")
    after = database.row("LiteLLM_TeamTable")
    assert (after["team_id"], after["team_alias"], after["max_budget"]) == (before["team_id"], "science", 9)
    applied(gwctl, database, "keys: [{key_alias: hourly, renamed_from: nightly}]")
    assert {row["key_alias"] for row in database.rows("LiteLLM_VerificationToken")} == {"hourly", "daily"}
    done = applied(gwctl, database, "teams: [{team_alias: new, renamed_from: never}]")
    assert done["summary"]["create"] == 1


def test_expires_is_managed_and_duration_counts_once(gwctl: Program, database: Database) -> None:
    text = (
        "keys: [{key_alias: a, duration: 30d, token: '"
        + "1" * 64
        + "'}, {key_alias: b, expires: 2027-03-01T12:00:00.123456+02:00, token: '"
        + "2" * 64
        + "'}]"
    )
    applied(gwctl, database, text)
    a, b = database.rows("LiteLLM_VerificationToken")
    assert str(b["expires"]) == "2027-03-01 10:00:00.123000"
    applied(gwctl, database, text.replace("30d", "90d"))
    assert database.rows("LiteLLM_VerificationToken")[0] == a
    applied(
        gwctl,
        database,
        text.replace("duration: 30d", "expires: 2027-01-01").replace("2027-03-01T12:00:00.123456+02:00", "null"),
    )
    a, b = database.rows("LiteLLM_VerificationToken")
    assert (str(a["expires"]), b["expires"]) == ("2027-01-01 00:00:00", None)


# Names and ids


def test_a_name_that_fits_several(gwctl: Program, database: Database) -> None:
    for team_id in ("t1", "t2"):
        row = {
            "team_id": team_id,
            "team_alias": "same",
            "models": [],
            "admins": [],
            "members": [],
            "members_with_roles": {},
            "metadata": {},
        }
        database.insert("LiteLLM_TeamTable", **row)
    before = database.dump()
    for text, path in (
        ("teams:\n  - team_alias: same\n    max_budget: 1\n", "teams[0].team_alias"),
        (f"keys:\n  - key_alias: k\n    token: '{'1' * 64}'\n    team: same\n", "keys[0].team"),
    ):
        refused = gwctl(["apply", "-f", manifest(text), "--yes", "-o", "json"], code=4)
        (problem,) = json.loads(refused.stderr)["error"]["problems"]
        assert problem["path"] == path
        assert "t1" in problem["message"]
        assert "t2" in problem["message"]
    assert database.dump() == before
    applied(gwctl, database, "teams: [{team_alias: same, team_id: t2, max_budget: 1}, {team_id: t1, max_budget: 2}]")
    assert [row["max_budget"] for row in database.rows("LiteLLM_TeamTable")] == [2, 1]
    applied(gwctl, database, "teams: [{team_alias: other, team_id: t2}]")
    assert [row["team_alias"] for row in database.rows("LiteLLM_TeamTable")] == ["same", "other"]


def test_an_id_that_is_not_there_while_its_name_is(gwctl: Program, database: Database, company: str) -> None:
    before = database.dump()
    refused = gwctl(
        ["apply", "-f", manifest("teams:\n  - team_alias: research\n    team_id: elsewhere\n"), "--yes", "-o", "json"],
        code=4,
    )
    (problem,) = json.loads(refused.stderr)["error"]["problems"]
    assert (problem["line"], problem["path"]) == (3, "teams[0].team_id")
    assert "'elsewhere'" in problem["message"]
    assert database.dump() == before
    applied(gwctl, database, "teams: [{team_alias: new, team_id: elsewhere}]")
    database.row("LiteLLM_TeamTable", team_id="elsewhere")


def test_a_key_by_its_hash(gwctl: Program, database: Database) -> None:
    known = "ab" * 32
    done = applied(
        gwctl, database, f"keys: [{{key_alias: a, token: '{known}'}}, {{token: '{'c' * 64}', max_budget: 1}}]"
    )
    assert [change["id"] for change in done["changes"]] == [known, "c" * 64]
    assert all("key" not in change["fields"] for change in done["changes"])
    applied(gwctl, database, f"keys: [{{key_alias: renamed, token: '{known}'}}]")
    assert [row["key_alias"] for row in database.rows("LiteLLM_VerificationToken")] == ["renamed", None]


def test_another_secret_is_a_rotation_in_place(gwctl: Program, database: Database, company: str) -> None:
    before = database.row("LiteLLM_VerificationToken", key_alias="nightly")
    database.execute("""update "LiteLLM_VerificationToken" set spend = 4.5 where key_alias = 'nightly'""")
    env = {"NIGHTLY": "sk-another-0123456789"}
    shown = gwctl(["diff", "-f", company, "-o", "json"], env=env, code=1)
    (change,) = shown.json["changes"]
    assert (change["action"], change["name"]) == ("update", "nightly")
    assert change["fields"] == {"key": {"old": "(changed)", "new": "(changed)"}}
    assert "sk-another" not in shown.stdout
    gwctl(["apply", "-f", company, "--yes"], env=env)
    after = database.row("LiteLLM_VerificationToken", key_alias="nightly")
    assert after["token"] != before["token"]
    assert (after["spend"], after["key_name"], after["created_at"]) == (4.5, "sk-...6789", before["created_at"])
    assert gwctl("keys get - -o json", stdin="sk-another-0123456789\n").json["key_alias"] == "nightly"
    assert gwctl(["diff", "-f", company], env=env).stdout == "No changes.\n"
    assert [row["token"] for row in database.rows("LiteLLM_DeletedVerificationToken")] == [before["token"]]


GRACES = ["key: {env: NIGHTLY}", f"token: '{'ab' * 32}'"]


@pytest.mark.parametrize("secret", GRACES, ids=["a secret", "a hash alone"])
def test_another_secret_with_grace(gwctl: Program, database: Database, company: str, secret: str) -> None:
    """The old hash stays as `keys rotate --grace` leaves it; where the secret stays, the grace says nothing."""
    old = database.row("LiteLLM_VerificationToken", key_alias="nightly")["token"]
    entry = f"keys: [{{key_alias: nightly, {secret}, grace: 24h}}]"
    new = {"NIGHTLY": "sk-another-0123456789"}
    (change,) = gwctl(["diff", "-f", manifest(entry), "-o", "json"], env=new, code=1).json["changes"]
    assert change["fields"]["grace"] == {"old": None, "new": "24h"}
    assert {"table": "LiteLLM_DeprecatedVerificationToken", "action": "insert", "count": 1} in change["effects"]
    gwctl(["apply", "-f", manifest(entry), "--yes"], env=new)
    token = database.row("LiteLLM_VerificationToken", key_alias="nightly")["token"]
    kept = database.row("LiteLLM_DeprecatedVerificationToken")
    assert (kept["token"], kept["active_token_id"]) == (old, token)
    day = database.execute("select (revoke_at - created_at) = interval '1 day' as is_one from "
                           '"LiteLLM_DeprecatedVerificationToken"')  # fmt: skip
    assert day == [{"is_one": True}]
    assert gwctl(["diff", "-f", "m.yaml"], env=new).stdout == "No changes.\n"
    assert "grace" not in gwctl(["export", "keys", "--with-hashes"]).stdout
    assert "grace" not in gwctl("keys get nightly -o json").json
    set_ = gwctl("audit list -o json").json[0]["change_set"]
    gwctl(["audit", "undo", set_, "--yes"])
    assert database.rows("LiteLLM_DeprecatedVerificationToken") == []
    assert database.row("LiteLLM_VerificationToken", key_alias="nightly")["token"] == old


def test_grace_of_a_new_key_and_alone(gwctl: Program, database: Database, company: str) -> None:
    before = database.dump()
    entry = "keys: [{key_alias: nightly, grace: 24h}, {key_alias: daily, key: {env: DAILY}, grace: 24h}]"
    assert gwctl(["diff", "-f", manifest(entry)]).stdout == "No changes.\n"
    applied(gwctl, database, entry)
    assert database.dump() == before
    done = applied(gwctl, database, f"keys: [{{key_alias: new, token: '{'1' * 64}', grace: 24h}}]")
    assert "grace" not in done["changes"][0]["fields"]
    assert database.rows("LiteLLM_DeprecatedVerificationToken") == []


def test_a_grace_that_is_none(gwctl: Program) -> None:
    text = "keys:\n  - key_alias: nightly\n    token: '" + "1" * 64 + "'\n    grace: soon\n"
    refused = gwctl(["validate", "-f", manifest(text), "-o", "json"], code=5)
    (problem,) = json.loads(refused.stderr)["error"]["problems"]
    assert (problem["line"], problem["path"]) == (4, "keys[0].grace")
    schema = gwctl("schema").json["$defs"]["key"]["properties"]["grace"]
    assert "24h" in schema["description"]
    gwctl("keys update nightly --grace 1h", code=2)


def test_spend_is_never_written_back(gwctl: Program, database: Database, company: str) -> None:
    database.execute("""update "LiteLLM_TeamTable" set spend = 4.5""")
    applied(gwctl, database, "teams: [{team_alias: research, max_budget: 1, members: [{user: bob, role: admin}]}]")
    assert database.row("LiteLLM_TeamTable")["spend"] == 4.5
