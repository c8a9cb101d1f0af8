"""What a long list costs: time against PostgreSQL's own COPY of the same rows, memory, and how soon it begins.

    make bench                    a table
    make bench ARGS=--check       exit status 1 where a goal is missed

The arms are processes of their own and take turns; what is compared are medians of one run. The database is a scratch
one, as in bench_startup.py, with keys, teams and users that are written straight into its tables.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench_startup import GWCTL, run, scratch, started

KEYS = 100_000
FEWER = 20_000
TEAMS = 200
USERS = 500
RUNS = 3

SAME_ROWS = """
import os, sys
import psycopg
query = '''SELECT k.*, t.team_alias, u.user_email, o.organization_alias, p.project_alias
    FROM "LiteLLM_VerificationToken" k
    LEFT JOIN "LiteLLM_TeamTable" t USING (team_id) LEFT JOIN "LiteLLM_UserTable" u USING (user_id)
    LEFT JOIN "LiteLLM_OrganizationTable" o ON o.organization_id = k.organization_id
    LEFT JOIN "LiteLLM_ProjectTable" p ON p.project_id = k.project_id ORDER BY k.key_alias, k.token'''
with psycopg.connect(os.environ["GWCTL_DATABASE_URL"]) as connection:
    with connection.cursor().copy(f"COPY ({query}) TO STDOUT") as rows:
        for row in rows:
            sys.stdout.buffer.write(row)
"""
"""The floor: the same rows in the same order, as PostgreSQL writes them."""

LIST = [GWCTL, "keys", "list", "--all", "-o", "jsonl"]
COPY = [sys.executable, "-c", SAME_ROWS]


@dataclass(frozen=True)
class Taken:
    """One run: seconds by the clock, of the processor and until the first line; memory at its most, in MiB; lines."""

    wall: float
    cpu: float
    first: float
    memory: float
    lines: int


@dataclass(frozen=True)
class Figure:
    """What a goal is about: at most `limit`."""

    name: str
    value: float
    limit: float


def main() -> int:
    options = argparse.ArgumentParser(description="Long lists, as ratios.")
    options.add_argument("--runs", type=int, default=RUNS, help="rounds that count")
    options.add_argument("--check", action="store_true", help="exit status 1 where a goal is missed")
    asked, _ = options.parse_known_args()
    with database() as environment:
        fill(environment["GWCTL_DATABASE_URL"], FEWER)
        fewer = timed(LIST, environment)
        fill(environment["GWCTL_DATABASE_URL"], KEYS, begin=FEWER)
        taken = measured(max(asked.runs, 1), environment)
    figures = judged(taken, fewer)
    show(taken, figures)
    return int(asked.check and any(one.value > one.limit for one in figures))


def measured(runs: int, environment: Mapping[str, str]) -> dict[str, list[Taken]]:
    arms = {
        "COPY of the same rows": COPY,
        "gwctl keys list --all -o jsonl": LIST,
        "gwctl keys list --limit 1 -o jsonl": [GWCTL, "keys", "list", "--limit", "1", "-o", "jsonl"],
    }
    found: dict[str, list[Taken]] = {name: [] for name in arms}
    for turn in range(runs + 1):
        for name, command in arms.items():
            taken = timed(command, environment)
            if turn:
                found[name].append(taken)
    return found


def timed(command: Sequence[str | Path], environment: Mapping[str, str]) -> Taken:
    """Runs a command to its end and takes what it writes as it comes."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, env=dict(environment), stdout=subprocess.PIPE)
    assert process.stdout is not None
    lines = 1 if process.stdout.readline() else 0
    first = time.perf_counter() - begun
    while chunk := process.stdout.read(1 << 20):
        lines += chunk.count(b"\n")
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}: exit status {process.returncode}")
    wall = time.perf_counter() - begun
    return Taken(wall, usage.ru_utime + usage.ru_stime, first, usage.ru_maxrss / 1024, lines)


def judged(taken: Mapping[str, Sequence[Taken]], fewer: Taken) -> list[Figure]:
    copied, listed, one = taken.values()
    assert {run.lines for run in listed} == {KEYS}, "not all keys were listed"
    return [
        Figure("all of the list / COPY, wall", median(listed, "wall") / median(copied, "wall"), 12),
        Figure(f"memory, {KEYS} keys / {FEWER}", median(listed, "memory") / fewer.memory, 1.1),
        Figure("seconds from start-up to the first line", median(listed, "first") - median(one, "first"), 1),
    ]


def median(taken: Sequence[Taken], what: str) -> float:
    return statistics.median(getattr(one, what) for one in taken)


def show(taken: Mapping[str, Sequence[Taken]], figures: Sequence[Figure]) -> None:
    print(f"{'medians of ' + str(len(next(iter(taken.values())))) + ' runs':42} wall      CPU    first line   memory")
    for name, runs in taken.items():
        wall, cpu, first, memory = (median(runs, what) for what in ("wall", "cpu", "first", "memory"))
        print(f"{name:40} {wall:5.2f} s {cpu:6.2f} s {first:8.2f} s {memory:8.0f} MiB")
    print()
    for one in figures:
        print(f"{one.name:42} {one.value:8.2f} {one.limit:7.2f}  {'met' if one.value <= one.limit else 'missed'}")


# The database


@contextlib.contextmanager
def database() -> Iterator[dict[str, str]]:
    """An environment that names a scratch database with the gateway's tables."""
    with tempfile.TemporaryDirectory(prefix="gwctl-bench-") as folder:
        left_out = ("PYTHONDONTWRITEBYTECODE", "DATABASE_URL", "GWCTL_CONTEXT")
        environment = {name: value for name, value in os.environ.items() if name not in left_out}
        environment |= {"GWCTL_CONFIG": f"{folder}/config.toml", "GWCTL_LOCAL_DATA": f"{folder}/data"}
        server = environment.get("GWCTL_DATABASE_URL")
        try:
            with scratch(server or started(environment)) as url:
                environment["GWCTL_DATABASE_URL"] = url
                run(environment, "db", "upgrade", "--yes")
                yield environment
        finally:
            if not server:
                subprocess.run([GWCTL, "local", "stop"], env=environment, capture_output=True, check=True)


PEOPLE = f"""
INSERT INTO "LiteLLM_TeamTable" (team_id, team_alias, models, max_budget, admins, members)
    SELECT 'team-' || n, 'team ' || n, ARRAY['gpt-4o', 'claude'], 100, '{{}}', '{{}}'
    FROM generate_series(1, {TEAMS}) n ON CONFLICT DO NOTHING;
INSERT INTO "LiteLLM_UserTable" (user_id, user_email, models, spend)
    SELECT 'user-' || n, 'user' || n || '@example.com', '{{}}', 0
    FROM generate_series(1, {USERS}) n ON CONFLICT DO NOTHING;
"""
COLUMNS = (
    "token", "key_name", "key_alias", "team_id", "user_id", "models", "spend", "max_budget", "metadata", "expires",
    "blocked", "created_at", "updated_at", "created_by", "updated_by",
)  # fmt: skip


def fill(url: str, until: int, begin: int = 0) -> None:
    """Keys `begin` to `until`, evenly over teams and users; then what PostgreSQL wants to know of its tables."""
    import hashlib
    import json

    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(PEOPLE)
        names = ", ".join(COLUMNS)
        statement = f'COPY "LiteLLM_VerificationToken" ({names}) FROM STDIN'
        with connection.cursor() as cursor, cursor.copy(statement) as target:
            for n in range(begin, until):
                token = hashlib.sha256(str(n).encode()).hexdigest()
                metadata = json.dumps({"owner": f"owner {n % 50}", "cost-centre": n % 1000})
                made = f"2026-0{1 + n % 9}-01 12:00:00"
                target.write_row((
                    token, f"sk-...{token[-4:]}", f"key-{n:06}", f"team-{1 + n % TEAMS}", f"user-{1 + n % USERS}",
                    ["gpt-4o"], n % 97 / 7, 20, metadata, None if n % 3 else "2027-01-01", n % 11 == 0, made, made,
                    "bench", "bench",
                ))  # fmt: skip
        connection.execute("VACUUM ANALYZE")


if __name__ == "__main__":
    sys.exit(main())
