"""Two gateways in two PostgreSQL schemas of one database: each is an own world, though gwctl's tables are shared."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from support.database import Database
from support.program import Program, Result

KEYS = 'first."LiteLLM_VerificationToken"'

Run = Callable[..., Result]


@pytest.fixture
def both(gwctl: Program, empty_database: Database) -> tuple[Run, Run]:
    """The program on schema `first` and on schema `Second one`, both made by `db upgrade`."""

    def on(schema: str) -> Run:
        url = f"{empty_database.url}?schema={schema}"
        return lambda command, **how: gwctl(command, env={"GWCTL_DATABASE_URL": url}, **how)

    first, second = on("first"), on("Second%20one")
    for run in (first, second):
        run("db upgrade --yes")
    return first, second


def test_both_are_made_and_public_stays_empty(both: tuple[Run, Run], empty_database: Database) -> None:
    first, second = both
    for run in both:
        run("db check --strict")
        assert {row["branch"]: row["revision"] for row in run("db current -o json").json} == {
            "own": "0001_own",
            "gateway": "0001_gateway",
        }
        assert "Nothing to do" in run("db upgrade --yes").stderr
    assert first("db info -o json").json["schema"] == "first"
    assert second("db info -o json").json["schema"] == "Second one"
    count = "select count(*) as n from pg_class where relnamespace = %s::regnamespace and relkind = 'r'"
    assert [empty_database.execute(count, name)[0]["n"] for name in ("first", '"Second one"', "public")] == [57, 57, 0]


def test_what_is_made_in_one_is_not_in_the_other(both: tuple[Run, Run]) -> None:
    first, second = both
    first("teams create research")
    first("keys create nightly --team research")
    for group in ("teams", "keys"):
        assert len(first(f"{group} list -o json").json) == 1
        assert second(f"{group} list -o json").json == []
    second("keys get nightly", code=3)
    second("teams create research")
    second("keys create nightly")
    second("keys delete nightly --yes")
    assert len(first("keys list -o json").json) == 1


def test_each_lists_its_own_changes(both: tuple[Run, Run]) -> None:
    first, second = both
    first("teams create research")
    second("users create ada")
    [mine], [theirs] = first("audit list -o json").json, second("audit list -o json").json
    assert (mine["table_name"], theirs["table_name"]) == ("LiteLLM_TeamTable", "LiteLLM_UserTable")
    first(f"audit show {mine['change_set']}")
    second(f"audit show {mine['change_set']}", code=3)


def test_manifests_go_from_one_to_the_other(both: tuple[Run, Run]) -> None:
    first, second = both
    first("teams create research --max-budget 5")
    first("keys create nightly --team research")
    text = first("export --with-hashes").stdout
    assert second("apply -f - --yes -o json", stdin=text).json["summary"]["create"] == 2
    assert second("export --with-hashes").stdout == text


def test_one_is_not_locked_out_by_the_other(both: tuple[Run, Run], empty_database: Database) -> None:
    first, second = both
    first("keys create nightly")
    second("keys create nightly")
    with empty_database.connection.transaction():
        empty_database.execute(f"select * from {KEYS} for update")
        second("keys update nightly --max-budget 5")
        first("--lock-timeout 0.2 keys update nightly --max-budget 5", code=7)


def test_foreign_keys_of_the_other_schema_are_its_own(both: tuple[Run, Run], empty_database: Database) -> None:
    first, second = both
    for run in both:
        run("teams create research --team-id t")
    empty_database.execute('create table mine (team text references first."LiteLLM_TeamTable" on delete restrict)')
    empty_database.execute("insert into mine values ('t')")
    assert "1 row of public.mine" in first("teams delete research --yes", code=4).stderr
    second("teams delete research --yes")
