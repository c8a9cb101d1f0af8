"""How long a command takes to begin, as ratios to what any program with the same libraries would take.

    make bench                    a table
    make bench ARGS=--check       exit status 1 where a goal is missed
    make bench ARGS='--runs 31'

Each arm is a process of its own, with compiled bytecode; the arms take turns, so that whatever else the machine does
falls on all of them alike, and what is compared are medians. The database is a scratch one, on the server that
GWCTL_DATABASE_URL names or else on an embedded one that is thrown away afterwards.
"""

from __future__ import annotations

import argparse
import compileall
import contextlib
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import gwctl

KEYS = 100
FEWEST = 9
WARM_UPS = 2
GWCTL = Path(sys.executable).with_name("gwctl")

IMPORT_TYPER = "import typer"
SAME_ROWS = """
import os, sys
import psycopg, rich.table, sqlalchemy.orm, typer
with psycopg.connect(os.environ["GWCTL_DATABASE_URL"]) as connection:
    rows = connection.execute('SELECT * FROM "LiteLLM_VerificationToken" ORDER BY key_alias').fetchall()
for row in rows:
    print(*row, sep=chr(9))
"""


@dataclass(frozen=True)
class Goal:
    """`subject` may take at most `limit` times what `floor` takes."""

    subject: str
    floor: str
    limit: float


@dataclass(frozen=True)
class Taken:
    """Milliseconds of one run: by the clock, and of the processor, which a busy machine sways less."""

    wall: float
    cpu: float


Times = Mapping[str, Sequence[Taken]]

GOALS = (
    Goal("gwctl --help", "import typer", 1.6),
    Goal("gwctl keys list", "connect and select", 1.25),
    Goal("gwctl keys create", "connect and select", 1.35),
)


def main() -> int:
    options = argparse.ArgumentParser(description="Start-up of gwctl, as ratios.")
    options.add_argument("--runs", type=int, default=15, help=f"rounds that count, at least {FEWEST}")
    options.add_argument("--check", action="store_true", help="exit status 1 where a goal is missed")
    asked = options.parse_args()
    compileall.compile_dir(Path(gwctl.__file__).parent, quiet=1)
    with database() as environment:
        times = measured(max(asked.runs, FEWEST), environment)
    show(times)
    return int(asked.check and any(ratio(times, goal) > goal.limit for goal in GOALS))


def arms(turn: int) -> dict[str, Sequence[str | Path]]:
    """What is run in one round; a key that is made is made once."""
    return {
        "import typer": [sys.executable, "-c", IMPORT_TYPER],
        "gwctl --help": [GWCTL, "--help"],
        "connect and select": [sys.executable, "-c", SAME_ROWS],
        "gwctl keys list": [GWCTL, "keys", "list"],
        "gwctl keys create": [GWCTL, "keys", "create", f"made-{turn}", "--team", "bench"],
        "gwctl keys delete": [GWCTL, "keys", "delete", f"made-{turn}", "--yes"],  # so that the others see as many rows
    }


def measured(runs: int, environment: Mapping[str, str]) -> Times:
    """What each arm took in each round."""
    times: dict[str, list[Taken]] = {}
    for turn in range(WARM_UPS + runs):
        for name, command in arms(turn).items():
            taken = timed(command, environment)
            if turn >= WARM_UPS:
                times.setdefault(name, []).append(taken)
    return times


def timed(command: Sequence[str | Path], environment: Mapping[str, str]) -> Taken:
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, env=dict(environment), capture_output=True, text=True, check=False)
    wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}: exit status {done.returncode}\n{done.stderr}")
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Taken(wall * 1000, busy * 1000)


def ratio(times: Times, goal: Goal, what: str = "wall") -> float:
    return median(times[goal.subject], what) / median(times[goal.floor], what)


def median(taken: Sequence[Taken], what: str) -> float:
    return statistics.median(getattr(one, what) for one in taken)


def show(times: Times) -> None:
    print(f"{'medians of ' + str(len(next(iter(times.values())))) + ' runs':42} {'wall':>8} {'CPU':>9}")
    for name, taken in times.items():
        print(f"{name:42} {median(taken, 'wall'):5.0f} ms {median(taken, 'cpu'):6.0f} ms")
    print(f"\n{'goal':42} {'wall':>8} {'CPU':>9} {'limit':>7}")
    for goal in GOALS:
        wall, cpu = ratio(times, goal), ratio(times, goal, "cpu")
        verdict = "met" if wall <= goal.limit else "missed"
        print(f"{f'{goal.subject} / {goal.floor}':42} {wall:8.2f} {cpu:9.2f} {goal.limit:7.2f}  {verdict}")


# The database


@contextlib.contextmanager
def database() -> Iterator[dict[str, str]]:
    """An environment that names a database with a team and its keys; without variables that would slow Python down."""
    with tempfile.TemporaryDirectory(prefix="gwctl-bench-") as folder:
        environment = {
            name: value
            for name, value in os.environ.items()
            if name not in ("PYTHONDONTWRITEBYTECODE", "DATABASE_URL", "GWCTL_CONTEXT")
        }
        environment |= {"GWCTL_CONFIG": f"{folder}/config.toml", "GWCTL_LOCAL_DATA": f"{folder}/data"}
        server = environment.get("GWCTL_DATABASE_URL")
        try:
            with scratch(server or started(environment)) as url:
                environment["GWCTL_DATABASE_URL"] = url
                fill(environment)
                yield environment
        finally:
            if not server:
                subprocess.run([GWCTL, "local", "stop"], env=environment, capture_output=True, check=True)


def started(environment: Mapping[str, str]) -> str:
    told = subprocess.run(
        [GWCTL, "local", "start", "-o", "json"], env=dict(environment), capture_output=True, text=True, check=True
    )
    return str(json.loads(told.stdout)["url"])


@contextlib.contextmanager
def scratch(server: str, kind: str = "bench") -> Iterator[str]:
    """A database of the bench's own on a server."""
    import psycopg
    from psycopg.conninfo import make_conninfo

    from gwctl import urls

    name = f"gwctl_{kind}_{os.getpid()}"
    conninfo = urls.parse(server).conninfo
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield make_conninfo(conninfo, dbname=name)
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def fill(environment: Mapping[str, str]) -> None:
    run(environment, "db", "upgrade", "--yes")
    keys = [{"key_alias": f"key-{number:03}", "team": "bench", "models": ["gpt-4o"]} for number in range(KEYS)]
    manifest = json.dumps({"teams": [{"team_alias": "bench", "models": ["gpt-4o"]}], "keys": keys})
    run(
        environment,
        "apply",
        "-f",
        "-",
        "--yes",
        "--secrets-to",
        environment["GWCTL_LOCAL_DATA"] + ".keys",
        stdin=manifest,
    )


def run(environment: Mapping[str, str], *words: str, stdin: str = "") -> None:
    done = subprocess.run(
        [GWCTL, *words], env=dict(environment), input=stdin, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"gwctl {' '.join(words)}: exit status {done.returncode}\n{done.stderr}")


if __name__ == "__main__":
    sys.exit(main())
