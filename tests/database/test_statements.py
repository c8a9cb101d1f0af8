"""Work on many rows takes a number of statements that depends on kinds and tables, not on rows."""

from __future__ import annotations

import json

import pytest

from support.database import Database
from support.program import Program, Result

WORLD = """
budgets: [{budget_id: gold, max_budget: 100}]
users: [{user_id: ada}]
teams:
  - {team_alias: research, tpm_limit: 1000000, models: [gpt-4o], members: [{user: ada}], mcp_servers: [s1]}
  - {team_alias: sales}
"""


PROMISE = {"mcp_servers": ["s1"], "tpm_limit": 10, "tpm_limit_type": "guaranteed_throughput"}


def statements(result: Result) -> list[str]:
    """The statements that --verbose shows."""
    words = ("SELECT", "INSERT", "UPDATE", "DELETE", "COPY")
    return [line for line in result.stderr.splitlines() if line.lstrip().startswith(words)]


def keys(count: int, start: int = 0) -> str:
    lines = [
        {
            "kind": "keys",
            "key_alias": f"key-{number}",
            "team": "research" if number % 2 else "sales",
            "user": "ada",
            "budget": "gold",
            "max_budget": 5,
            "metadata": {"n": number},
            **(PROMISE if number % 2 else {}),
        }
        for number in range(start, start + count)
    ]
    return "".join(json.dumps(line) + "\n" for line in lines)


@pytest.mark.parametrize("command", ["apply", "diff"])
def test_manifests(gwctl: Program, command: str) -> None:
    gwctl("apply -f - --yes", stdin=WORLD)
    options = "--yes --secrets-to -" if command == "apply" else ""
    counts = []
    for start, count in ((0, 20), (1000, 400)):
        result = gwctl(
            f"--verbose {command} -f - --format jsonl {options}", stdin=keys(count, start), code={0, 1}, images=False
        )
        counts.append(len(statements(result)))
    assert counts[0] == counts[1] < 60


def test_bulk_changes(gwctl: Program) -> None:
    gwctl("apply -f - --yes", stdin=WORLD)
    gwctl("apply -f - --format jsonl --yes --secrets-to -", stdin=keys(300), images=False)
    for command in ("block", "update --add-models gpt-4o", "delete"):
        verb, _, rest = command.partition(" ")
        shown = statements(gwctl(f"--verbose keys {verb} --team sales --yes {rest}", images=False))
        assert 0 < len(shown) < 40, f"{command}: {len(shown)} statements"


def test_a_list_is_one_statement(gwctl: Program) -> None:
    gwctl("apply -f - --yes", stdin=WORLD)
    shown = statements(gwctl("--verbose keys list -o json"))
    assert [line for line in shown if "LiteLLM_VerificationToken" in line and "pg_" not in line][1:] == []


def test_guaranteed_limits_are_summed_over_the_file(gwctl: Program) -> None:
    gwctl("apply -f - --yes", stdin=WORLD)
    promised = [
        {"kind": "keys", "key_alias": f"g{n}", "team": "research", **PROMISE, "tpm_limit": 400000} for n in range(3)
    ]
    text = "".join(json.dumps(line) + "\n" for line in promised)
    refused = gwctl("apply -f - --format jsonl --yes --secrets-to -", stdin=text, code=6)
    assert "1200000 would be promised, and there are 1000000" in refused.stderr


@pytest.mark.parametrize("command", ["block", "update --models gpt-4o,claude", "update --add-models claude", "delete"])
def test_a_team_of_ten_times_as_many_keys(gwctl: Program, database: Database, command: str) -> None:
    gwctl("apply -f - --yes", stdin=WORLD)
    team = database.row("LiteLLM_TeamTable", team_alias="sales")["team_id"]
    counts = []
    for many in (40, 400):
        database.execute('delete from "LiteLLM_VerificationToken"')
        database.execute(
            """insert into "LiteLLM_VerificationToken" (token, key_alias, team_id, models, max_budget)
               select md5(n::text), 'key-' || n, %s, '{gpt-4o}', 5 from generate_series(1, %s) n""",
            team,
            many,
        )
        verb, _, rest = command.partition(" ")
        result = gwctl(f"--verbose keys {verb} --team sales --yes {rest}", images=False)
        assert len(result.lines) >= many
        counts.append(len(statements(result)))
    assert counts[0] == counts[1] < 30
