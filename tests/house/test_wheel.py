"""What is shipped."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

from support.source import ROOT


def test_wheel_carries_the_migrations(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=60)
    (wheel,) = tmp_path.glob("*.whl")
    shipped = set(zipfile.ZipFile(wheel).namelist())
    here = [path for path in (ROOT / "alembic").rglob("*") if path.is_file() and path.suffix != ".pyc"]
    assert {f"gwctl/_alembic/{path.relative_to(ROOT / 'alembic').as_posix()}" for path in here} <= shipped
    assert any(name.endswith("licenses/LICENSE") for name in shipped)
    assert {"gwctl/py.typed", "gwctl/schema/record.json"} <= shipped
    assert not any(name.startswith(("tests", "docs", "benchmarks")) for name in shipped)
