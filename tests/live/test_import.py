"""Keys out of manifests: what `apply` writes to --secrets-to is let in, and nothing is changed the second time."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from live.gateway import Gateway, settle
from live.program import LiveProgram
from live.turns import Name
from support.database import Database

pytestmark = pytest.mark.live

Manifest = Callable[[str], Path]


def secrets(path: Path) -> dict[str, str]:
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert all(line.keys() >= {"kind", "token"} and line["key"].startswith("sk-") for line in lines)
    return {line["key_alias"]: line["key"] for line in lines}


def planned(live: LiveProgram, file: Path, *words: str) -> Any:
    return live(["apply", "-f", file, "--dry-run", "-o", "json", *words]).json["summary"]


def test_keys_from_yaml(
    live_gateway: Gateway, live: LiveProgram, live_database: Database, name: Name, manifest: Manifest, tmp_path: Path
) -> None:
    one, other = live_gateway.models[:2]
    team, poor, user, budget = name("team"), name("team"), name("user"), name("budget")
    good, shut, foreign, over, spent, own = (name("key") for _ in range(6))
    secret = f"sk-{name('secret')}-own"
    file = manifest(f"""
budgets:
  - {{budget_id: {budget}, max_budget: 0}}
users:
  - {{user_id: {user}, user_email: {user}@example.com, user_role: internal_user}}
teams:
  - team_alias: {team}
    models: [{one}]
    max_budget: 100
    budget_duration: 30d
    model_aliases: {{swift: {one}}}
    members: [{{user: {user}, role: admin, max_budget: 5}}]
  - {{team_alias: {poor}, max_budget: 5}}
keys:
  - {{key_alias: {good}, team: {team}, user: {user}, models: [{one}, swift], metadata: {{owner: ada}}, duration: 90d}}
  - {{key_alias: {shut}, blocked: true}}
  - {{key_alias: {foreign}, team: {team}, models: [{other}]}}
  - {{key_alias: {over}, budget: {budget}}}
  - {{key_alias: {spent}, team: {poor}}}
  - {{key_alias: {own}, key: {{env: OWN_SECRET}}}}
""")
    to = tmp_path / "secrets.jsonl"
    env = {"OWN_SECRET": secret}
    live(["apply", "-f", file, "--yes", "--secrets-to", to], env=env)
    live_database.execute("""update "LiteLLM_TeamTable" set spend = 6 where team_alias = %s""", poor)
    key = {**secrets(to), own: secret}
    assert {alias: live_gateway.chat(key[alias]).verdict for alias in (good, shut, foreign, over, spent, own)} == {
        good: "200",
        shut: "401 auth_error",
        foreign: "401 key_model_access_denied",
        over: "400 budget_exceeded",
        spent: "400 budget_exceeded",
        own: "200",
    }
    assert live_gateway.chat(key[good], "swift").verdict == "200"
    assert live_gateway.chat(key[foreign], other).verdict == "401 team_model_access_denied"
    before = live_database.rows("LiteLLM_AuditLog")
    again = live(["apply", "-f", file, "--yes", "-o", "json"], env=env).json["summary"]
    assert (again["create"], again["update"], again["delete"]) == (0, 0, 0)
    assert live_database.rows("LiteLLM_AuditLog") == before


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_keys_from_lines(live_gateway: Gateway, live: LiveProgram, name: Name, tmp_path: Path, form: str) -> None:
    one, other = live_gateway.models[:2]
    let_in, refused = name("key"), name("key")
    lines = {
        "jsonl": [
            json.dumps({"key_alias": alias, "models": [model]}) for alias, model in ((let_in, one), (refused, other))
        ],
        "csv": ["key_alias,models", f"{let_in},{one}", f"{refused},{other}"],
    }[form]
    file, to = tmp_path / f"keys.{form}", tmp_path / "secrets.jsonl"
    file.write_text("\n".join([*lines, ""]))
    live(["apply", "-f", file, "--kind", "keys", "--yes", "--secrets-to", to])
    key = secrets(to)
    assert live_gateway.chat(key[let_in]).verdict == "200"
    assert live_gateway.chat(key[refused]).verdict == "401 key_model_access_denied"
    assert planned(live, file, "--kind", "keys")["update"] == 0


def test_key_comes_back_with_its_secret(live_gateway: Gateway, live: LiveProgram, name: Name, tmp_path: Path) -> None:
    """export --with-hashes carries a key; its secret is let in again, though nobody wrote it down."""
    alias = name("key")
    key = live.key(["keys", "create", alias, "--max-budget", "5"])
    assert live_gateway.chat(key).verdict == "200"
    exported = [json.loads(line) for line in live("export keys --with-hashes -o jsonl").lines]
    file = tmp_path / "keys.jsonl"
    file.write_text(json.dumps(next(line for line in exported if line.get("key_alias") == alias)))
    live(["keys", "delete", alias, "--yes"])
    settle()
    assert live_gateway.chat(key).verdict == "401 token_not_found_in_db"
    live(["apply", "-f", file, "--yes"])
    assert live_gateway.chat(key).verdict == "200"
