"""What gwctl does where tables, keys and triggers differ, and where the gateway migrates them itself."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from database.version_cases import ARCHIVES, KEYS, TEAMS, USERS, World, case
from gwctl.core.comparison import NEWEST_TRIED
from support.database import Database


@case("a known table missing")
def its_group_is_refused_and_its_list_empty(world: World) -> None:
    world.run('drop table "LiteLLM_TagTable"')
    assert world.gwctl("tags list -o json").json == []
    for command in ("tags get a", "tags create a", "tags delete a --yes", "tags update a --description b"):
        world.refused(command, "no table LiteLLM_TagTable", "1.79.3 or later")
    assert world.told("info", "LiteLLM_TagTable")


@case("a known table missing")
def a_cascade_over_it_is_skipped(world: World) -> None:
    world.gwctl("teams create research")
    world.gwctl("users create ada")
    world.gwctl("keys create nightly --team research --user ada")
    for table in ("JWTKeyMapping", "DeprecatedVerificationToken", "PolicyAttachmentTable", "AccessGroupTable"):
        world.run(f'drop table "LiteLLM_{table}" cascade')
    world.run('drop table "LiteLLM_AuditLog"', 'drop table "LiteLLM_MCPUserCredentials"')
    world.refused("keys rotate nightly --grace 1d", "LiteLLM_DeprecatedVerificationToken", "1.81.16 or later")
    world.gwctl("keys rotate nightly")
    world.gwctl("teams delete research --yes")
    world.gwctl("users delete ada --yes")
    assert world.database.rows(KEYS) == []


@case("no archives of deleted keys and teams")
def every_change_is_refused(world: World) -> None:
    world.gwctl("teams create research --max-budget 5")
    world.gwctl("keys create nightly --team research")
    for archive in ARCHIVES.values():
        world.run(f'drop table "{archive}"')
    changes = (
        "keys create x", "keys update nightly --blocked", "keys delete nightly --yes", "keys rotate nightly",
        "teams create x", "teams delete research --yes", "teams delete research", "teams members add research ada",
        "users create ada", "budgets create x", "tags create x", "keys create x --dry-run", "teams block research",
    )  # fmt: skip
    for command in changes:
        world.refused(command, "no table LiteLLM_Deleted", "1.80.17 or later")
    for command in ("keys list", "teams get research", "teams members list research", "export", "audit list"):
        world.gwctl(command)
    assert all(world.told("error", archive) for archive in ARCHIVES.values())


@case("no table of keys at all")
def it_is_no_gateways_database(world: World) -> None:
    world.run("drop schema public cascade", "create schema public")
    for command in ("keys list", "keys get x", "keys create x", "budgets list", "export", "audit list"):
        world.refused(command, KEYS, "gwctl db upgrade")
    assert world.told("error", KEYS)
    world.gwctl("db upgrade --yes", images=False)
    world.gwctl("keys create x")


@case("a unique key other than expected")
def jwt_mappings_follow_by_the_row(world: World) -> None:
    mappings = "LiteLLM_JWTKeyMapping"
    world.gwctl("keys create nightly")
    world.alter(mappings, "add jwt_issuer text not null default ''")
    world.run(
        f'drop index "{mappings}_jwt_claim_name_jwt_claim_value_key"',
        f'create unique index other on "{mappings}" (jwt_issuer, jwt_claim_name, jwt_claim_value)',
        f'insert into "{mappings}" (id, jwt_issuer, jwt_claim_name, jwt_claim_value, token, updated_at) '
        f"select issuer, issuer, 'sub', 'ada', token, now() from \"{KEYS}\", unnest('{{a,b}}'::text[]) as issuer",
    )
    world.gwctl("keys rotate nightly")
    assert {row["token"] for row in world.database.rows(mappings)} == {world.database.row(KEYS)["token"]}
    world.gwctl("keys delete nightly --yes")
    assert world.database.rows(mappings) == []


@case("a unique key other than expected")
def one_more_or_one_less_is_no_hindrance(world: World) -> None:
    world.run(f'drop index "{TEAMS}_model_id_key"', f'create unique index more on "{TEAMS}" (team_alias)')
    world.gwctl('teams create research --model-aliases \'{"a": "b"}\'')
    world.gwctl('teams update research --model-aliases \'{"a": "c"}\'')
    world.refused("teams create research", "research", code=4)
    assert world.told("info", TEAMS, "more")
    assert world.told("info", TEAMS, f"{TEAMS}_model_id_key")


def hang(world: World, rule: str, target: str, column: str, where: str = "public.mine") -> None:
    """A table that gwctl does not know, with two rows for the first and none for the second of what it refers to."""
    world.run(
        "create schema if not exists billing",
        f'create table {where} (id int, owner text constraint mine_fkey references "{target}" {rule})',
        f'insert into {where} select n, (select min({column}) from "{target}") from generate_series(1, 2) as n',
    )


@case("an unknown foreign key that restricts")
def the_deletion_is_refused_with_the_count(world: World) -> None:
    world.gwctl("teams create research")
    world.gwctl("teams create ops")
    hang(world, "on delete restrict", TEAMS, "team_id")
    owner = world.database.rows("mine")[0]["owner"]
    other = next(row["team_id"] for row in world.database.rows(TEAMS) if row["team_id"] != owner)
    for command in (f"teams delete {owner} --yes", f"teams delete {owner} --force --yes", f"teams delete {owner}"):
        world.refused(command, "2 rows of mine", code=4)
    world.refused(f"teams delete {owner} {other} --yes", "2 rows of mine", code=4)
    assert len(world.database.rows(TEAMS)) == 2
    world.gwctl(f"teams delete {other} --yes")
    assert world.told("info", TEAMS, "mine_fkey")


@case("an unknown foreign key that restricts")
def so_is_that_of_what_goes_along(world: World) -> None:
    world.gwctl("users create ada")
    world.gwctl("teams create research")
    world.gwctl("teams members add research ada")
    world.gwctl("keys create nightly --team research --user ada")
    hang(world, "", KEYS, "token", "billing.mine")
    ends = ("teams delete research", "users delete ada", "keys delete nightly", "teams members remove research ada")
    for command in ends:
        world.refused(f"{command} --yes", "2 rows of billing.mine", code=4)
    assert len(world.database.rows(KEYS)) == 1


@case("an unknown foreign key that cascades")
def what_goes_along_is_counted_and_needs_force(world: World) -> None:
    world.gwctl("users create ada")
    hang(world, "on delete cascade", USERS, "user_id")
    world.refused("users delete ada --yes", "2 rows of mine", "cannot be undone", "--force", code=6)
    world.refused("users delete ada --dry-run", "2 rows of mine", "cannot be undone", code=6)
    assert len(world.database.rows("mine")) == 2
    [step] = world.gwctl("users delete ada --force --dry-run -o json").json["changes"]
    assert {"table": "mine", "action": "delete", "count": 2} in step["effects"]
    asked = world.gwctl("users delete ada --force", tty=True, stdin="n\n", code=130)
    assert "2 rows of mine" in asked.text
    assert "cannot be undone" in world.gwctl("users delete ada --force --yes").text
    assert world.database.rows("mine") == []


@case("an unknown foreign key that cascades")
def one_without_rows_asks_for_nothing(world: World) -> None:
    world.gwctl("users create ada")
    hang(world, "on delete cascade", USERS, "user_id")
    world.run("delete from mine")
    world.gwctl("users delete ada --yes")


@case("an unknown foreign key that cascades")
def one_that_empties_references_is_told(world: World) -> None:
    world.gwctl("budgets create standard")
    hang(world, "on delete set null", "LiteLLM_BudgetTable", "budget_id")
    done = world.gwctl("budgets delete standard --yes")
    assert "2 rows of mine" in done.text
    assert [row["owner"] for row in world.database.rows("mine")] == [None, None]


BUMP = """
    begin
      insert into "LiteLLM_Config" (param_name, param_value) values ('mcp_catalog', '1')
          on conflict (param_name) do update set param_value = '2';
      return null;
    end"""


@case("a trigger on MCP servers without the right to Config")
def the_grant_is_named(world: World) -> None:
    world.run(f"create function bump() returns trigger language plpgsql as $${BUMP}$$")
    world.run(
        'create trigger litellm_mcp_catalog_revision after insert or update or delete on "LiteLLM_MCPServerTable"'
        " execute function bump()"
    )
    world.gwctl("mcp create mine --url http://127.0.0.1:1/mcp --transport http", images=False)
    with role(world.database) as name:
        env = {"GWCTL_DATABASE_URL": world.database.url.replace("postgres@", f"{name}@")}
        world.run(
            f"grant usage on schema public, gwctl to {name}",
            f"grant all on all tables in schema public, gwctl to {name}",
            f'revoke insert, update on "LiteLLM_Config" from {name}',
        )
        grant = f'GRANT INSERT, UPDATE ON "public"."LiteLLM_Config" TO "{name}"'
        assert grant in world.gwctl("db check", env=env, code=1).text
        for command in ("create other --url http://127.0.0.1:1/mcp --transport http", "update mine --description x"):
            refusal = world.gwctl(f"mcp {command}", env=env, code=7)
            assert f'INSERT, UPDATE ON "LiteLLM_Config" TO {name}' in refusal.text
        world.run(f'grant insert, update on "LiteLLM_Config" to {name}')
        world.gwctl("mcp delete mine --yes", env=env)  # Config changes without an image: the trigger's doing
    assert world.database.row("LiteLLM_Config", param_name="mcp_catalog")


@contextmanager
def role(database: Database) -> Iterator[str]:
    name = f"reader_{os.getpid()}"
    database.execute(f"create role {name} login")
    yield name
    database.execute(f"drop owned by {name}")
    database.execute(f"drop role {name}")


@case("the gateway migrates the database")
def its_tables_are_left_alone(world: World) -> None:
    migrated = world.foreign("gateway-1.82.4-as-migrated")
    gwctl = world.gwctl.on(migrated)
    tables = """select attrelid, attname from pg_attribute join pg_class c on c.oid = attrelid
                 where relnamespace = 'public'::regnamespace order by 1, 2"""
    before = migrated.execute(tables)
    assert "its own to migrate" in gwctl("db upgrade --yes", images=False).text
    assert migrated.execute(tables) == before
    gwctl("db adopt --yes", images=False)
    assert migrated.execute(tables) == before
    gwctl("keys create nightly")
    assert "the gateway migrates" in gwctl("db check").text


@case("newer than gwctl was tried with")
def a_newer_migration_is_a_warning(world: World) -> None:
    columns = "migration_name text, finished_at timestamptz, rolled_back_at timestamptz"
    world.run(f"create table _prisma_migrations ({columns})")
    world.run(f"insert into _prisma_migrations values ('{NEWEST_TRIED}', now(), null)")
    assert not world.told("warning", "_prisma_migrations", NEWEST_TRIED)
    world.run("insert into _prisma_migrations values ('20270101000000_new', now(), null)")
    assert world.told("warning", "_prisma_migrations", "20270101000000_new")
    world.gwctl("keys create nightly")


@case("newer than gwctl was tried with")
def unknown_tables_and_columns_are_no_hindrance(world: World) -> None:
    world.run('create table "LiteLLM_BrandNew" (id text)')
    world.alter(KEYS, "add brand_new jsonb not null default '{}'")
    world.gwctl("keys create nightly")
    world.gwctl("keys delete nightly --yes")
    assert world.told("info", "LiteLLM_BrandNew")
    assert world.told("info", KEYS, "brand_new")


@case("order of columns, extra indexes, views")
def they_are_told_with_strict_alone(world: World) -> None:
    world.alter(TEAMS, "drop policies, add policies text[] default array[]::text[]")
    world.run(f'create view "{KEYS}View" as select * from "{KEYS}"')
    world.run(f'create index slow on "{USERS}" (lower(user_email))')
    assert world.gwctl("db check -o json").json == []
    for table, name in ((TEAMS, ""), ("", f"{KEYS}View"), (USERS, "slow")):
        assert world.told("ignored", table, name, strict=True)
    world.gwctl("teams create research")
    world.gwctl("teams delete research --yes")
