"""Two gateways compared, and one moved to the other."""

from __future__ import annotations

from pathlib import Path

from support.database import Database
from support.program import Program

HERE = "teams: [{team_alias: research, max_budget: 5}, {team_alias: only-here}]\n"
THERE = """
teams: [{team_alias: research, max_budget: 7}, {team_alias: only-there}]
keys: [{key_alias: k, team: research}]
"""


def test_against_a_context_and_moved_with_hashes(
    gwctl: Program, database: Database, empty_database: Database, tmp_path: Path
) -> None:
    other = gwctl.on(empty_database)
    other("db upgrade --yes", images=False)
    other("apply -f - --yes --secrets-to -", stdin=THERE)
    gwctl("apply -f - --yes", stdin=HERE)
    config = tmp_path / "config.toml"
    config.write_text(f'[contexts.other]\nurl = "{empty_database.url}"\n')
    env = {"GWCTL_CONFIG": str(config)}
    plan = gwctl("diff --against other -o json", code=1, env=env).json
    found = {(one["kind"], one["name"]): one["action"] for one in plan["changes"]}
    assert found == {
        ("team", "research"): "update",
        ("team", "only-there"): "create",
        ("team", "only-here"): "delete",
        ("key", "k"): "create",
    }
    moved = other("export --with-hashes").stdout
    fresh = gwctl("teams delete research only-here --yes")
    assert fresh.code == 0
    gwctl("apply -f - --yes", stdin=moved)
    gwctl("diff --against other", code=0, env=env)
    mine = database.row("LiteLLM_VerificationToken", key_alias="k")
    theirs = empty_database.row("LiteLLM_VerificationToken", key_alias="k")
    assert mine["token"] == theirs["token"]


def test_files_or_a_context(gwctl: Program) -> None:
    gwctl("diff", code=2)
