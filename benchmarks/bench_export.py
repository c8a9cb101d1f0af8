"""What taking a gateway out costs: `gwctl export` of many keys, against COPY of the same tables to a file.

    make bench                            a table, of 20,000 keys
    python benchmarks/bench_export.py --keys 100000 --runs 3
    make bench ARGS=--check               exit status 1 where a goal is missed

The arms are processes of their own and take turns; what is compared are medians of one run. Tables and keys are those
of bench_apply.py. COPY writes columns as they lie there; an export writes fields, references by name.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench_apply import MOST_MEMORY, Figure, Taken, bench, median, timed
from bench_apply import TABLES as WRITTEN
from bench_startup import GWCTL, run, scratch

TABLES = ('"LiteLLM_TeamTable"', '"LiteLLM_VerificationToken"')

COPY_OUT = """
import os, sys
import psycopg
with psycopg.connect(os.environ["GWCTL_DATABASE_URL"]) as connection:
    for table in sys.argv[2:]:
        with connection.cursor().copy(f"COPY {table} TO STDOUT") as rows, open(f"{sys.argv[1]}/{table}", "wb") as file:
            for block in rows:
                file.write(block)
"""
"""The floor: what a process like this one needs to have the same rows in files."""


def main() -> int:
    return bench("Export", 3, measured, figures)


def measured(runs: int, variables: Mapping[str, str], folder: Path) -> dict[str, list[Taken]]:
    taken: dict[str, list[Taken]] = {}
    with scratch(variables["SERVER"], "export") as url:
        here = {**variables, "GWCTL_DATABASE_URL": url}
        run(here, "db", "upgrade", "--yes")
        run(
            here, "--quiet", "apply", "--yes", "-f", str(folder / "keys.jsonl"), "--secrets-to", str(folder / "secrets")
        )
        export = [GWCTL, "--quiet", "export", "--with-hashes"]
        arms: dict[str, Sequence[str | Path]] = {
            "COPY": [sys.executable, "-c", COPY_OUT, folder, *TABLES],
            "COPY, audit too": [sys.executable, "-c", COPY_OUT, folder, *WRITTEN],
            "export, JSON Lines": [*export, "-o", "jsonl", "--to", folder / "out.jsonl"],
            "export, YAML": [*export, "-o", "yaml", "--to", folder / "out.yaml"],
        }
        for _ in range(runs):
            for name, command in arms.items():
                for left in folder.glob("out.*"):
                    left.unlink()
                taken.setdefault(name, []).append(timed(command, here))
    return taken


def figures(taken: Mapping[str, Sequence[Taken]]) -> list[Figure]:
    lines = median(taken, "export, JSON Lines")
    return [
        Figure("export of JSON Lines / COPY", lines / median(taken, "COPY"), 3.0),
        Figure("export of JSON Lines / COPY, audit too", lines / median(taken, "COPY, audit too"), 3.0),
        Figure("memory of the larger, MiB", max(median(taken, name, "memory") for name in taken), MOST_MEMORY),
    ]


if __name__ == "__main__":
    sys.exit(main())
