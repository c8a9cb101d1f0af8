"""A list of all there is is streamed: it begins at once, and takes no more memory for ten times as many rows."""

from __future__ import annotations

import json
import os

import pytest

from support.database import Database
from support.program import Program

KEYS = """
    insert into "LiteLLM_VerificationToken" (token, key_alias, team_id, models, metadata)
    select md5(n::text), 'key-' || lpad(n::text, 6, '0'), 'team-' || n %% 20, '{gpt-4o}', '{"owner": "ada"}'
    from generate_series(%s::int, %s::int) n"""


def listed(gwctl: Program, output: str) -> tuple[int, float]:
    """How many lines, and how many MiB it took."""
    with gwctl.start(["keys", "list", "--all", "-o", output]) as process:
        assert process.stdout is not None
        lines = sum(1 for _ in process.stdout)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return lines, usage.ru_maxrss / 1024


@pytest.mark.parametrize("output", ["jsonl", "csv"])
def test_memory_is_flat(gwctl: Program, database: Database, output: str) -> None:
    database.execute(KEYS, 1, 2000)
    few, before = listed(gwctl, output)
    database.execute(KEYS, 2001, 20_000)
    many, after = listed(gwctl, output)
    assert (few - many) == -18_000
    assert after < before + 6, f"{before:.0f} MiB became {after:.0f}"


def test_all_of_them_in_order(gwctl: Program, database: Database) -> None:
    database.execute(KEYS, 1, 2500)
    lines = gwctl("keys list --all -o jsonl").lines
    names = [json.loads(line)["key_alias"] for line in lines]
    assert names == [f"key-{n:06}" for n in range(1, 2501)]
