"""Settings with a table and a row of their own, by manifest and by command (resources 2, 16)."""

from __future__ import annotations

import json

import pytest

from gateway.literals import NOW, Row, Step, writes_exactly
from gateway.rows import LONG_AGO
from gateway.seals import ENV, SALT, seal, sealed
from support.database import Database
from support.program import Program

SSO = dict.fromkeys((
    "google_client_id", "google_client_secret", "microsoft_client_id", "microsoft_client_secret", "microsoft_tenant",
    "generic_client_id", "generic_client_secret", "generic_authorization_endpoint", "generic_token_endpoint",
    "generic_userinfo_endpoint", "proxy_base_url", "user_email", "ui_access_mode", "role_mappings", "team_mappings",
))  # fmt: skip
"""Single sign-on is stored with all its keys, null where unset (16)."""
TIMES: Row = {"created_at": NOW, "updated_at": NOW}
SECRETS = {**ENV, "LITELLM_SALT_KEY": SALT}
FLAG = {"enable_projects_ui": True}


def fits_sso(value: Row, **texts: str) -> bool:
    rest = {name: item for name, item in value.items() if name not in texts}
    return sealed(**texts) == {name: value[name] for name in texts} and rest == {
        name: None for name in SSO if name not in texts
    }


CREATED: dict[str, tuple[str, Row, str, Row]] = {  # group; what is said; the table; the row
    "UISettings, plain": (
        "ui-settings", {"id": "ui_settings", "ui_settings": FLAG},
        "UISettings", {"id": "ui_settings", "ui_settings": FLAG, **TIMES},
    ),
    "CacheConfig, every text sealed, numbers and lists plain": (
        "cache-settings",
        {"id": "cache_config", "cache_settings": {"type": "redis", "port": 6379, "password": {"env": "PROVIDER_KEY"}}},
        "CacheConfig",
        {"id": "cache_config", **TIMES,
         "cache_settings": sealed(type="redis", port=6379, password=ENV["PROVIDER_KEY"])},
    ),
    "ConfigOverrides, every text sealed": (
        "config-overrides",
        {"config_type": "hashicorp_vault",
         "config_value": {"vault_addr": "https://v", "vault_token": {"env": "OTHER_KEY"}}},
        "ConfigOverrides",
        {"config_type": "hashicorp_vault", **TIMES,
         "config_value": sealed(vault_addr="https://v", vault_token=ENV["OTHER_KEY"])},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("group", "said", "table", "row"), CREATED.values(), ids=CREATED)
def test_a_manifest_makes_the_row_and_leaves_what_it_does_not_name(
    gwctl: Program, database: Database, group: str, said: Row, table: str, row: Row
) -> None:
    manifest = json.dumps({group: [said]})
    with writes_exactly(database, **{table: [Step("+", columns=row)]}):
        gwctl("--actor ann apply -f - --yes", stdin=manifest, env=SECRETS)
    with writes_exactly(database):
        assert gwctl("apply -f - --yes -o json", stdin=manifest, env=SECRETS).json["changes"] == []
        gwctl(f"export {group}", env=SECRETS)
        gwctl(f"{group} list -o json", env=SECRETS)
    gwctl(["audit", "undo", gwctl("audit list --limit 1 -o json").json[0]["change_set"], "--yes"])
    assert database.rows(f"LiteLLM_{table}") == []


def test_single_sign_on_has_all_its_keys_and_takes_its_variables(gwctl: Program, database: Database) -> None:
    database.insert("LiteLLM_Config", param_name="environment_variables",
                    param_value={"GOOGLE_CLIENT_ID": seal("x"), "OTHER": seal("y")})  # fmt: skip
    said = {"id": "sso_config", "sso_settings": {"google_client_id": "g", "google_client_secret": {"env": "OTHER_KEY"}}}
    manifest = json.dumps({"sso-settings": [said]})
    gwctl("--actor ann apply -f - --yes", stdin=manifest, env=SECRETS)
    stored = database.row("LiteLLM_SSOConfig")["sso_settings"]
    assert fits_sso(stored, google_client_id="g", google_client_secret=ENV["OTHER_KEY"])
    assert database.row("LiteLLM_Config")["param_value"].keys() == {"OTHER"}
    with writes_exactly(database):
        assert gwctl("apply -f - --yes -o json", stdin=manifest, env=SECRETS).json["changes"] == []
        assert ENV["OTHER_KEY"] not in gwctl("export sso-settings", env=SECRETS).stdout


def test_an_entry_goes_by_null(gwctl: Program, database: Database) -> None:
    old = {"enable_projects_ui": True, "disable_custom_api_keys": True}
    database.insert("LiteLLM_UISettings", id="ui_settings", ui_settings=old, created_at=LONG_AGO, updated_at=LONG_AGO)
    gwctl("ui-settings update ui_settings --ui-settings enable_projects_ui= --yes")
    assert database.row("LiteLLM_UISettings")["ui_settings"] == {"disable_custom_api_keys": True}


REFUSED: dict[str, tuple[str, Row, int, Row]] = {
    "16 UISettings: other keys are dropped": (
        "ui-settings", {"id": "ui_settings", "ui_settings": {"dark_mode": True}}, 5, SECRETS),
    "16 UISettings: not of its type": (
        "ui-settings", {"id": "ui_settings", "ui_settings": {"enable_projects_ui": "yes"}}, 5, SECRETS),
    "another row": ("ui-settings", {"id": "mine", "ui_settings": FLAG}, 5, SECRETS),
    "16 ConfigOverrides: no way in": (
        "config-overrides", {"config_type": "hashicorp_vault", "config_value": {"vault_addr": "https://v"}}, 5,
        SECRETS),
    "2 no salt key": (
        "cache-settings", {"id": "cache_config", "cache_settings": {"type": "redis"}}, 5, {"PROVIDER_KEY": "x"}),
}  # fmt: skip


@pytest.mark.parametrize(("group", "said", "code", "env"), REFUSED.values(), ids=REFUSED)
def test_writes_nothing(gwctl: Program, database: Database, group: str, said: Row, code: int, env: Row) -> None:
    with writes_exactly(database):
        gwctl("--actor ann apply -f - --yes", stdin=json.dumps({group: [said]}), env=env, code=code)


DELETED: dict[str, tuple[str, Row]] = {
    "ui-settings delete ui_settings": ("UISettings", {"id": "ui_settings", "ui_settings": FLAG}),
    "cache-settings delete cache_config": ("CacheConfig", {"id": "cache_config", "cache_settings": {"port": 1}}),
    "sso-settings delete sso_config": ("SSOConfig", {"id": "sso_config", "sso_settings": {"user_email": None}}),
    "config-overrides delete hashicorp_vault": (
        "ConfigOverrides", {"config_type": "hashicorp_vault", "config_value": {"vault_addr": seal("https://v")}},
    ),
}  # fmt: skip


@pytest.mark.parametrize("command", DELETED)
def test_delete_wants_force(gwctl: Program, database: Database, command: str) -> None:
    table, row = DELETED[command]
    database.insert(f"LiteLLM_{table}", **row, updated_at=LONG_AGO)
    with writes_exactly(database):
        gwctl(f"{command} --yes", code=6)
    gwctl(f"{command} --yes --force")
    assert database.rows(f"LiteLLM_{table}") == []


def test_what_an_unlicensed_proxy_does_not_do_is_told(gwctl: Program, database: Database) -> None:
    """Tenancy 6: no single sign-on beyond five users; seen: audit logs are not written."""
    manifest = json.dumps({"sso-settings": [{"id": "sso_config", "sso_settings": {"google_client_id": "g"}}]})
    for number in range(6):
        assert "single sign-on" not in gwctl("apply -f - --dry-run", stdin=manifest, env=SECRETS).stderr
        database.insert("LiteLLM_UserTable", user_id=f"u-{number}")
    assert "more than 5 users: there are 6" in gwctl("apply -f - --yes", stdin=manifest, env=SECRETS).stderr
    result = gwctl("settings set sso_settings.google_client_secret --secret-from env:OTHER_KEY", env=SECRETS)
    assert "more than 5 users" in result.stderr
    assert "without a licence" in gwctl("settings set litellm_settings.store_audit_logs true").stderr
    gwctl("settings set litellm_settings.store_audit_logs true --strict", code=0)
    gwctl("contexts set prod --url - --licensed", stdin=database.url)
    done = gwctl("--context prod settings set litellm_settings.store_audit_logs false")
    assert "licence" not in done.stderr
