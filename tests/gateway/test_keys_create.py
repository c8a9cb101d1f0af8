"""`keys create` writes what /key/generate writes. Ids name the section of the key reference that says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.rows import (
    IN_14_DAYS,
    MINTED,
    NEXT_HOUR,
    NEXT_MIDNIGHT,
    NEXT_MONDAY,
    NEXT_MONTH,
    PERMISSION,
    SECRET,
    SOFT_BUDGET,
    UUID,
    after,
    assert_audited,
    assert_nowhere,
    assigned,
    build_world,
    hash_of,
    key_of,
    key_row,
    moment,
    put_key,
    writes,
)
from support.database import Database
from support.program import Program


@pytest.fixture(autouse=True)
def world(database: Database) -> None:
    build_world(database)


Case = tuple[str, dict[str, Any]]  # the options, and the columns that differ from a bare key's

RESEARCH = {"team_id": "t-research", "organization_id": "o-acme"}

ONE_ROW: dict[str, Case] = {
    "3.2 nothing given": ("", {}),
    "1 alias": ("nightly", {"key_alias": "nightly"}),
    "1 limits": (
        "--max-budget 50.5 --tpm-limit 9000000000 --rpm-limit 10 --max-parallel-requests 3",
        {"max_budget": 50.5, "tpm_limit": 9_000_000_000, "rpm_limit": 10, "max_parallel_requests": 3},
    ),
    "1 a budget of nothing is a budget": ("--max-budget 0", {"max_budget": 0.0}),
    "1.1 models": ("--models gpt-4o,o3 --models 'openai/*'", {"models": ["gpt-4o", "o3", "openai/*"]}),
    "1 routes and cache controls": (
        "--allowed-routes /chat/completions,info_routes --allowed-cache-controls no-cache",
        {"allowed_routes": ["/chat/completions", "info_routes"], "allowed_cache_controls": ["no-cache"]},
    ),
    "1 JSON columns hold objects": (
        """--aliases '{"fast": "gpt-4o"}' --config '{"a": 1}' --router-settings '{"num_retries": 2}'
           --permissions '{"pii": true}'""",
        {
            "aliases": {"fast": "gpt-4o"}, "config": {"a": 1}, "router_settings": {"num_retries": 2},
            "permissions": {"pii": True},
        },
    ),
    "1.3 model budgets as sent": (
        """--model-max-budget '{"o3": {"budget_limit": 0.5, "time_period": "1d"}}'""",
        {"model_max_budget": {"o3": {"budget_limit": 0.5, "time_period": "1d"}}},
    ),
    "1 key_type llm_api": ("--key-type llm_api", {"allowed_routes": ["llm_api_routes"]}),
    "1 key_type management": ("--key-type management", {"allowed_routes": ["management_routes"]}),
    "1 key_type read_only": ("--key-type read_only", {"allowed_routes": ["info_routes"]}),
    "1 key_type default": ("--key-type default --allowed-routes /v1/models", {"allowed_routes": ["/v1/models"]}),
    "1.2 free metadata": (
        "--metadata owner=ada --metadata tries:=3 --metadata 'on:=[true]'",
        {"metadata": {"owner": "ada", "tries": 3, "on": [True]}},
    ),
    "1.2 fields that live in metadata": (
        """--model-rpm-limit '{"o3": 5}' --rpm-limit-type best_effort_throughput --tags a,b --prompts p
           --allowed-tools grep --metadata owner=ada""",
        {
            "metadata": {
                "model_rpm_limit": {"o3": 5}, "rpm_limit_type": "best_effort_throughput", "tags": ["a", "b"],
                "prompts": ["p"], "allowed_tools": ["grep"], "owner": "ada",
            }
        },
    ),
    "1.2 each of the others": (
        """--model-tpm-limit '{"o3": 6}' --tpm-limit-type dynamic --enforced-params user,metadata.job --guardrails pii
           --policies eu --allowed-passthrough-routes /x --logging '[{"callback_name": "l"}]'
           --allowed-vector-store-indexes '[{"index_name": "i", "index_permissions": ["read"]}]'
           --enforced-batch-output-expires-after '{"anchor": "created_at", "seconds": 60}'
           --enforced-file-expires-after '{"anchor": "created_at", "seconds": 61}' --litellm-disabled-callbacks a,b
           --disable-global-guardrails --spend-logs-metadata '{"cost": "c"}' --cache '{"no-cache": true}'
           --disable-fallbacks --priority low --max-iterations 9""",
        {
            "metadata": {
                "model_tpm_limit": {"o3": 6}, "tpm_limit_type": "dynamic", "enforced_params": ["user", "metadata.job"],
                "guardrails": ["pii"], "policies": ["eu"], "allowed_passthrough_routes": ["/x"],
                "logging": [{"callback_name": "l"}],
                "allowed_vector_store_indexes": [{"index_name": "i", "index_permissions": ["read"]}],
                "enforced_batch_output_expires_after": {"anchor": "created_at", "seconds": 60},
                "enforced_file_expires_after": {"anchor": "created_at", "seconds": 61},
                "litellm_disabled_callbacks": ["a", "b"], "disable_global_guardrails": True,
                "spend_logs_metadata": {"cost": "c"}, "cache": {"no-cache": True}, "disable_fallbacks": True,
                "priority": "low", "max_iterations": 9,
            }
        },
    ),
    "3.2 service account": (
        "--team research --service-account-id ci",
        {**RESEARCH, "metadata": {"service_account_id": "ci"}, "user_id": None},
    ),
    "4 duration is exact": ("--duration 36h", {"expires": after(hours=36)}),
    "4 duration of weeks": ("--duration 2w", {"expires": after(days=14)}),
    "0 a moment is kept as UTC": ("--expires 2027-01-02T03:04:05.678Z", {"expires": moment("2027-01-02T03:04:05.678")}),
    "0 a moment with an offset": ("--expires 2027-01-02T03:04:05+02:00", {"expires": moment("2027-01-02T01:04:05")}),
    "4 resets at the next hour": ("--budget-duration 1h", {"budget_duration": "1h", "budget_reset_at": NEXT_HOUR}),
    "4 resets at midnight UTC": ("--budget-duration 1d", {"budget_duration": "1d", "budget_reset_at": NEXT_MIDNIGHT}),
    "4 resets on Monday": ("--budget-duration 7d", {"budget_duration": "7d", "budget_reset_at": NEXT_MONDAY}),
    "4 resets in N days": ("--budget-duration 14d", {"budget_duration": "14d", "budget_reset_at": IN_14_DAYS}),
    "4 resets on the 1st, 30d": ("--budget-duration 30d", {"budget_duration": "30d", "budget_reset_at": NEXT_MONTH}),
    "4 resets on the 1st, 1mo": ("--budget-duration 1mo", {"budget_duration": "1mo", "budget_reset_at": NEXT_MONTH}),
    "4 a week means midnight": ("--budget-duration 1w", {"budget_duration": "1w", "budget_reset_at": NEXT_MIDNIGHT}),
    "1 rotation by the proxy": (
        "--auto-rotate --rotation-interval 30d",
        {"auto_rotate": True, "rotation_interval": "30d", "key_rotation_at": after(days=30)},
    ),
    "1 half of a rotation is kept, where the endpoint drops it": ("--auto-rotate", {"auto_rotate": True}),
    "1 an interval alone": ("--rotation-interval 30d", {"rotation_interval": "30d"}),
    "1 team by alias brings its organisation": ("--team research", RESEARCH),
    "1 team by id, without an organisation": (
        "--team t-ops --models gpt-4o", {"team_id": "t-ops", "models": ["gpt-4o"]},
    ),
    "1 owner, organisation, budget, agent": (
        "--user ada --org acme --budget standard --agent-id a-one",
        {"user_id": "ada", "organization_id": "o-acme", "budget_id": "standard", "agent_id": "a-one"},
    ),
    "3.1#6 within its project": (
        "--project apollo --team research --models gpt-4o --max-budget 10",
        {**RESEARCH, "project_id": "p-apollo", "models": ["gpt-4o"], "max_budget": 10.0},
    ),
    "3.1#6 no models is no conflict with a project": (
        "--project p-apollo --team research", {**RESEARCH, "project_id": "p-apollo"},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("options", "columns"), ONE_ROW.values(), ids=ONE_ROW)
def test_writes_the_key_and_nothing_else(
    gwctl: Program, database: Database, options: str, columns: dict[str, Any]
) -> None:
    with writes(database, VerificationToken="+1", AuditLog="+1"):
        secret = gwctl(f"--actor ann keys create {options}").stdout.removesuffix("\n")
    assert MINTED.fullmatch(secret)  # in a pipe: the plain secret alone
    assert key_of(database, hash_of(secret)) == key_row(secret, **columns)


def test_audits_with_the_hash_and_never_the_secret(gwctl: Program, database: Database) -> None:
    """3.9"""
    result = gwctl("--actor ann keys create nightly --team research --max-budget 5 -o json")
    secret = result.json["key"]
    token = hash_of(secret)
    assert result.json.items() >= {"token": token, "key_alias": "nightly", "team_id": "t-research"}.items()
    assert_audited(
        database, "created", token, before=None, after={"token": token, "team_id": "t-research", "max_budget": 5.0}
    )
    assert_nowhere(database, secret)


@pytest.mark.parametrize("budget", ["", "--budget standard"], ids=["3.2 soft budget", "1 overrides a given budget"])
def test_soft_budget_makes_a_budget_row(gwctl: Program, database: Database, budget: str) -> None:
    with writes(database, VerificationToken="+1", BudgetTable="+1", AuditLog="+1"):
        secret = gwctl(f"--actor ann keys create --soft-budget 8 --max-budget 10 {budget}").stdout.strip()
    row = key_of(database, hash_of(secret))
    assert row == key_row(secret, max_budget=10.0, budget_id=UUID)
    assert database.row("LiteLLM_BudgetTable", budget_id=row["budget_id"]) == {**SOFT_BUDGET, "soft_budget": 8.0}


PERMISSIONS: dict[str, Case] = {
    "3.2 vector stores and agents": (
        "--vector-stores v1,v2 --agents a-one --agent-access-groups g",
        {"vector_stores": ["v1", "v2"], "agents": ["a-one"], "agent_access_groups": ["g"]},
    ),
    "3.1#14 a server for all keys": ("--mcp-servers s-open", {"mcp_servers": ["s-open"]}),
    "3.1#14 a server of its team": (
        """--team ops --models gpt-4o --mcp-servers s-shut --mcp-tool-permissions '{"s-shut": ["read"]}'""",
        {"mcp_servers": ["s-shut"], "mcp_tool_permissions": {"s-shut": ["read"]}},
    ),
}


@pytest.mark.parametrize(("options", "columns"), PERMISSIONS.values(), ids=PERMISSIONS)
def test_reach_makes_a_permission_row(
    gwctl: Program, database: Database, options: str, columns: dict[str, Any]
) -> None:
    with writes(database, VerificationToken="+1", ObjectPermissionTable="+1", AuditLog="+1"):
        secret = gwctl(f"--actor ann keys create {options}").stdout.strip()
    permission = key_of(database, hash_of(secret))["object_permission_id"]
    assert database.row("LiteLLM_ObjectPermissionTable", object_permission_id=permission) == {**PERMISSION, **columns}


def test_access_groups_are_written_on_both_sides(gwctl: Program, database: Database) -> None:
    """resources 5.1: the gateway leaves assigned_key_ids alone, gwctl keeps it in step."""
    with writes(database, VerificationToken="+1", AccessGroupTable="~1", AuditLog="+1"):
        secret = gwctl("--actor ann keys create --access-groups tools").stdout.strip()
    assert key_of(database, hash_of(secret)) == key_row(secret, access_group_ids=["g-tools"])
    assert assigned(database, "tools") == [hash_of(secret)]


@pytest.mark.parametrize("form", ["{env:MINE}", "{file:mine.txt}", "-"])
def test_a_secret_of_your_own(gwctl: Program, database: Database, form: str) -> None:
    """2: stored as its SHA-256, with the last four characters."""
    Path("mine.txt").write_text("sk-my_own-KEY-9876\n")
    with writes(database, VerificationToken="+1", AuditLog="+1"):
        command = ["--actor", "ann", "keys", "create", "mine", "--secret-from", form]
        gwctl(command, env={"MINE": "sk-my_own-KEY-9876"}, stdin="sk-my_own-KEY-9876\n")
    assert database.row("LiteLLM_VerificationToken", key_alias="mine") == {
        **key_row("sk-my_own-KEY-9876", key_alias="mine"), "key_name": "sk-...9876",
    }  # fmt: skip
    assert_nowhere(database, "sk-my_own-KEY-9876")


@pytest.mark.parametrize(
    ("secret", "code"),
    {"nope-0123456789": 5, "sk-with blank": 5, "sk-" + "a" * 98: 5, SECRET: 4}.items(),
    ids=["2 not sk-", "2 alphabet", "2 101 characters", "2 exists: conflict, not a silent 200"],
)
def test_refuses_a_secret(gwctl: Program, database: Database, secret: str, code: int) -> None:
    put_key(database)
    with writes(database):
        result = gwctl("keys create mine --soft-budget 1 --vector-stores v --secret-from -", stdin=secret, code=code)
    assert secret not in result.stdout + result.stderr


def test_the_organisation_rule_can_be_turned_off(gwctl: Program, database: Database) -> None:
    """3.1#11: key_inherits_org"""
    Path("c.toml").write_text(f'[contexts.bare]\nurl = "{database.url}"\nkey_inherits_org = false\n')
    gwctl("--context bare keys create nightly --team research", env={"GWCTL_CONFIG": "c.toml"})
    assert database.row("LiteLLM_VerificationToken", key_alias="nightly")["organization_id"] is None


REFUSED: dict[str, tuple[str, int]] = {
    "3.1#1 negative budget": ("--max-budget=-1", 5),
    "3.1#1 negative soft budget": ("--soft-budget=-0.5", 5),
    "1 a budget that is no number": ("--max-budget nan", 5),
    "1.3 a bare number as a model's budget": ("""--model-max-budget '{"o3": 5}'""", 5),
    "2 alias taken": ("nightly", 4),
    "2 alias taken by a session of the dashboard": ("ui", 4),
    "3.1#3 no such team": ("--team nobody", 3),
    "1 no such user": ("--user nobody", 3),
    "3.1#12 no such budget": ("--soft-budget 1 --budget nobody", 3),
    "3.1#17 no such organisation": ("--org nobody", 3),
    "3.1#6 no such project": ("--project nobody", 3),
    "1 no such access group": ("--access-groups nobody", 3),
    "3.1#6 a model outside the project": ("--project apollo --team research --models gpt-4o,claude", 6),
    "3.1#6 a budget above the project's": ("--project apollo --team research --max-budget 10.01", 6),
    "3.1#8 service account without team": ("--service-account-id ci", 6),
    "3.1#14 a server of no team": ("--mcp-servers s-shut", 6),
    "3.1#14 tools of a server of no team": ("""--team research --mcp-tool-permissions '{"s-shut": ["a"]}'""", 6),
    "3.1#14 a group of servers without team": ("--mcp-access-groups dev", 6),
    "4 a duration that is none": ("--duration 1.5h", 5),
    "4 a duration without end, on create": ("--duration=-1", 5),
    "4 two months as a budget's period": ("--budget-duration 2mo", 5),
    "4 a rotation that is none": ("--auto-rotate --rotation-interval soon", 5),
}


@pytest.mark.parametrize(("options", "code"), REFUSED.values(), ids=REFUSED)
def test_refuses_and_writes_nothing(gwctl: Program, database: Database, options: str, code: int) -> None:
    put_key(database)
    with writes(database):
        gwctl(f"keys create {options}", code=code)


GUARANTEED: dict[str, tuple[dict[str, Any], str, str]] = {
    "requests of the team": (
        {"team_id": "t-ops", "rpm_limit": 50}, "--team ops --rpm-limit {} --rpm-limit-type", "50 51",
    ),
    "tokens of the team": (
        {"team_id": "t-ops", "tpm_limit": 999}, "--team ops --tpm-limit {} --tpm-limit-type", "1 2",
    ),
    "requests of a model, from the team's metadata": (
        {"team_id": "t-ops", "metadata": {"model_rpm_limit": {"gpt-4o": 4}}},
        """--team ops --model-rpm-limit '{{"gpt-4o": {}}}' --rpm-limit-type""", "6 7",
    ),
    "tokens of the organisation, from its budget": (
        {"organization_id": "o-acme", "tpm_limit": 600}, "--org acme --tpm-limit {} --tpm-limit-type", "400 401",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("other", "options", "amounts"), GUARANTEED.values(), ids=GUARANTEED)
def test_guaranteed_limits_are_not_promised_twice(
    gwctl: Program, database: Database, other: dict[str, Any], options: str, amounts: str
) -> None:
    """3.3: the sum may reach the limit and not pass it; keys without a limit do not count."""
    put_key(database, "sk-first-0123456789", key_alias="first", **other)
    put_key(database, "sk-second-0123456789", key_alias="second", team_id=other.get("team_id"))
    fits, exceeds = amounts.split()
    with writes(database):
        gwctl(f"keys create {options.format(exceeds)} guaranteed_throughput", code=6)
    with writes(database, VerificationToken="+1", AuditLog="+1"):
        gwctl(f"keys create {options.format(fits)} guaranteed_throughput")


WARNED = {
    "3.3 a model outside the team's": ("--team ops --models claude", "claude"),
    "3.3 a budget above the team's": ("--team ops --models gpt-4o --max-budget 51", "budget"),
    "3.3 a limit above the team's": ("--team ops --models gpt-4o --tpm-limit 1001", "tpm"),
    "1 a rotation without its interval": ("--auto-rotate", "rotation_interval"),
    "1 an interval of what is not rotated": ("--rotation-interval 30d", "auto_rotate"),
    "1.2 guardrails without a licence": ("--guardrails pii", "guardrails"),
    "1.2 enforced_params without a licence": ("--enforced-params user", "enforced_params"),
}


@pytest.mark.parametrize(("options", "word"), WARNED.values(), ids=WARNED)
def test_warns_of_what_the_gateway_takes_and_then_refuses(
    gwctl: Program, database: Database, options: str, word: str
) -> None:
    with writes(database):
        gwctl(f"keys create {options} --yes --strict", code=6)
    with writes(database, VerificationToken="+1", AuditLog="+1"):
        assert word in gwctl(f"keys create {options} --yes").stderr


def test_a_rehearsal_writes_nothing_and_shows_no_secret(gwctl: Program, database: Database) -> None:
    with writes(database):
        result = gwctl("keys create nightly --soft-budget 3 --access-groups tools --dry-run -o json")
    assert not MINTED.search(result.stdout + result.stderr)


def test_once_is_enough_if_asked(gwctl: Program, database: Database) -> None:
    put_key(database)
    with writes(database):
        gwctl("keys create nightly --if-not-exists")
