"""What export writes, apply takes to leave everything as it is: for who pays and is paid for, with every field set."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from gwctl.describe import Entity, Field, Ref, Refs, Ruled
from gwctl.entities import INDEX, entity
from support.database import Database
from support.program import Program

TENANCY = ("budget", "org", "access_group", "team", "user", "project", "customer", "tag", "key")
KINDS = [entity(name) for name in INDEX if name in TENANCY]
SECRET = "sk-of-its-own-0123456789"

VALUES: dict[str, Any] = {
    "key": {"env": "SECRET"},
    "token": None,  # the secret's hash
    "user_email": "Full@Example.com",
    "model_max_budget": {"gpt-4o": {"max_budget": 5, "budget_duration": "1d"}},
    "model_rpm_limit": {"gpt-4o": 5},
    "model_tpm_limit": {"gpt-4o": 500},
    "aliases": {"fast": "gpt-4o"},
    "model_aliases": {"fast": "gpt-4o"},
    "models": ["gpt-4o", "claude"],
    "mcp_tool_permissions": {"server-1": ["search"]},
    "logging": [{"callback_name": "langfuse", "callback_type": "success", "callback_vars": {}}],
    "allowed_vector_store_indexes": [{"index_name": "i", "index_permissions": ["read"]}],
    "metadata": {"owner": "ada", "numbers": [1, 2.5, None], "deep": {"a": {"b": "ü: #"}}},
    "temp_budget_expiry": "2027-03-31T12:00:00",
    "default_model": "gpt-4o",
    "secret_manager_settings": {"store": True},  # texts in it are masked, and masks do not come back
    "soft_budget": 2.5,
    "expires": "2027-01-01T00:00:00.123Z",
}
"""Values of fields whose kind alone does not tell what would be right."""
OTHER_BUDGET = {"budget"}
"""Limits of one's own and a budget that is shared exclude each other."""
ONCE = {"duration", "key_type", "grace"}


def full(kind: Entity) -> dict[str, Any]:
    """An object with a value for every field of its kind."""
    return {
        name: value
        for name, field in kind.fields.items()
        if name not in OTHER_BUDGET | ONCE and (value := value_of(kind, field)) is not None
    }


def value_of(kind: Entity, field: Field) -> Any:
    if field.elsewhere:  # the relation is written on its other side
        return None
    if field.name in VALUES:
        return VALUES[field.name]
    if isinstance(field.place, Refs):
        return None if field.place.shown else [named(field.place.entity)]
    if isinstance(field.place, Ref):
        return named(field.place.entity)
    if isinstance(field.place, Ruled) and field.place.by:
        return [{name: value_of(kind, one) for name, one in items(field).items()}]
    if field.choices:
        return field.choices[-1]
    if field.kind is str:
        if field.name == kind.identity:
            return named(kind.name)
        return "30d" if field.name.endswith(("duration", "interval")) else f"{kind.name}-{field.name}"
    choices = getattr(field.item, "__args__", ("x",))
    return {
        bool: True,
        int: 7,
        float: 12.5,
        list: [choices[-1] if isinstance(choices[-1], str) else "x"],
        dict: {"a": "b"},
    }[field.kind]


def items(field: Field) -> dict[str, Field]:
    from gwctl.describe import fields

    return dict(fields(field.item))


def named(kind: str) -> str:
    return f"full {kind}" if kind != "user" else "full-user"


@pytest.fixture
def everything(gwctl: Program, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[dict[str, Any]]]:
    """One object of each kind with every field, and one with nothing but a name and a budget that it shares."""
    monkeypatch.setenv("SECRET", SECRET)
    document: dict[str, list[dict[str, Any]]] = {}
    for kind in KINDS:
        bare: dict[str, Any] = {kind.identity: f"bare-{kind.name}"}
        if "budget" in kind.fields:
            bare["budget"] = named("budget")
        if kind.name == "project":
            bare["team"] = named("team")
        if kind.name == "key":
            bare["token"] = "1" * 64
        document[kind.group] = [full(kind), bare]
    Path("all.yaml").write_text(yaml.safe_dump(document, sort_keys=False))
    gwctl("apply -f all.yaml --yes")
    return document


def test_every_field_comes_back(
    gwctl: Program, database: Database, everything: dict[str, list[dict[str, Any]]]
) -> None:
    assert gwctl("diff -f all.yaml").stdout == "No changes.\n"
    exported = gwctl("export").stdout
    assert SECRET not in exported
    document = yaml.safe_load(exported)
    for kind in KINDS:
        found = {one[kind.identity]: one for one in document[kind.group]}
        bare, whole = everything[kind.group][1], everything[kind.group][0]
        assert named(kind.name) in found, kind.name
        missing = whole.keys() - found[named(kind.name)].keys() - {kind.key, "key"}
        assert not missing, f"{kind.name}: {missing}"
        assert found[bare[kind.identity]].get("budget") == bare.get("budget")


@pytest.mark.parametrize("form", ["yaml", "json", "jsonl"])
def test_what_was_exported_changes_nothing(
    gwctl: Program, database: Database, snapshot: Callable[[], Any], everything: Any, form: str
) -> None:
    Path(f"out.{form}").write_text(gwctl(f"export -o {form}").stdout)
    before = snapshot()
    assert gwctl(f"diff -f out.{form}").stdout == "No changes.\n"
    assert gwctl(f"apply -f out.{form} --yes").stdout == "No changes.\n"
    assert snapshot() == before


def test_another_gateway_becomes_the_same(
    gwctl: Program, database: Database, standing_database: Database, everything: Any
) -> None:
    """Keys go by their hashes, so that their secrets work there."""
    Path("out.yaml").write_text(gwctl("export --with-hashes").stdout)
    other = Program(standing_database)
    other("apply -f out.yaml --yes")
    assert other("diff -f out.yaml").stdout == "No changes.\n"
    assert other("export --with-hashes").stdout == Path("out.yaml").read_text()
    tokens = [{row["token"] for row in one.rows("LiteLLM_VerificationToken")} for one in (database, standing_database)]
    assert tokens[0] == tokens[1]
