"""Every command of keys, teams, users and budgets on databases of each release at hand: it works, or is refused with
the column or table that is missing and the release that has it. The gateway's schema is never changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from gwctl import schema
from gwctl.core import catalogue as catalogues
from gwctl.core import releases, tables
from gwctl.core.catalogue import number
from support.database import Database
from support.program import Program

SCHEMAS = Path(__file__).parents[1] / "data" / "schemas"
RELEASES = [file.stem for file in sorted(SCHEMAS.glob("*.sql"))]
OLDEST = "gateway-1.80.17"
OUTPUTS = ("table", "wide", "json", "jsonl", "yaml", "csv", "name")

CATALOGUE = """
    select 'column' as kind, c.relname || '.' || a.attname as name, concat_ws(' ', a.attnum, format_type(a.atttypid,
           a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid)) as text
      from pg_attribute a join pg_class c on c.oid = a.attrelid
      left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
     where c.relnamespace = 'public'::regnamespace and a.attnum > 0
    union all select 'relation', relname, concat_ws(' ', relkind, relowner, relacl) from pg_class
     where relnamespace = 'public'::regnamespace
    union all select 'index', indexrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index
      join pg_class on pg_class.oid = indexrelid where relnamespace = 'public'::regnamespace
    union all select 'constraint', conname, conrelid::regclass || pg_get_constraintdef(oid) from pg_constraint
     where connamespace = 'public'::regnamespace
    union all select 'trigger', tgname, pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
    union all select 'function', proname, prosrc from pg_proc where pronamespace = 'public'::regnamespace
    union all select 'label', typname, string_agg(enumlabel, ',' order by enumsortorder)
      from pg_enum join pg_type on pg_type.oid = enumtypid group by 2
    order by 1, 2, 3"""

BUDGETS = """
budgets create standard --max-budget 10 --budget-duration 30d --tpm-limit 100
budgets create spare --soft-budget 5 --model-max-budget '{"gpt-4o": {"budget_limit": 5, "time_period": "1d"}}'
budgets update standard --max-budget 20 --set-null tpm_limit
budgets get standard -o json
budgets list --search stand --sort max_budget --desc --all-rows
budgets list --limit 1 --fields budget_id,max_budget -o csv
budgets delete spare --dry-run
budgets delete spare --yes
"""
USERS = """
users create ada --user-email ada@example.com --user-role internal_user --max-budget 5 --budget-duration 30d
users create bob --models gpt-4o --metadata floor=3
users update ada --tpm-limit 10 --add-models gpt-4o --metadata floor:=4
users get ada@example.com -o yaml
users list --search ad --over-budget
users list --metadata floor=3 --sort spend --all-rows -o json
users reset-spend ada --yes
users delete bob --yes
"""
TEAMS = """
users create ada --user-email ada@example.com
teams create research --max-budget 100 --budget-duration 1mo --models gpt-4o --team-member-budget 10
teams create ops --model-aliases '{"fast": "gpt-4o"}' --metadata floor=3 --guardrails pii
teams update research --rpm-limit 10 --team-member-budget 12 --add-models gpt-5 --metadata a:=[1]
teams get research -o json
teams list --blocked --over-budget --search r
teams list --sort spend --desc --all
teams block research
teams unblock research
teams reset-spend research --yes
teams members add research ada new@example.com --max-budget 3 --role user
teams members update research ada --role admin --budget-duration 7d
teams members list research -o json
teams members remove research ada --yes
teams models add research gpt-6
teams models remove research gpt-6
teams delete research ops --yes
"""
KEYS = """
budgets create standard --max-budget 10
users create ada
teams create research --max-budget 100 --models gpt-4o
teams members add research ada
keys create nightly --team research --user ada --duration 90d --max-budget 3 --soft-budget 2 --mcp-servers ''
keys create batch --team research --key-type llm_api --auto-rotate --rotation-interval 30d --budget standard
keys create free --router-settings '{"num_retries": 1}' --aliases '{"a": "b"}' --vector-stores v1 --tags t
keys update nightly --max-budget 4 --models gpt-4o --metadata a=b --vector-stores v2
keys update --team research --blocked --yes
keys get nightly -o json
keys list --team research --user ada --budget standard --blocked --no-expired --over-budget --unused-for 1d
keys list --search nig --metadata a=b --sort last_active --desc --limit 1
keys list --fields key_alias,last_active,spend --all
keys block nightly
keys unblock nightly
keys rotate nightly
keys rotate --team research --secrets-to - --yes
keys rotate --due --secrets-to - --yes
keys reset-spend nightly --yes
keys delete batch --dry-run
keys delete batch --yes
keys delete --team research --yes
"""
MANIFEST = """
budgets: [{budget_id: standard, max_budget: 10, budget_duration: 30d}]
users: [{user_id: ada, user_email: ada@example.com, max_budget: 5}]
teams:
- {team_alias: research, models: [gpt-4o], max_budget: 100, team_member_budget: 7, members: [{user: ada, role: admin}]}
keys:
- {key_alias: nightly, team: research, user: ada, max_budget: 3, budget_duration: 1d, tags: [night]}
- {key_alias: batch, budget: standard, models: [gpt-4o], vector_stores: [v1]}
"""
REFUSED_BY_THE_OLDEST = {  # what 1.80.17 cannot keep: the object that is missing, and the release that has it
    "keys create x --access-groups a": ("LiteLLM_AccessGroupTable", "1.81.16"),
    "keys create x --project a": ("LiteLLM_ProjectTable", "1.81.16"),
    "keys create x --agent-id a": ("LiteLLM_VerificationToken.agent_id", "1.81.16"),
    "keys update nightly --agent-id a": ("LiteLLM_VerificationToken.agent_id", "1.81.16"),
    "keys rotate nightly --grace 1d": ("LiteLLM_DeprecatedVerificationToken", "1.81.16"),
    "keys list --project a": ("LiteLLM_ProjectTable", "1.81.16"),
    "keys list --access-group a": ("LiteLLM_AccessGroupTable", "1.81.16"),
    "teams create x --soft-budget 5": ("LiteLLM_TeamTable.soft_budget", "1.81.16"),
    "teams create x --access-groups a": ("LiteLLM_AccessGroupTable", "1.81.16"),
    "teams update research --soft-budget 5": ("LiteLLM_TeamTable.soft_budget", "1.81.16"),
    "access-groups create a": ("LiteLLM_AccessGroupTable", "1.81.16"),
    "projects get a": ("LiteLLM_ProjectTable", "1.81.16"),
}

Catalogue = list[dict[str, str]]


def read(database: Database) -> catalogues.Catalogue:
    engine = sa.create_engine(database.url.replace("://", "+psycopg://"), poolclass=sa.NullPool)
    with engine.connect() as connection:
        return catalogues.read(connection, "public")


def catalogue(database: Database) -> Catalogue:
    """Everything of the gateway's schema that a statement could have made, changed or dropped."""
    return database.execute(CATALOGUE)


@pytest.fixture(params=RELEASES)
def release(request: pytest.FixtureRequest, foreign_database: Callable[[str], Database]) -> Iterator[Database]:
    """A database of each release, whose catalogue is the same after the test."""
    database = foreign_database(request.param)
    before = catalogue(database)
    yield database
    assert catalogue(database) == before


@pytest.mark.parametrize("commands", [BUDGETS, USERS, TEAMS, KEYS], ids=["budgets", "users", "teams", "keys"])
def test_every_command_works(gwctl: Program, release: Database, commands: str) -> None:
    program = gwctl.on(release)
    for command in commands.strip().splitlines():
        program(command, images=command.split()[1] not in ("list", "get"))
    for output in OUTPUTS:
        program(f"{commands.split()[0]} list -o {output}", images=False)


def test_manifests_go_in_and_come_out(gwctl: Program, release: Database, tmp_path: Path) -> None:
    program, file = gwctl.on(release), tmp_path / "all.yaml"
    file.write_text(MANIFEST)
    program(f"validate -f {file}")
    assert program(f"diff -f {file} -o json", code=1).json["summary"]["create"] == 5
    program(f"apply -f {file} --yes --secrets-to {tmp_path}/new.jsonl")
    assert program(f"apply -f {file} --yes -o json").json["changes"] == []
    exported = program("export --with-hashes").stdout
    assert program("apply -f - --yes -o json", stdin=exported).json["changes"] == []
    for output in ("json", "jsonl"):
        assert program(f"export budgets users teams keys -o {output}").stdout.count("nightly")
    assert program("audit list -o json").json


@pytest.mark.parametrize("grace", ["", "--grace 1d"])
def test_a_key_is_rotated_with_and_without_grace(gwctl: Program, release: Database, grace: str) -> None:
    has_grace = "LiteLLM_DeprecatedVerificationToken" in release.counts()
    program = gwctl.on(release)
    program("keys create nightly")
    old = release.row("LiteLLM_VerificationToken")["token"]
    program(f"keys rotate nightly {grace}", code=8 if grace and not has_grace else 0)
    if not grace or has_grace:
        assert release.row("LiteLLM_DeletedVerificationToken")["token"] == old
        assert release.row("LiteLLM_VerificationToken")["token"] != old


@pytest.fixture
def oldest(gwctl: Program, foreign_database: Callable[[str], Database]) -> Program:
    program = gwctl.on(foreign_database(OLDEST))
    program("teams create research")
    program("keys create nightly")
    return program


def test_the_oldest_release_refuses_what_it_cannot_keep(oldest: Program) -> None:
    for command, (what, release) in REFUSED_BY_THE_OLDEST.items():
        refusal = oldest(command, code=8)
        assert what in refusal.text, command
        assert f"it needs gateway {release} or later" in refusal.text, command


def test_the_oldest_release_lists_nothing_of_what_it_has_no_table_for(oldest: Program) -> None:
    assert oldest("projects list -o json").json == []
    assert oldest("access-groups list -o json").json == []


def test_a_column_of_later_releases_reads_as_null(oldest: Program) -> None:
    row = oldest("keys get nightly -o json").json
    assert row["last_active"] is None
    assert oldest("keys list --fields key_alias,last_active -o json").json == [
        {"key_alias": "nightly", "last_active": None}
    ]


@pytest.mark.parametrize("name", RELEASES)
def test_what_a_release_lacks_is_known_by_the_release_that_has_it(
    foreign_database: Callable[[str], Database], name: str
) -> None:
    live, missing = read(foreign_database(name)), []
    for table in schema.TABLES:
        columns = live.tables.get(table, {})
        assert tables.mistyped(table, columns) == {}
        wanted = [column.name for column in schema.table(table).columns] if columns else [""]
        missing += [(table, column) for column in wanted if column not in columns]
    told = [one for one in missing if not one[0].startswith("LiteLLM_Daily")]
    assert [one for one in told if number(releases.since(*one)) <= number(name.split("-")[1])] == (
        [] if "migrated" not in name else told
    )


def test_a_manifest_is_refused_at_the_line_of_what_cannot_be_kept(oldest: Program) -> None:
    text = "teams:\n- team_alias: research\n  soft_budget: 5\n- team_alias: new\n  soft_budget: 5\n"
    refusal = oldest("apply -f - --yes -o json", stdin=text, code=8)
    problems = json.loads(refusal.stderr)["error"]["problems"]
    assert [problem["line"] for problem in problems] == [2, 4]
    assert all("LiteLLM_TeamTable.soft_budget" in problem["message"] for problem in problems)
