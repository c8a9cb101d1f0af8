"""Versioned things in manifests: what is there is to be in production, a draft where it says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.literals import build_tenancy
from support.database import Database
from support.program import Program

POLICIES = """
policies:
  - policy_name: base
    guardrails_add: [pii]
  - policy_name: eu
    inherit: base
    guardrails_add: [words, pii]
    condition: {model: "gpt-.*"}
    pipeline: {mode: pre_call, steps: [{guardrail: words, on_fail: next}, {guardrail: pii}]}
    attachments:
      - {teams: [research], models: ["gpt-*"]}
      - {tags: [fr, de]}
"""


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    return tmp_path / "policies.yaml"


def states(database: Database, name: str) -> list[tuple[int, str]]:
    rows = database.rows("LiteLLM_PolicyTable", policy_name=name)
    return sorted((row["version_number"], row["version_status"]) for row in rows)


def test_apply_twice_changes_once(gwctl: Program, database: Database, manifest: Path) -> None:
    build_tenancy(database)
    manifest.write_text(POLICIES)
    gwctl(f"apply -f {manifest} --yes")
    before = database.counts()
    gwctl(f"diff -f {manifest}")
    gwctl(f"apply -f {manifest} --yes")
    assert database.counts() == before
    assert states(database, "eu") == [(1, "production")]


def test_difference_is_a_new_version(gwctl: Program, database: Database, manifest: Path) -> None:
    manifest.write_text(POLICIES)
    gwctl(f"apply -f {manifest} --yes")
    manifest.write_text(POLICIES.replace("on_fail: next", "on_fail: block"))
    first, second = (gwctl(f"diff -f {manifest} -o json", code=1).json for _ in range(2))
    assert first["checksum"] == second["checksum"]
    assert [(one["action"], one["name"], list(one["fields"])) for one in first["changes"]] == [
        ("update", "eu", ["pipeline"]),
    ]  # fmt: skip
    gwctl(f"apply -f {manifest} --yes")
    assert states(database, "eu") == [(1, "published"), (2, "production")]
    assert states(database, "base") == [(1, "production")]


def test_draft_is_compared_with_the_newest_draft(gwctl: Program, database: Database, manifest: Path) -> None:
    manifest.write_text("policies: [{policy_name: a, description: one}]")
    gwctl(f"apply -f {manifest} --yes")
    manifest.write_text("policies: [{policy_name: a, description: two, version_status: draft}]")
    for _ in range(2):
        gwctl(f"apply -f {manifest} --yes")
    assert states(database, "a") == [(1, "production"), (2, "draft")]
    manifest.write_text("policies: [{policy_name: a, description: three, version_status: draft}]")
    gwctl(f"apply -f {manifest} --yes")
    assert states(database, "a") == [(1, "production"), (2, "draft")]
    assert database.row("LiteLLM_PolicyTable", version_number=2)["description"] == "three"


def test_what_was_taken_out_of_force_comes_back(gwctl: Program, database: Database, manifest: Path) -> None:
    manifest.write_text("policies: [{policy_name: a, description: one}]")
    gwctl(f"apply -f {manifest} --yes")
    gwctl("policies demote a --yes")
    gwctl(f"apply -f {manifest} --yes")
    assert states(database, "a") == [(1, "production")]


def test_attachments_are_managed_whole(gwctl: Program, database: Database, manifest: Path) -> None:
    manifest.write_text(POLICIES)
    gwctl(f"apply -f {manifest} --yes")
    kept = database.row("LiteLLM_PolicyAttachmentTable", tags=["fr", "de"])["attachment_id"]
    manifest.write_text("policies: [{policy_name: eu, attachments: [{tags: [de, fr]}, {keys: ['*']}]}]")
    gwctl(f"apply -f {manifest} --yes")
    rows = database.rows("LiteLLM_PolicyAttachmentTable")
    assert sorted(map(str, (row["keys"] for row in rows))) == ["['*']", "[]"]
    assert kept in {row["attachment_id"] for row in rows}
    assert states(database, "eu") == [(1, "production")]


def test_export_comes_back(gwctl: Program, database: Database, manifest: Path) -> None:
    build_tenancy(database)
    manifest.write_text(POLICIES + "  - {policy_name: idle, version_status: draft, description: later}\n")
    gwctl(f"apply -f {manifest} --yes")
    exported = gwctl("export policies").stdout
    assert "policy_id" not in exported
    again = manifest.with_name("again.yaml")
    again.write_text(exported)
    gwctl(f"diff -f {again}")
    gwctl("policies delete eu base idle --yes")
    assert database.rows("LiteLLM_PolicyTable") == database.rows("LiteLLM_PolicyAttachmentTable") == []
    gwctl(f"apply -f {again} --yes")
    assert states(database, "eu") == [(1, "production")]
    assert states(database, "idle") == [(1, "draft")]
    assert len(database.rows("LiteLLM_PolicyAttachmentTable")) == 2


def test_undo_of_a_new_version(gwctl: Program, database: Database, manifest: Path) -> None:
    gwctl("policies create a --description one")
    before = database.dump()
    gwctl("policies update a --description two --yes")
    change_set = gwctl("audit list -o json").json[0]["change_set"]
    gwctl(f"audit undo {change_set} --yes")
    changed = {name for name in database.changed(before) if name.startswith("LiteLLM_")} - {"LiteLLM_AuditLog"}
    [row] = database.rows("LiteLLM_PolicyTable")
    assert (row["version_status"], row["is_latest"], row["description"]) == ("production", True, "one")
    assert changed <= {"LiteLLM_PolicyTable"}


WRONG = {
    "no target": "{}",
    "everybody and some": "{scope: '*', tags: [a]}",
    "another scope": "{scope: all}",
    "an unknown field": "{team: a}",
    "told of twice": "{tags: [a]}, {tags: [a]}",
}


@pytest.mark.parametrize("items", WRONG.values(), ids=WRONG)
def test_wrong_attachments(gwctl: Program, manifest: Path, items: str) -> None:
    manifest.write_text(f"policies:\n  - policy_name: a\n    attachments: [{items}]\n")
    result = gwctl(f"validate -f {manifest}", code=5)
    assert "attachments" in result.text


def test_circle_of_new_policies(gwctl: Program, database: Database, manifest: Path) -> None:
    manifest.write_text("policies: [{policy_name: a, inherit: b}, {policy_name: b, inherit: a}]")
    result = gwctl(f"apply -f {manifest} --yes", code=5)
    assert "circle" in result.text
    assert database.rows("LiteLLM_PolicyTable") == []
