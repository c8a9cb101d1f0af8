"""A hundred megabytes of whatever: judged in bounded memory, with a place for what is wrong."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from support import terminal
from support.program import Program

SIZE = 100_000_000
MEMORY = 256 * 1024
"""KiB that the program may take for its data."""
PIECE = 1_000_000
LONG = "x" * 900_000
"""A text that is just not too long."""

ENTRIES = [f"  - {{team_alias: t{number}, metadata: {{a: {LONG}}}}}\n" for number in range(SIZE // len(LONG))]


TEAMS = [f'{{"team_alias": "t{number}", "metadata": {{"a": "{LONG[:990]}"}}}}, ' for number in range(SIZE // 3000)]


def repeated(text: str, head: str = "", tail: str = "") -> Iterable[str]:
    piece = text * (PIECE // len(text))
    return [head, *[piece] * (SIZE // len(piece)), tail]


FILES: dict[str, tuple[str, Iterable[str], int]] = {
    "nothing but opening brackets": ("a.yaml", repeated("[", "teams: "), 5),
    "entries as large as can be": ("a.yaml", ["teams:\n", *ENTRIES], 0),
    "one cell": ("teams.csv", repeated("x", "kind,team_alias\nteam,"), 5),
    "one scalar": ("a.yaml", repeated("x", "teams:\n  - team_alias: "), 5),
    "one string of JSON": ("a.json", repeated("x", '{"teams": [{"team_alias": "', '"}]}'), 5),
    "one line": ("a.jsonl", repeated("x", '{"kind": "team", "team_alias": "', '"}'), 5),
    "a header without end": ("teams.csv", repeated("a,"), 5),
    "a document on one line": ("a.json", ['{"teams": [', *TEAMS, '{"team_alias": 5}]}'], 5),
    "one group": ("a.json", repeated("x", '{"', '": []}'), 5),
    "a row of many lines": ("teams.csv", repeated('"a\n",', "kind,team_alias\nteam,"), 5),
}
CASES = [pytest.param(*case, id=name) for name, case in FILES.items()]


@pytest.mark.parametrize(("name", "content", "code"), CASES)
def test_a_huge_file_is_judged_in_bounded_memory(
    name: str, content: Iterable[str], code: int, tmp_path: Path, bare_gwctl: Program
) -> None:
    path = tmp_path / name
    with path.open("w") as file:
        file.writelines(content)
    command = ["sh", "-c", f'ulimit -d {MEMORY}; exec "$0" "$@"', str(terminal.SCRIPT), "validate", "-f", str(path)]
    environment = bare_gwctl.environment()
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, env=environment)
    path.unlink()
    assert done.returncode == code, done.stderr[-2000:]
    assert "Traceback" not in done.stderr
    if code:
        assert f"{name}:" in done.stderr
        assert len(done.stderr) < 100_000
