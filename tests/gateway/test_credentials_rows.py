"""`credentials` write these rows (resources 2, 13)."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.rows import LONG_AGO, NOW, UUID, Like, writes
from gateway.seals import ENV, SECRET, seal, sealed, unseal
from gateway.test_models_rows import put_model
from support.database import Database
from support.program import Program

Row = dict[str, Any]


def put_credential(database: Database) -> Row:
    values = {"api_key": seal("old-secret-text"), "api_base": seal("https://x.org"), "timeout": 5}
    old: Row = {
        "credential_id": "c-1", "credential_name": "openai/eu", "credential_values": values,
        "credential_info": {"custom_llm_provider": "openai", "note": "x"}, "created_at": LONG_AGO,
        "updated_at": LONG_AGO, "created_by": "root", "updated_by": "root",
    }  # fmt: skip
    return database.insert("LiteLLM_CredentialsTable", **old)


CREATED: dict[str, tuple[str, Like, Row]] = {  # options; the values; what is told of it
    "13 nothing": ("", sealed(), {}),
    "13 values, text by text": (
        "--credential-values api_key=env:PROVIDER_KEY --credential-values api_base=https://x.org",
        sealed(api_key=SECRET, api_base="https://x.org"),
        {},
    ),
    "2 numbers and objects stay plain": (
        """--credential-values '{"timeout": 5, "extra": {"a": "b"}, "api_key": "os.environ/KEY"}'""",
        sealed(timeout=5, extra={"a": "b"}, api_key="os.environ/KEY"),
        {},
    ),
    "13 what is told of it": (
        "--custom-llm-provider openai --description ours --credential-info owner=ada",
        sealed(),
        {"custom_llm_provider": "openai", "description": "ours", "owner": "ada"},
    ),
}


@pytest.mark.parametrize(("options", "values", "info"), CREATED.values(), ids=CREATED)
def test_create(gwctl: Program, database: Database, options: str, values: Like, info: Row) -> None:
    with writes(database, CredentialsTable="+1", AuditLog="+1"):
        gwctl(f"--actor ann credentials create openai/eu {options}", env=ENV)
    assert database.row("LiteLLM_CredentialsTable") == {
        "credential_id": UUID, "credential_name": "openai/eu", "credential_values": values, "credential_info": info,
        "created_at": NOW, "updated_at": NOW, "created_by": "ann", "updated_by": "ann",
    }  # fmt: skip
    assert SECRET not in repr(dict(database.dump()))


UPDATED: dict[str, tuple[str, Row]] = {
    "13 values are merged": (
        "--credential-values api_key=env:PROVIDER_KEY",
        {"credential_values": sealed(api_key=SECRET, api_base="https://x.org", timeout=5)},
    ),
    "a value goes, which the gateway cannot": (
        "--credential-values api_base= --credential-values timeout=",
        {"credential_values": sealed(api_key="old-secret-text")},
    ),
    "what is told of it is merged, where the gateway replaces it": (
        "--description ours",
        {"credential_info": {"custom_llm_provider": "openai", "note": "x", "description": "ours"}},
    ),
}


@pytest.mark.parametrize(("options", "columns"), UPDATED.values(), ids=UPDATED)
def test_update(gwctl: Program, database: Database, options: str, columns: Row) -> None:
    old = put_credential(database)
    with writes(database, CredentialsTable="~1", AuditLog="+1"):
        gwctl(f"--actor ann credentials update openai/eu {options}", env=ENV)
    row = database.row("LiteLLM_CredentialsTable")
    assert row == {**old, **columns, "updated_at": NOW, "updated_by": "ann"}


def test_a_rename_takes_models_and_vector_stores_along(gwctl: Program, database: Database) -> None:
    """17: they name it, models under seal."""
    put_credential(database)
    put_model(database, litellm_params={"model": seal("a/b"), "litellm_credential_name": seal("openai/eu")})
    put_model(database, model_id="m-2", litellm_params={"model": seal("a/b"), "litellm_credential_name": seal("else")})
    database.insert(
        "LiteLLM_ManagedVectorStoresTable", vector_store_id="v-1", custom_llm_provider="openai",
        litellm_credential_name="openai/eu", updated_at=LONG_AGO,
    )  # fmt: skip
    tables = {"CredentialsTable": "~1", "ProxyModelTable": "~1", "ManagedVectorStoresTable": "~1", "AuditLog": "+1"}
    with writes(database, **tables):
        gwctl("--actor ann credentials update openai/eu --credential-name openai", env=ENV)
    params = database.row("LiteLLM_ProxyModelTable", model_id="m-1")["litellm_params"]
    assert unseal(params["litellm_credential_name"]) == "openai"
    assert database.row("LiteLLM_ManagedVectorStoresTable")["litellm_credential_name"] == "openai"


def test_one_that_is_used_does_not_go_unasked(gwctl: Program, database: Database) -> None:
    put_credential(database)
    put_model(database, litellm_params={"model": seal("a/b"), "litellm_credential_name": seal("openai/eu")})
    with writes(database):
        assert "model gpt-4o" in gwctl("credentials delete openai/eu --yes", env=ENV, code=4).stderr
    with writes(database, CredentialsTable="-1", AuditLog="+1"):
        gwctl("credentials delete openai/eu --yes --force", env=ENV)


REFUSED: dict[str, tuple[str, int, Row]] = {
    "13 name taken": ("create openai/eu", 4, ENV),
    "no name": ("create", 2, ENV),
    "no salt key": ("create x --credential-values api_base=a", 5, {}),
    "a secret in the command line": ("create x --credential-values api_key=abc", 5, ENV),
    "13 no such credential": ("update nobody --description x", 3, ENV),
    "another key than the proxy's": ("create x --credential-values a=b", 6, {"LITELLM_SALT_KEY": "another"}),
}


@pytest.mark.parametrize(("command", "code", "env"), REFUSED.values(), ids=REFUSED)
def test_writes_nothing(gwctl: Program, database: Database, command: str, code: int, env: Row) -> None:
    put_credential(database)
    with writes(database):
        gwctl(f"credentials {command}", code=code, env=env)


def test_get_masks_secrets_alone(gwctl: Program, database: Database) -> None:
    put_credential(database)
    shown = gwctl("credentials get openai/eu -o json", env=ENV).json
    assert shown["credential_values"] == {"api_key": "********", "api_base": "https://x.org", "timeout": 5}
