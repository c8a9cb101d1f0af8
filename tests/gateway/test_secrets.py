"""`secrets check` and `secrets reseal` over every table that holds sealed values (resources 2, 20)."""

from __future__ import annotations

import base64
import json
import os
import time
from typing import Any

import pytest

from gateway.rows import LONG_AGO
from gateway.seals import ENV, SALT, seal, unseal
from gateway.test_credentials_rows import put_credential
from gateway.test_models_rows import put_model
from support.database import Database
from support.program import Program

Row = dict[str, Any]
NEW = "sk-new-salt-0123456789"
BOTH = {**ENV, "NEW_SALT": NEW}
RESEAL = "--actor ann secrets reseal --new-salt-key-env NEW_SALT --yes"
CREDENTIAL = "user's own key"


def put_everything(database: Database) -> None:
    """A sealed text in each place of the reference, and beside it what is not sealed there."""
    put_model(database)
    put_credential(database)
    database.insert(
        "LiteLLM_MCPServerTable", server_id="s-1", alias="github", updated_at=LONG_AGO,
        credentials={"auth_value": seal("token"), "aws_region_name": "eu-1", "scopes": ["a"]},
        env={"TOKEN": "in-the-open"},
    )  # fmt: skip
    configs = {
        "environment_variables": {"OPENAI_API_KEY": seal("in-the-environment")},
        "cloudzero_settings": {"api_key": seal("cloud"), "timezone": "UTC"},
        "vantage_settings": {"api_key": seal("one"), "integration_token": seal("two"), "base_url": "https://v.org"},
        "general_settings": {"master_key": "sk-in-the-open-0123456789"},
    }
    for name, value in configs.items():
        database.insert("LiteLLM_Config", param_name=name, param_value=value)
    sso = {"google_client_id": seal("client"), "role_mappings": {"a": "b"}, "user_email": None}
    database.insert("LiteLLM_SSOConfig", id="sso_config", sso_settings=sso, updated_at=LONG_AGO)
    cache = {"type": seal("redis"), "password": seal("pass"), "port": 6379, "nodes": ["x"]}
    database.insert("LiteLLM_CacheConfig", id="cache_config", cache_settings=cache, updated_at=LONG_AGO)
    vault = {"vault_addr": seal("https://vault.org"), "vault_token": seal("hvs")}
    database.insert("LiteLLM_ConfigOverrides", config_type="hashicorp_vault", config_value=vault, updated_at=LONG_AGO)
    plain = base64.urlsafe_b64encode(f"{CREDENTIAL}, long enough to look sealed to the careless".encode()).decode()
    for user, stored in {"ada": plain, "bob": seal(CREDENTIAL)}.items():
        database.insert(
            "LiteLLM_MCPUserCredentials", id=f"u-{user}", user_id=user, server_id="s-1", credential_b64=stored,
            updated_at=LONG_AGO,
        )  # fmt: skip


SEALED = 16  # texts that put_everything seals


def texts(value: Any) -> list[str]:
    """Every text in a value, however deep."""
    if isinstance(value, dict):
        return [text for item in value.values() for text in texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in texts(item)]
    return [value] if isinstance(value, str) else []


def opening(database: Database, salt: str) -> int:
    """How many texts of all tables, gwctl's own too, open with a salt key."""
    rows = [row for rows in dict(database.dump()).values() for row in rows]
    return sum(unseal(text, salt) is not None for text in texts(rows))


def test_check(gwctl: Program, database: Database) -> None:
    put_everything(database)
    shown = gwctl("secrets check --all -o json", env=ENV)
    assert len(shown.json) == SEALED
    assert {row["state"] for row in shown.json} == {"opens"}
    assert gwctl("secrets check -o json", env=ENV).json == []
    assert gwctl("secrets check -o json", env={"LITELLM_SALT_KEY": "another"}, code=1).json


def test_check_tells_plain_text_from_lost(gwctl: Program, database: Database) -> None:
    put_model(database, litellm_params={"model": "*", "api_key": seal("x", "lost"), "api_base": seal("ok")})
    found = gwctl("secrets check -o json", env=ENV, code=1).json
    assert {row["name"]: row["state"] for row in found} == {"model": "plain", "api_key": "unreadable"}
    gwctl("secrets check", code=5)


def test_reseal(gwctl: Program, database: Database) -> None:
    put_everything(database)
    gwctl("models update m-1 --api-base https://y.org", env=ENV)  # leaves images under the old key
    gwctl("mcp update github --credentials client_secret=env:PROVIDER_KEY --allow-all-keys", env=ENV)
    before = database.dump()
    done = gwctl(f"{RESEAL} -o json", env=BOTH).json
    assert sum(row["resealed"] for row in done) == SEALED + 1
    assert opening(database, SALT) == 0
    assert opening(database, NEW) > SEALED
    after = database.dump()
    changed = {table.removeprefix("LiteLLM_") for table in database.changed(before, after)} - {
        "gwctl.change_set", "gwctl.row_image",
    }  # fmt: skip
    assert changed == {
        "ProxyModelTable", "CredentialsTable", "MCPServerTable", "Config", "SSOConfig", "CacheConfig",
        "ConfigOverrides", "MCPUserCredentials",
    }  # fmt: skip
    for table, change in database.changed(before, after).items():
        for old, new in change.updated if table.startswith("LiteLLM_") else ():
            assert plain_texts(old, SALT) == plain_texts(new, NEW)
            assert new.get("created_at") == old.get("created_at")
            assert new.get("updated_at") != old.get("updated_at") or table == "LiteLLM_Config"
    assert gwctl("secrets check --all -o json", env={"LITELLM_SALT_KEY": NEW}).json


def plain_texts(row: Row, salt: str) -> list[str]:
    return sorted(unseal(text, salt) or text for text in texts([row[name] for name in row if name != "updated_at"]))


def test_an_undo_after_it_brings_back_what_the_new_key_opens(gwctl: Program, database: Database) -> None:
    put_model(database)
    gwctl("models update m-1 --api-base https://y.org", env=ENV)
    change = gwctl("audit list -o json").json[0]["change_set"]
    gwctl(RESEAL, env=BOTH)
    gwctl(f"audit undo {change} --yes", env={"LITELLM_SALT_KEY": NEW})
    params = database.row("LiteLLM_ProxyModelTable")["litellm_params"]
    assert unseal(params["api_base"], NEW) == "https://x.org"


PARAMS: Row = {"model": "*", "api_base": seal("ok"), "api_key": seal("x", "lost")}


def test_what_opens_with_no_key_is_in_the_way(gwctl: Program, database: Database) -> None:
    put_model(database, litellm_params=PARAMS)
    before = database.dump()
    complaint = gwctl(RESEAL, env=BOTH, code=6).stderr
    assert "api_key" in complaint
    assert database.changed(before) == {}


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        ("--drop-unreadable", {"model": None, "api_base": "ok"}),
        ("--drop-unreadable --adopt-plaintext", {"model": "*", "api_base": "ok"}),
    ],
)
def test_drop_and_adopt(gwctl: Program, database: Database, options: str, kept: Row) -> None:
    put_model(database, litellm_params=PARAMS)
    told = gwctl(f"{RESEAL} {options}", env=BOTH).stderr
    assert "given up: LiteLLM_ProxyModelTable.litellm_params of m-1: api_key" in told
    params = database.row("LiteLLM_ProxyModelTable")["litellm_params"]
    assert {name: unseal(text, NEW) for name, text in params.items()} == kept
    assert params["model"] == "*" or "--adopt-plaintext" in options


def test_a_second_time_does_nothing(gwctl: Program, database: Database) -> None:
    put_model(database)
    gwctl(RESEAL, env=BOTH)
    before = database.dump()
    [row] = gwctl(f"{RESEAL} -o json", env=BOTH).json
    assert (row["resealed"], row["already"]) == (0, 3)
    assert database.changed(before) == {}


REFUSED: dict[str, tuple[Row, int]] = {
    "no salt key": ({"NEW_SALT": NEW}, 5),
    "no new salt key": (ENV, 5),
    "the same": ({**ENV, "NEW_SALT": SALT}, 5),
}


@pytest.mark.parametrize(("env", "code"), REFUSED.values(), ids=REFUSED)
def test_refused(gwctl: Program, database: Database, env: Row, code: int) -> None:
    put_model(database)
    before = database.dump()
    gwctl(RESEAL, env=env, code=code)
    gwctl("secrets reseal --new-salt-key-env NEW_SALT", env=BOTH, code=2)
    gwctl(f"{RESEAL} --dry-run", env=BOTH)
    assert database.changed(before) == {}


def put_many(database: Database, count: int) -> None:
    stored = {name: seal(f"text {name}") for name in ("model", "api_key", "api_base", "api_version")}
    database.execute(
        """insert into "LiteLLM_ProxyModelTable" (model_id, model_name, litellm_params, created_by, updated_by)
        select 'm-' || n, 'gpt', %s::jsonb, 'root', 'root' from generate_series(1, %s) n""",
        json.dumps(stored), count // 4,
    )  # fmt: skip


def test_ten_thousand_values(gwctl: Program, database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    put_many(database, 10_000)
    begun = time.monotonic()
    [row] = gwctl(f"{RESEAL} -o json", env=BOTH).json
    taken = time.monotonic() - begun
    with capsys.disabled():
        print(f"\n10,000 sealed values resealed in {taken:.1f} s")
    assert row["resealed"] == 10_000
    assert taken < 60
    assert opening(database, SALT) == 0


def test_killed_in_the_middle(gwctl: Program, database: Database) -> None:
    """The old key opens all, as if nothing had been tried."""
    put_many(database, 4_000)
    before = database.dump()
    running = gwctl.start(RESEAL.split(), env=BOTH)
    deadline = time.monotonic() + 60
    busy = "select 1 from pg_locks where relation = %s::regclass and mode = 'ShareRowExclusiveLock' and granted"
    while not database.execute(busy, '"LiteLLM_ProxyModelTable"') and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(running.pid, 9)
    running.wait()
    while database.execute(busy, '"LiteLLM_ProxyModelTable"') and time.monotonic() < deadline:
        time.sleep(0.05)
    changed = database.changed(before)
    assert {table for table in changed if table.startswith("LiteLLM_")} == set()
    assert gwctl("secrets check -o json", env=ENV).json == []


def test_an_undo_after_it_brings_back_what_lay_in_plain_text(gwctl: Program, database: Database) -> None:
    """What is not sealed in its row is, in the row's images; these move along."""
    put_credential(database)
    database.insert(
        "LiteLLM_GuardrailsTable", guardrail_id="g-1", guardrail_name="pii", updated_at=LONG_AGO, guardrail_info={},
        litellm_params={"guardrail": "presidio", "mode": "pre_call", "api_key": "in-the-open", "headers": {"a": "b"}},
    )  # fmt: skip
    database.insert("LiteLLM_UserTable", user_id="ada", password="ab" * 32, models=[])
    before = {table: database.rows(f"LiteLLM_{table}") for table in ("GuardrailsTable", "UserTable")}
    sets = []
    for command in ("guardrails delete pii --yes", "users delete ada --yes"):
        gwctl(command, env=ENV)
        sets.append(gwctl("audit list --limit 1 -o json").json[0]["change_set"])
    images = str(database.rows("gwctl.row_image"))
    assert "in-the-open" not in images
    assert "ab" * 32 not in images
    gwctl(RESEAL, env=BOTH)
    for one in sets:
        assert "secret" not in gwctl(f"audit undo {one} --yes", env={"LITELLM_SALT_KEY": NEW}).stderr
    for table, rows in before.items():
        (was,), (now,) = rows, database.rows(f"LiteLLM_{table}")
        assert {**now, "updated_at": None} == {**was, "updated_at": None}


def test_an_undo_without_a_salt_key_names_what_it_lost(gwctl: Program, database: Database) -> None:
    params = {"guardrail": "presidio", "mode": "pre_call", "api_key": "in-the-open"}
    database.insert("LiteLLM_GuardrailsTable", guardrail_id="g-1", guardrail_name="pii", updated_at=LONG_AGO,
                    guardrail_info={}, litellm_params=params)  # fmt: skip
    gwctl("guardrails delete pii --yes")
    undo = gwctl(["audit", "undo", gwctl("audit list --limit 1 -o json").json[0]["change_set"], "--yes"])
    assert "GuardrailsTable.litellm_params of g-1" in undo.stderr
    del params["api_key"]
    assert database.row("LiteLLM_GuardrailsTable")["litellm_params"] == params
