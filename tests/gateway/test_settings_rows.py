"""`settings` write these rows (resources 2, 16, 18): one entry changes, and nothing beside it.

What the gateway seals is opened here with NaCl itself.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

import pytest
from nacl.secret import SecretBox

from gateway.literals import Row, Step, changed, gone, writes_exactly
from gateway.rows import LONG_AGO, NOW, Like, assert_nowhere
from support.database import Database
from support.program import Program

Tables = dict[str, list[Step]]
SALT = "sk-salt-of-the-proxy"
WITH_SALT = {"LITELLM_SALT_KEY": SALT}
BOX = SecretBox(hashlib.sha256(SALT.encode()).digest())


def sealed(plain: str) -> Like:
    """A text that opens with the salt key, as the gateway opens it."""
    return Like(f"sealed({plain})", lambda value: BOX.decrypt(base64.urlsafe_b64decode(value)).decode() == plain)


def seal(plain: str) -> str:
    return base64.urlsafe_b64encode(BOX.encrypt(plain.encode())).decode()


def put_section(database: Database, name: str, **values: Any) -> Row:
    return database.insert("LiteLLM_Config", param_name=name, param_value=values)


def put_own(database: Database, table: str, **columns: Any) -> Row:
    return database.insert(f"LiteLLM_{table}", created_at=LONG_AGO, updated_at=LONG_AGO, **columns)


def row_of(table: str, **columns: Any) -> Step:
    return Step("+", columns={**columns, "created_at": NOW, "updated_at": NOW})


def config(name: str, **values: Any) -> Step:
    return Step("+", columns={"param_name": name, "param_value": values})


GENERAL: Row = {"store_model_in_db": True, "alerting": ["slack"]}
ROUTER: Row = {"num_retries": 2, "fallbacks": [{"a": ["b"]}], "model_group_alias": {"fast": "gpt-4o", "gpt-4.1": "o3"}}


def put_settings(database: Database) -> None:
    put_section(database, "general_settings", **GENERAL)
    put_section(database, "router_settings", **ROUTER)
    put_section(database, "mcp_servers", one={"url": "http://x"})


SET: dict[str, tuple[str, Tables]] = {  # the words behind `settings set`; what is different after
    "16 one key of a row: the rest stays": (
        "general_settings.max_parallel_requests 5",
        {"Config": [changed("general_settings", param_value={**GENERAL, "max_parallel_requests": 5})]},
    ),
    "16 true is no text": (
        "general_settings.store_prompts_in_spend_logs true",
        {"Config": [changed("general_settings", param_value={**GENERAL, "store_prompts_in_spend_logs": True})]},
    ),
    "16 a text stays one where the gateway wants one": (
        "general_settings.maximum_spend_logs_retention_period 30d",
        {"Config": [
            changed("general_settings", param_value={**GENERAL, "maximum_spend_logs_retention_period": "30d"}),
        ]},
    ),
    "16 a list": (
        """general_settings.alerting '["slack", "email"]'""",
        {"Config": [changed("general_settings", param_value={**GENERAL, "alerting": ["slack", "email"]})]},
    ),
    "16 router_settings: fallbacks are not lost, nothing is added": (
        "router_settings.num_retries 3",
        {"Config": [changed("router_settings", param_value={**ROUTER, "num_retries": 3})]},
    ),
    "16 deeper, one name of an alias map": (
        "router_settings.model_group_alias.slow o3",
        {"Config": [
            changed("router_settings",
                    param_value={**ROUTER, "model_group_alias": {**ROUTER["model_group_alias"], "slow": "o3"}}),
        ]},
    ),
    "16 deeper, a name with a dot": (
        r"router_settings.model_group_alias.gpt-4\\.1 gpt-4o",
        {"Config": [
            changed("router_settings",
                    param_value={**ROUTER, "model_group_alias": {"fast": "gpt-4o", "gpt-4.1": "gpt-4o"}}),
        ]},
    ),
    "16 a section that is not there": (
        """litellm_settings.public_mcp_servers '["s-1"]'""",
        {"Config": [config("litellm_settings", public_mcp_servers=["s-1"])]},
    ),
    "several at once, null takes one out": (
        """general_settings '{"otel": true, "alerting": null}'""",
        {"Config": [changed("general_settings", param_value={"store_model_in_db": True, "otel": True})]},
    ),
    "2 ConfigOverrides: every text is sealed": (
        "hashicorp_vault @vault.json",
        {"ConfigOverrides": [row_of("ConfigOverrides", config_type="hashicorp_vault", config_value={
            "vault_addr": sealed("https://vault"), "vault_token": sealed("t-1"),
        })]},
    ),
    "16 what is so already": ("general_settings.store_model_in_db true", {}),
    "16 UISettings": (
        "ui_settings.enable_projects_ui true",
        {"UISettings": [row_of("UISettings", id="ui_settings", ui_settings={"enable_projects_ui": True})]},
    ),
    "2 environment_variables: sealed": (
        "environment_variables.OPENAI_API_KEY --secret-from {env:PROVIDER}",
        {"Config": [config("environment_variables", OPENAI_API_KEY=sealed("provider-key"))]},
    ),
    "2 environment_variables: sealed, whatever it looks like": (
        "environment_variables.WORKERS 5", {"Config": [config("environment_variables", WORKERS=sealed("5"))]},
    ),
    "2 cloudzero_settings: api_key alone is sealed": (
        "cloudzero_settings.api_key --secret-from {env:PROVIDER}",
        {"Config": [config("cloudzero_settings", api_key=sealed("provider-key"))]},
    ),
    "2 cloudzero_settings: connection_id is plain": (
        "cloudzero_settings.connection_id c-1", {"Config": [config("cloudzero_settings", connection_id="c-1")]},
    ),
    "2 CacheConfig: texts are sealed, even the type": (
        "cache_settings.type redis",
        {"CacheConfig": [row_of("CacheConfig", id="cache_config", cache_settings={"type": sealed("redis")})]},
    ),
    "2 CacheConfig: numbers are not": (
        "cache_settings.port 6379",
        {"CacheConfig": [row_of("CacheConfig", id="cache_config", cache_settings={"port": 6379})]},
    ),
    "16 SSOConfig: all keys, null where unset": (
        "sso_settings.google_client_id g-1",
        {"SSOConfig": [row_of("SSOConfig", id="sso_config", sso_settings={
            "google_client_id": sealed("g-1"), "google_client_secret": None, "microsoft_client_id": None,
            "microsoft_client_secret": None, "microsoft_tenant": None, "generic_client_id": None,
            "generic_client_secret": None, "generic_authorization_endpoint": None, "generic_token_endpoint": None,
            "generic_userinfo_endpoint": None, "proxy_base_url": None, "user_email": None, "ui_access_mode": None,
            "role_mappings": None, "team_mappings": None,
        })]},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("words", "tables"), SET.values(), ids=SET)
def test_set(gwctl: Program, database: Database, words: str, tables: Tables) -> None:
    put_settings(database)
    Path("vault.json").write_text('{"vault_addr": "https://vault", "vault_token": "t-1"}')
    with writes_exactly(database, **tables):
        gwctl(f"--actor ann settings set {words}", env={**WITH_SALT, "PROVIDER": "provider-key"})


def test_set_sso_takes_its_variables_out_of_the_environment(gwctl: Program, database: Database) -> None:
    """16: the same call removes GOOGLE_…, MICROSOFT_…, GENERIC_…, PROXY_BASE_URL."""
    put_settings(database)
    kept = seal("elsewhere")
    put_section(database, "environment_variables", GOOGLE_CLIENT_ID=seal("old"), PROXY_BASE_URL=seal("x"), OTHER=kept)
    gwctl("settings set sso_settings.google_client_id g-1", env=WITH_SALT)
    assert database.row("LiteLLM_Config", param_name="environment_variables")["param_value"] == {"OTHER": kept}


def test_set_vault_needs_an_address_and_a_way_in(gwctl: Program, database: Database) -> None:
    put_settings(database)
    before = {"vault_addr": seal("https://vault"), "vault_token": seal("t-1")}
    put_own(database, "ConfigOverrides", config_type="hashicorp_vault", config_value=before)
    with writes_exactly(database):
        gwctl("settings unset hashicorp_vault.vault_token", code=5, env=WITH_SALT)
    gwctl("settings set hashicorp_vault.vault_namespace team-a", env=WITH_SALT)
    row = database.row("LiteLLM_ConfigOverrides")
    assert row["config_value"] == {**before, "vault_namespace": sealed("team-a")}
    assert row["updated_at"] == NOW


def test_set_the_same_sealed_value_writes_nothing(gwctl: Program, database: Database) -> None:
    put_settings(database)
    put_section(database, "environment_variables", OTHER=seal("value"))
    with writes_exactly(database):
        gwctl("settings set environment_variables.OTHER value", env=WITH_SALT)


def test_no_secret_is_kept_of_what_stands_beside(gwctl: Program, database: Database) -> None:
    """seen: general_settings holds the master key and the database's address in the clear."""
    secret = {"master_key": "sk-1234567890abcdef", "database_url": "postgres://u:hush@h/d"}
    put_section(database, "general_settings", **GENERAL, **secret)
    gwctl("settings set general_settings.otel true")
    assert database.row("LiteLLM_Config")["param_value"] == {**GENERAL, **secret, "otel": True}
    database.execute("""delete from "LiteLLM_Config" """)
    assert_nowhere(database, "sk-1234567890abcdef", "hush")


UNSET: dict[str, tuple[str, Tables]] = {
    "16 one key": (
        "general_settings.alerting",
        {"Config": [
            changed("general_settings", param_value={k: v for k, v in GENERAL.items() if k != "alerting"}),
        ]},
    ),
    "16 one name inside of one": (
        "router_settings.model_group_alias.fast",
        {"Config": [changed("router_settings", param_value={**ROUTER, "model_group_alias": {"gpt-4.1": "o3"}})]},
    ),
    "16 a section that nothing reads": ("mcp_servers", {"Config": [gone("mcp_servers")]}),
    "a rehearsal": ("general_settings.alerting --dry-run", {}),
}  # fmt: skip


@pytest.mark.parametrize(("words", "tables"), UNSET.values(), ids=UNSET)
def test_unset(gwctl: Program, database: Database, words: str, tables: Tables) -> None:
    put_settings(database)
    with writes_exactly(database, **tables):
        gwctl(f"--actor ann settings unset {words} --yes")


REFUSED: dict[str, tuple[str, int]] = {
    "16 general_settings: no such field": ("set general_settings.alertin '[]'", 5),
    "16 general_settings: not of its type": ("set general_settings.max_parallel_requests many", 5),
    "16 general_settings: true is no number": ("set general_settings.max_parallel_requests true", 5),
    "16 general_settings: none of its values": ("set general_settings.ui_access_mode everybody", 5),
    "16 general_settings: a duration that is none": (
        "set general_settings.maximum_spend_logs_retention_period soon", 5,
    ),
    "16 litellm_settings: top_k beyond 100": (
        """set litellm_settings.mcp_semantic_tool_filter '{"enabled": true, "top_k": 101}'""", 5,
    ),
    "16 router_settings: a number that is none": ("set router_settings.timeout soon", 5),
    "16 UISettings: other keys are dropped": ("set ui_settings.dark_mode true", 5),
    "16 ConfigOverrides: no address": ("set hashicorp_vault.vault_token --secret-from {env:HOME}", 5),
    "16 a section that nothing reads": ("set mcp_servers.two '{}'", 5),
    "2 no salt key": ("set environment_variables.X y", 5),
    "a section is no setting": ("set general_settings true", 5),
    "no value": ("set general_settings.alerting", 2),
    "no path": ("set . x", 2),
    "a secret on the command line": ("set environment_variables.OPENAI_API_KEY hush", 2),
    "a secret on the command line, in an address": ("set general_settings.database_url postgres://u:hush@h/d", 2),
    "a secret on the command line, with a sign that means a file elsewhere": (
        "set environment_variables.OPENAI_API_KEY @hush", 2,
    ),
    "a secret on the command line, in an object": ("""set cache_settings '{"password": "hush"}'""", 2),
    "null": ("set general_settings.alerting null", 2),
    "broken JSON": ("set general_settings.alerting '[\"slack\"'", 5),
    "unset: no such setting": ("unset general_settings.otel --yes", 3),
    "unset: no such section": ("unset litellm_settings --yes", 3),
    "unset: a whole section, nobody to ask": ("unset router_settings", 2),
    "get: no such setting": ("get general_settings.otel", 3),
    "a warning, strictly": ("set router_settings.content_policy_fallbacks '[]' --strict", 6),
    "a rehearsal": ("set router_settings.num_retries 9 --dry-run", 0),
}  # fmt: skip


@pytest.mark.parametrize(("command", "code"), REFUSED.values(), ids=REFUSED)
def test_writes_nothing(gwctl: Program, database: Database, command: str, code: int) -> None:
    put_settings(database)
    environment = {} if "no salt" in command or "X y" in command else WITH_SALT
    with writes_exactly(database):
        gwctl(f"settings {command}", code=code, env=environment)


def test_salt_key_that_opens_nothing_is_refused(gwctl: Program, database: Database) -> None:
    put_settings(database)
    put_section(database, "environment_variables", OTHER=seal("value"))
    with writes_exactly(database):
        gwctl("settings set environment_variables.X y", code=6, env={"LITELLM_SALT_KEY": "another"})


def test_list_shows_no_secret(gwctl: Program, database: Database) -> None:
    put_settings(database)
    database.execute(
        """update "LiteLLM_Config"
        set param_value = param_value || '{"database_url": "postgres://u:hush@h/d", "master_key": "sk-1234"}'
        where param_name = 'general_settings'"""
    )
    put_section(database, "environment_variables", OTHER=seal("hush"))
    listed = gwctl("settings list -o json")
    values = {one["setting"]: one["value"] for one in listed.json}
    assert values["general_settings.store_model_in_db"] is True
    assert values["general_settings.database_url"] == "********"
    assert values["environment_variables.OTHER"] == "********"
    assert values["general_settings.master_key"] == "********"
    assert "hush" not in listed.text
    assert gwctl("settings get general_settings.alerting -o json").json["value"] == ["slack"]
    assert gwctl(r"settings get 'router_settings.model_group_alias.gpt-4\.1' -o json").json["value"] == "o3"
    effects = {one["setting"]: one["takes_effect"] for one in listed.json}
    assert effects["general_settings.alerting"] == "within 30 seconds"
    assert effects["general_settings.master_key"] == "after a restart"
    assert effects["mcp_servers.one"] == "never: no proxy reads this section"


FILE = """
model_list: []
general_settings: {store_model_in_db: true, alerting: [email], otel: true}
router_settings:
  num_retries: 2
  model_group_alias: {fast: o3}
  fallbacks: [{x: [y]}]
litellm_settings: {drop_params: true}
environment_variables: {OTHER: value, LEFT: here}
"""


def test_diff_says_which_source_wins(gwctl: Program, database: Database, tmp_path: Any) -> None:
    """16: the database, key by key and deep; but null and an empty list do not."""
    put_settings(database)
    database.execute(
        """update "LiteLLM_Config" set param_value = param_value || '{"fallbacks": []}'
        where param_name = 'router_settings'"""
    )
    put_section(database, "environment_variables", OTHER=seal("value"))
    path = tmp_path / "config.yaml"
    path.write_text(FILE)
    found = gwctl(f"settings diff {path} --all -o json", code=1, env=WITH_SALT).json
    assert {one["setting"]: (one["state"], one["wins"]) for one in found} == {
        "general_settings.store_model_in_db": ("same", "database"),
        "general_settings.alerting": ("differs", "database"),
        "general_settings.otel": ("only in the file", "file"),
        "router_settings.num_retries": ("same", "database"),
        "router_settings.model_group_alias.fast": ("differs", "database"),
        r"router_settings.model_group_alias.gpt-4\.1": ("only in the database", "database"),
        "router_settings.fallbacks": ("differs", "file"),
        "litellm_settings.drop_params": ("only in the file", "file"),
        "environment_variables.OTHER": ("same", "database"),
        "environment_variables.LEFT": ("only in the file", "file"),
        "mcp_servers.one": ("not read", "neither"),
    }
    short = gwctl(f"settings diff {path} -o json", code=1).json
    assert {one["setting"] for one in short} == {
        "general_settings.alerting", "router_settings.model_group_alias.fast",
        r"router_settings.model_group_alias.gpt-4\.1", "environment_variables.OTHER",
    }  # fmt: skip
    assert next(one for one in short if one["setting"].endswith("OTHER"))["state"] == "sealed"


def test_diff_of_a_file_that_the_database_does_not_contradict(
    gwctl: Program, database: Database, tmp_path: Any
) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("general_settings: {otel: true}\n")
    assert "store_model_in_db" in gwctl(f"settings diff {path}").stderr
    path.write_text("general_settings: [\n")
    gwctl(f"settings diff {path}", code=5)


def test_manifest_carries_plain_sections(gwctl: Program, database: Database, tmp_path: Any) -> None:
    put_settings(database)
    put_section(database, "environment_variables", OTHER=seal("value"))
    path = tmp_path / "settings.yaml"
    path.write_text("settings:\n- param_name: router_settings\n  param_value: {num_retries: 7, fallbacks: null}\n")
    after = {name: value for name, value in ROUTER.items() if name != "fallbacks"} | {"num_retries": 7}
    with writes_exactly(database, Config=[changed("router_settings", param_value=after)]):
        gwctl(f"--actor ann apply -f {path} --yes")
    exported = gwctl("export settings").stdout
    assert "router_settings" in exported
    assert "environment_variables" not in exported
    assert "mcp_servers" not in exported
    path.write_text("settings:\n- param_name: environment_variables\n  param_value: {OTHER: plain}\n")
    with writes_exactly(database):
        gwctl(f"apply -f {path} --yes", code=6)


UNDONE = {
    "beside a secret, which no image keeps": "set general_settings.otel true",
    "one that goes": "unset general_settings.alerting",
    "a table of its own": "set ui_settings.enable_projects_ui true",
    "a sealed one": "set environment_variables.X y",
    "a whole section": "unset router_settings --yes",
}


@pytest.mark.parametrize("command", UNDONE.values(), ids=UNDONE)
def test_undo(gwctl: Program, database: Database, command: str) -> None:
    put_settings(database)
    database.execute(
        """update "LiteLLM_Config" set param_value = param_value || '{"master_key": "sk-1234567890abcdef"}'
        where param_name = 'general_settings'"""
    )
    before = database.dump()
    gwctl(f"settings {command}", env=WITH_SALT)
    assert database.changed(before)
    gwctl(f"audit undo {gwctl('audit list -o json').json[0]['change_set']} --yes", env=WITH_SALT)
    assert {table for table in database.changed(before) if table.startswith("LiteLLM_")} == {"LiteLLM_AuditLog"}


def test_prune_deletes_no_section(gwctl: Program, database: Database, tmp_path: Any) -> None:
    put_settings(database)
    path = tmp_path / "settings.yaml"
    path.write_text("settings:\n- param_name: litellm_settings\n  param_value: {drop_params: true}\n")
    gwctl(f"apply -f {path} --set ours --yes")
    database.execute(
        """update "LiteLLM_Config" set param_value = param_value || '{"public_mcp_servers": ["s"]}'
        where param_name = 'litellm_settings'"""
    )
    path.write_text("teams: []\n")
    with writes_exactly(database):
        gwctl(f"apply -f {path} --set ours --prune --yes", code=6)
