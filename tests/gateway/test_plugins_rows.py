"""`plugins` write these rows (resources 15): the manifest is JSON in a text column."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.literals import Row, Step, changed, gone, writes_exactly
from gateway.rows import LONG_AGO, NOW, UUID, Like
from support.database import Database
from support.program import Program

GITHUB = {"source": "github", "repo": "acme/reviewer"}
OLD = {"name": "old", "source": {"source": "url", "url": "https://x/y.git"}, "category": "work", "domain": "d"}


def manifest(**parts: Any) -> Like:
    """The text of a manifest."""
    return Like(f"manifest({parts})", lambda value: json.loads(value) == parts)


def plugin(**columns: Any) -> Row:
    return {
        "id": UUID, "name": "reviewer", "version": None, "description": None, "files_json": "{}", "enabled": True,
        "manifest_json": manifest(name="reviewer", source=GITHUB), "created_at": NOW, "updated_at": NOW,
        "created_by": "ann", **columns,
    }  # fmt: skip


def put_plugin(database: Database, **columns: Any) -> Row:
    old: Row = {
        "id": "p-1", "name": "old", "version": "1.0.0", "manifest_json": json.dumps({**OLD, "version": "1.0.0"}),
        "created_at": LONG_AGO, "updated_at": LONG_AGO, "created_by": "root",
    }  # fmt: skip
    return database.insert("LiteLLM_ClaudeCodePluginTable", **{**old, **columns})


SOURCE = f"--source '{json.dumps(GITHUB)}'"
CREATED: dict[str, tuple[str, Row]] = {
    "15 nothing else given": ("", {}),
    "15 all of it": (
        """--version 1.2.0 --description Reviews --author '{"name": "Ada"}' --homepage https://x --keywords a,b """
        "--category work",
        {
            "version": "1.2.0", "description": "Reviews",
            "manifest_json": manifest(
                name="reviewer", source=GITHUB, version="1.2.0", description="Reviews", author={"name": "Ada"},
                homepage="https://x", keywords=["a", "b"], category="work",
            ),
        },
    ),
    "not offered yet": ("--no-enabled", {"enabled": False}),
}  # fmt: skip


@pytest.mark.parametrize(("options", "columns"), CREATED.values(), ids=CREATED)
def test_create(gwctl: Program, database: Database, options: str, columns: Row) -> None:
    with writes_exactly(database, ClaudeCodePluginTable=[Step("+", columns=plugin(**columns))]):
        gwctl(f"--actor ann plugins create reviewer {SOURCE} {options}")


UPDATED: dict[str, tuple[str, Row]] = {
    "the manifest follows, what it has besides stays": (
        "update old --version 1.1.0",
        {"version": "1.1.0", "manifest_json": manifest(**OLD, version="1.1.0")},
    ),
    "a part that goes": (
        "update old --set-null category",
        {"manifest_json": manifest(
            **{name: value for name, value in OLD.items() if name != "category"}, version="1.0.0"
        )},
    ),
    "15 disable": ("disable old", {"enabled": False}),
}  # fmt: skip


@pytest.mark.parametrize(("command", "columns"), UPDATED.values(), ids=UPDATED)
def test_update(gwctl: Program, database: Database, command: str, columns: Row) -> None:
    put_plugin(database)
    with writes_exactly(database, ClaudeCodePluginTable=[changed("p-1", **columns)]):
        gwctl(f"--actor ann plugins {command} --yes")


def test_enable(gwctl: Program, database: Database) -> None:
    put_plugin(database, enabled=False)
    with writes_exactly(database, ClaudeCodePluginTable=[changed("p-1", enabled=True)]):
        gwctl("--actor ann plugins enable old")


def test_delete(gwctl: Program, database: Database) -> None:
    put_plugin(database)
    with writes_exactly(database, ClaudeCodePluginTable=[gone("p-1")]):
        gwctl("--actor ann plugins delete old --yes")


def test_export_applies_elsewhere(gwctl: Program, database: Database, tmp_path: Any) -> None:
    put_plugin(database, enabled=False)
    path = tmp_path / "plugins.yaml"
    path.write_text(gwctl("export plugins").stdout)
    gwctl(f"diff -f {path}")
    gwctl("plugins delete old --yes")
    gwctl(f"--actor ann apply -f {path} --yes")
    row = database.row("LiteLLM_ClaudeCodePluginTable", name="old")
    assert row["enabled"] is False
    assert json.loads(row["manifest_json"]) == {**{k: v for k, v in OLD.items() if k != "domain"}, "version": "1.0.0"}


REFUSED: dict[str, tuple[str, int]] = {
    "15 create: a name that is none": (f"create Reviewer {SOURCE}", 5),
    "15 create: no source": ("create reviewer", 5),
    "15 create: a source of no kind": ("""create reviewer --source '{"source": "ftp"}'""", 5),
    "15 create: github without its repo": ("""create reviewer --source '{"source": "github"}'""", 5),
    "create: name taken": (f"create old {SOURCE}", 4),
    "update: a source that goes": ("update old --set-null source", 5),
    "enable: what is so already": ("enable old", 0),
    "15 enable: no such plug-in": ("enable nobody", 3),
    "15 delete: no such plug-in": ("delete nobody --yes", 3),
    "create: a rehearsal": (f"create reviewer {SOURCE} --dry-run", 0),
}


@pytest.mark.parametrize(("command", "code"), REFUSED.values(), ids=REFUSED)
def test_writes_nothing(gwctl: Program, database: Database, command: str, code: int) -> None:
    put_plugin(database)
    with writes_exactly(database):
        gwctl(f"--actor ann plugins {command}", code=code)
