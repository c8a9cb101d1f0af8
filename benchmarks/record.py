"""Keeps what the benchmarks of bulk work measured, and makes the page and the chart of it.

    python benchmarks/bench_apply.py --keys 100000 --runs 3 --record
    python benchmarks/record.py

A run with --record takes the place of what the same benchmark measured before, in `figures.json`; the second command
writes docs/benchmarks.md and docs/benchmarks.svg anew from that file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any

FIGURES = Path(__file__).with_name("figures.json")
PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
CHART = PAGE.with_suffix(".svg")
WIDTH, BAR, GAP, LEFT, RIGHT = 760, 22, 8, 210, 90
FLOOR, GWCTL = "#9aa7b4", "#2f6f9f"

INTRODUCTION = """# What bulk work costs

<!-- Made by benchmarks/record.py from benchmarks/figures.json. -->

Each figure is a ratio within one run: what `gwctl` took, against the least that any program would need for the same
rows. The arms are processes of their own and take turns; compared are medians by the clock. The floor of an import is
`COPY` of the very rows that the import leaves, those of the audit included, into the same tables with their indexes;
the floor of an export is `COPY` of its tables into files. Seconds depend on the machine and on what else it does,
ratios less so.

![Seconds of each arm](benchmarks.svg)
"""
CLOSING = """
To measure them on a machine of your own: `make bench`, or one of the files in `benchmarks/` with `--keys` and `--runs`.
With `--check` a missed goal is exit status 1.
"""


def save(name: str, title: str, arms: Mapping[str, Mapping[str, float]], goals: list[tuple[str, float, float]]) -> None:
    """`arms`: wall and CPU seconds and MiB of memory, by name; `goals`: what was measured, its value and its limit."""
    known = _known()
    known[name] = {
        "title": title,
        "arms": {arm: {what: round(value, 2) for what, value in one.items()} for arm, one in arms.items()},
        "goals": [[what, round(value, 2), limit] for what, value, limit in goals],
    }
    FIGURES.write_text(json.dumps(known, indent=2, sort_keys=True) + "\n")


def page() -> str:
    return INTRODUCTION + "".join(_sections()) + CLOSING


def chart() -> str:
    """Bars as long as the seconds that each arm took, the floors lighter than the rest."""
    rows = list(_rows())
    longest = max((wall for *_, wall in rows), default=1.0)
    height = sum(BAR + GAP for _ in rows) + GAP
    parts = []
    for number, (name, is_floor, wall) in enumerate(rows):
        y = GAP + number * (BAR + GAP)
        length = max(1.0, wall / longest * (WIDTH - LEFT - RIGHT))
        parts += [
            f'<text x="{LEFT - 8}" y="{y + 16}" text-anchor="end">{escape(name)}</text>',
            f'<rect x="{LEFT}" y="{y}" width="{length:.1f}" height="{BAR}" fill="{FLOOR if is_floor else GWCTL}"/>',
            f'<text x="{LEFT + length + 6:.1f}" y="{y + 16}">{wall:.2f} s</text>',
        ]
    style = "<style>text{font:13px sans-serif;fill:#57606a}</style>"
    size = f'width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{style}\n' + "\n".join(parts) + "\n</svg>\n"


def _known() -> dict[str, Any]:
    return json.loads(FIGURES.read_text()) if FIGURES.exists() else {}


def _sections() -> Iterator[str]:
    for one in _known().values():
        yield f"\n## {one['title']}\n\n| arm | wall | CPU | memory |\n|---|---:|---:|---:|\n"
        for name, taken in one["arms"].items():
            yield f"| {name} | {taken['wall']:.2f} s | {taken['cpu']:.2f} s | {taken['memory']:.0f} MiB |\n"
        yield "\n| goal | measured | at most |\n|---|---:|---:|\n"
        for what, value, limit in one["goals"]:
            yield f"| {what} | {value:.2f} | {limit:.2f} |\n"


def _rows() -> Iterator[tuple[str, bool, float]]:
    for one in _known().values():
        for name, taken in one["arms"].items():
            yield name, name.startswith(("COPY", "parse")), taken["wall"]


if __name__ == "__main__":
    PAGE.write_text(page())
    CHART.write_text(chart())
