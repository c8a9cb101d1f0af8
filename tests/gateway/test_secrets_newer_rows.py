"""`secrets reseal` of what a gateway of 1.110 seals besides, and of the audit rows that a gateway writes of models
(resources 12, 20, 21)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway import gcm
from gateway.literals import put
from gateway.policy_rows import put_guardrail
from gateway.resource_rows import put_thing
from gateway.rows import put_key
from gateway.seals import ENV, SALT, seal, unseal
from gateway.test_models_rows import put_model
from support.database import Database
from support.program import Program

NEW = "sk-new-salt-0123456789"
BOTH = {**ENV, "NEW_SALT": NEW}
RESEAL = "--actor ann secrets reseal --new-salt-key-env NEW_SALT --yes"
MARK = "litellm_enc::"


def opened(text: str, salt: str) -> str | None:
    text = text.removeprefix(MARK)
    return gcm.unseal(text, salt) if text.startswith("v2:") else unseal(text, salt)


def callback(text: str) -> dict[str, Any]:
    """Where teams and keys keep what their callbacks log with."""
    return {
        "logging": [{"callback_name": "langfuse", "callback_vars": {"langfuse_secret": text, "host": "in-the-open"}}]
    }


def put_everything(database: Database) -> None:
    put_model(database, litellm_params={"model": gcm.seal("a/b", SALT), "api_key": seal("k"), "rpm": 5})
    database.insert(
        "LiteLLM_MCPServerTable", server_id="s-1", alias="github", env=seal('{"TOKEN": "t"}'),
        static_headers=gcm.seal('{"X-Key": "h"}', SALT), credentials={"auth_value": gcm.seal("token", SALT)},
    )  # fmt: skip
    database.insert("LiteLLM_MCPServerTable", server_id="s-2", alias="plain", env={"TOKEN": "in-the-open"})
    put_guardrail(
        database,
        "pii",
        litellm_params={
            "guardrail": "x",
            "api_key": MARK + seal("g"),
            "list": ["a", {"b": MARK + gcm.seal("deep", SALT)}],
        },
    )
    put_thing(database, "SearchToolsTable", search_tool_id="st", search_tool_name="web",
              litellm_params={"search_provider": "tavily", "api_key": seal("search")})  # fmt: skip
    put_key(database, metadata=callback(MARK + seal("of the key")))
    put(database, "TeamTable", team_id="t-1", metadata=callback(MARK + gcm.seal("of the team", SALT)))
    put(database, "UserTable", user_id="ada", metadata=callback("in the open, and rather long for what is in the open"))
    database.insert(
        "LiteLLM_AuditLog", id="a-1", changed_by="root", action="updated", table_name="LiteLLM_ProxyModelTable",
        object_id="m-1", before_value={"model_name": "gpt", "litellm_params": {"api_key": seal("before")}},
        updated_values={"litellm_params": {"api_key": seal("lost", "another salt")}},
    )  # fmt: skip


SEALED = 11


def texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in texts(item)]
    return [value] if isinstance(value, str) else []


def opening(database: Database, salt: str) -> list[str]:
    """What opens with a salt key, of all tables and of gwctl's own images."""
    rows = [row for table in dict(database.dump()).values() for row in table]
    return sorted(found for text in texts(rows) if len(text) > 50 and (found := opened(text, salt)) is not None)


def test_all_of_it_opens_with_the_new_key_and_none_with_the_old(gwctl: Program, database: Database) -> None:
    put_everything(database)
    before = opening(database, SALT)
    assert len(before) == SEALED
    assert gwctl("secrets check -o json", env=ENV).json == []
    rows = gwctl(f"{RESEAL} -o json", env=BOTH).json
    assert sum(row["resealed"] for row in rows) == SEALED
    assert opening(database, SALT) == []
    plain = '"in-the-open"'  # what lies in rows in plain text is sealed in their images
    assert set(opening(database, NEW)) == {*before, plain}
    assert gwctl("secrets check -o json", env={"LITELLM_SALT_KEY": NEW}).json == []


def test_each_keeps_its_form_and_what_is_plain_stays(gwctl: Program, database: Database) -> None:
    put_everything(database)
    gwctl(RESEAL, env=BOTH)
    server = database.row("LiteLLM_MCPServerTable", server_id="s-1")
    assert json.loads(unseal(server["env"], NEW) or "") == {"TOKEN": "t"}
    assert gcm.unseal(server["static_headers"], NEW) == '{"X-Key": "h"}'
    assert database.row("LiteLLM_MCPServerTable", server_id="s-2")["env"] == {"TOKEN": "in-the-open"}
    params = database.row("LiteLLM_GuardrailsTable")["litellm_params"]
    assert (params["guardrail"], params["list"][0]) == ("x", "a")
    assert gcm.unseal(params["list"][1]["b"].removeprefix(MARK), NEW) == "deep"
    variables = database.row("LiteLLM_TeamTable")["metadata"]["logging"][0]["callback_vars"]
    assert variables["host"] == "in-the-open"
    assert variables["langfuse_secret"].startswith(f"{MARK}v2:gcm:")
    audit = database.row("LiteLLM_AuditLog", id="a-1")
    assert unseal(audit["before_value"]["litellm_params"]["api_key"], NEW) == "before"
    assert unseal(audit["updated_values"]["litellm_params"]["api_key"], "another salt") == "lost", "history"


def test_a_models_texts_in_the_newer_form_are_read(gwctl: Program, database: Database) -> None:
    put_everything(database)
    shown = gwctl("models get m-1 -o json", env=ENV).json["litellm_params"]
    assert (shown["model"], shown["api_key"]) == ("a/b", "********")
    gwctl("models update m-1 --api-base https://x.org", env=ENV)
    assert unseal(database.row("LiteLLM_ProxyModelTable")["litellm_params"]["api_base"]) == "https://x.org"


LOST: dict[str, tuple[str, dict[str, Any]]] = {
    "a callback's secret": ("TeamTable", {"team_id": "t", "metadata": callback("litellm_enc::A")}),
    "a model's parameter": ("ProxyModelTable", {"litellm_params": {"model": gcm.seal("x", "another salt")}}),
    "an environment, whole": ("MCPServerTable", {"server_id": "s", "env": gcm.seal("{}", "another salt")}),
}


@pytest.mark.parametrize(("table", "columns"), LOST.values(), ids=LOST)
def test_what_opens_with_no_key_is_in_the_way(
    gwctl: Program, database: Database, table: str, columns: dict[str, Any]
) -> None:
    if table == "ProxyModelTable":
        put_model(database, **columns)
    else:
        database.insert(f"LiteLLM_{table}", **columns)
    before = database.dump()
    assert f"LiteLLM_{table}" in gwctl(RESEAL, env=BOTH, code=6).stderr
    [record] = gwctl("secrets check -o json", env=ENV, code=1).json
    assert (record["table"], record["state"]) == (f"LiteLLM_{table}", "unreadable")
    assert database.changed(before) == {}
    assert "given up" in gwctl(f"{RESEAL} --drop-unreadable", env=BOTH).stderr


def test_tables_of_a_newer_gateway_alone_are_not_left_behind(gwctl: Program, database: Database) -> None:
    database.execute('CREATE TABLE "LiteLLM_MCPUserEnvVars" (id text primary key, values_b64 text)')
    database.execute("""INSERT INTO "LiteLLM_MCPUserEnvVars" VALUES ('1', %s)""", seal("x"))
    put_model(database)
    assert "LiteLLM_MCPUserEnvVars.values_b64" in gwctl(RESEAL, env=BOTH, code=8).stderr
