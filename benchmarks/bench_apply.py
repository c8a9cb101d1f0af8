"""What provisioning in bulk costs: `gwctl apply` of many keys, against COPY of the very rows that it leaves.

    make bench                            a table, of 20,000 keys
    python benchmarks/bench_apply.py --keys 100000 --runs 3
    make bench ARGS=--check               exit status 1 where a goal is missed

The arms are processes of their own and take turns; what is compared are medians of one run. The databases are scratch
ones, as in bench_startup.py. Memory is that of the process at its most.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import record
import yaml
from bench_startup import GWCTL, run, scratch, started

TEAMS = 200
TABLES = (
    "gwctl.change_set", "gwctl.row_image",
    '"LiteLLM_TeamTable"', '"LiteLLM_VerificationToken"', '"LiteLLM_AuditLog"',
)  # fmt: skip
MOST_MEMORY = 250.0
"""MiB."""

COPY_IN = """
import os, sys
import psycopg
with psycopg.connect(os.environ["FLOOR_URL"]) as connection:
    for table in sys.argv[2:]:
        with connection.cursor().copy(f"COPY {table} FROM STDIN") as rows, open(f"{sys.argv[1]}/{table}", "rb") as file:
            while block := file.read(1 << 16):
                rows.write(block)
"""
"""The floor: the same rows into tables with the same indexes and keys, in one transaction."""
PARSE = "import sys, yaml; yaml.load(open(sys.argv[1]), Loader=yaml.CSafeLoader)"


@dataclass(frozen=True)
class Taken:
    """One run: seconds by the clock and of the processor, memory at its most in MiB."""

    wall: float
    cpu: float
    memory: float


@dataclass(frozen=True)
class Figure:
    """What was measured, what it may be at most, and how it is written."""

    name: str
    value: float
    limit: float


def main() -> int:
    return bench("Import", 1, measured, figures)


def bench(
    what: str,
    runs: int,
    measured: Callable[[int, dict[str, str], Path], Mapping[str, Sequence[Taken]]],
    figures: Callable[[Mapping[str, Sequence[Taken]]], Sequence[Figure]],
) -> int:
    """Measures, shows, and keeps what is measured if that is asked for; the exit status."""
    options = argparse.ArgumentParser(description=f"{what} of many keys by gwctl, as ratios.")
    options.add_argument("--keys", type=int, default=20_000)
    options.add_argument("--runs", type=int, default=runs)
    options.add_argument("--check", action="store_true", help="exit status 1 where a goal is missed")
    options.add_argument("--record", action="store_true", help="keep the figures: record.py makes the page of them")
    asked = options.parse_args()
    with environment() as variables, tempfile.TemporaryDirectory(prefix="gwctl-bench-") as folder:
        write(Path(folder), asked.keys)
        taken = measured(asked.runs, variables, Path(folder))
    found = figures(taken)
    show(taken, found, asked.keys)
    if asked.record:
        keep(what, taken, found, asked.keys)
    return int(asked.check and any(one.value > one.limit for one in found))


def write(folder: Path, keys: int) -> None:
    """The manifests: JSON Lines and the same as YAML. Written as they are made, so that this process stays small: what
    it has is counted as memory of the processes that it starts."""
    chance = random.Random(1)
    objects = [("teams", (_team(number) for number in range(TEAMS)))]
    objects.append(("keys", (_key(number, chance) for number in range(keys))))
    with (folder / "keys.jsonl").open("w") as lines, (folder / "keys.yaml").open("w") as document:
        for group, many in objects:
            document.write(f"{group}:\n")
            for one in many:
                lines.write(json.dumps({"kind": group, **one}) + "\n")
                yaml.dump([one], document, Dumper=yaml.CSafeDumper, sort_keys=False)


def _team(number: int) -> dict[str, Any]:
    return {
        "team_alias": f"team-{number:03}", "models": ["gpt-4o", "claude-sonnet", "small"], "max_budget": 10000.0,
        "budget_duration": "30d", "tpm_limit": 1_000_000, "metadata": {"cost_centre": f"cc-{number % 17}"},
    }  # fmt: skip


def _key(number: int, chance: random.Random) -> dict[str, Any]:
    return {
        "key_alias": f"key-{number:06}", "team": f"team-{number % TEAMS:03}",
        "models": ["gpt-4o", "small"] if number % 3 else ["claude-sonnet"],
        "max_budget": round(chance.random() * 100, 2), "budget_duration": "30d",
        "tpm_limit": chance.randrange(1000, 100_000), "rpm_limit": chance.randrange(10, 1000),
        "metadata": {"owner": f"person-{number % 997}@example.org", "ticket": f"OPS-{number}", "stage": "prod"},
    }  # fmt: skip


def measured(runs: int, variables: dict[str, str], folder: Path) -> dict[str, list[Taken]]:
    taken: dict[str, list[Taken]] = {}
    server = variables["SERVER"]
    for turn in range(runs):
        with scratch(server, "apply") as url, scratch(server, "floor") as floor, scratch(server, "yaml") as other:
            here = {**variables, "GWCTL_DATABASE_URL": url, "FLOOR_URL": floor}
            for place in (url, floor, other):
                run({**here, "GWCTL_DATABASE_URL": place}, "db", "upgrade", "--yes")
            secrets = folder / f"secrets-{turn}"
            apply = [GWCTL, "--quiet", "apply", "--yes", "-f"]
            arms: dict[str, tuple[Sequence[str | Path], str]] = {
                "apply": ([*apply, folder / "keys.jsonl", "--secrets-to", f"{secrets}.jsonl"], url),
                "apply again": ([*apply, folder / "keys.jsonl"], url),
                "diff": ([GWCTL, "--quiet", "diff", "-f", folder / "keys.jsonl"], url),
                "COPY": ([sys.executable, "-c", COPY_IN, folder, *TABLES], url),
                "parse YAML": ([sys.executable, "-c", PARSE, folder / "keys.yaml"], url),
                "apply YAML": ([*apply, folder / "keys.yaml", "--secrets-to", f"{secrets}.yaml"], other),
            }
            for name, (command, place) in arms.items():
                if name == "COPY":
                    copy_out(url, folder)
                taken.setdefault(name, []).append(timed(command, {**here, "GWCTL_DATABASE_URL": place}))
    return taken


def copy_out(url: str, folder: Path) -> None:
    import psycopg

    with psycopg.connect(url) as connection:
        for table in TABLES:
            with connection.cursor().copy(f"COPY {table} TO STDOUT") as rows, (folder / table).open("wb") as file:
                for block in rows:
                    file.write(block)


def timed(command: Sequence[str | Path], variables: Mapping[str, str]) -> Taken:
    began = time.perf_counter()
    process = subprocess.Popen(command, env=dict(variables), stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(map(str, command))}: status {os.waitstatus_to_exitcode(status)}")
    return Taken(time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def median(taken: Mapping[str, Sequence[Taken]], name: str, what: str = "wall") -> float:
    return statistics.median(getattr(one, what) for one in taken[name])


def figures(taken: Mapping[str, Sequence[Taken]]) -> list[Figure]:
    apply, copy = median(taken, "apply"), median(taken, "COPY")
    from_yaml = median(taken, "apply YAML")
    return [
        Figure("apply / COPY", apply / copy, 3.0),
        Figure("apply again / apply", median(taken, "apply again") / apply, 1.0),
        Figure("diff / apply", median(taken, "diff") / apply, 1.0),
        Figure("apply YAML / (apply + 1.3 parse)", from_yaml / (apply + 1.3 * median(taken, "parse YAML")), 1.0),
        Figure("memory of apply, MiB", median(taken, "apply", "memory"), MOST_MEMORY),
    ]


def show(taken: Mapping[str, Sequence[Taken]], found: Sequence[Figure], keys: int) -> None:
    heading = f"{keys:,} keys, medians of {len(next(iter(taken.values())))}"
    print(f"{heading:42} {'wall':>8} {'CPU':>9} {'memory':>10}")
    for name in taken:
        wall, cpu, memory = (median(taken, name, what) for what in ("wall", "cpu", "memory"))
        print(f"{name:42} {wall:6.2f} s {cpu:7.2f} s {memory:6.0f} MiB")
    print(f"\n{'goal':42} {'value':>8} {'limit':>9}")
    for one in found:
        print(f"{one.name:42} {one.value:8.2f} {one.limit:9.2f}  {'met' if one.value <= one.limit else 'missed'}")


def keep(what: str, taken: Mapping[str, Sequence[Taken]], found: Sequence[Figure], keys: int) -> None:
    arms = {arm: {one: median(taken, arm, one) for one in ("wall", "cpu", "memory")} for arm in taken}
    title = f"{what} of {keys:,} keys in {TEAMS} teams, medians of {len(next(iter(taken.values())))}"
    record.save(what.lower(), title, arms, [(one.name, one.value, one.limit) for one in found])


@contextlib.contextmanager
def environment() -> Iterator[dict[str, str]]:
    """Variables for the arms, with the server in SERVER: that of GWCTL_DATABASE_URL, or an embedded one."""
    with tempfile.TemporaryDirectory(prefix="gwctl-bench-") as folder:
        left_out = ("PYTHONDONTWRITEBYTECODE", "DATABASE_URL", "GWCTL_CONTEXT")
        variables = {name: value for name, value in os.environ.items() if name not in left_out}
        variables |= {"GWCTL_CONFIG": f"{folder}/config.toml", "GWCTL_LOCAL_DATA": f"{folder}/data"}
        server = variables.get("GWCTL_DATABASE_URL")
        try:
            yield {**variables, "SERVER": server or started(variables)}
        finally:
            if not server:
                subprocess.run([GWCTL, "local", "stop"], env=variables, capture_output=True, check=True)


if __name__ == "__main__":
    sys.exit(main())
