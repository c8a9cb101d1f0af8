"""Where new secrets go: a file of the owner's alone, a pipe, or back out of the way."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from pathlib import Path

import pytest

from support.program import Program
from support.terminal import SCRIPT

KEYS = "keys: [{key_alias: a}, {key_alias: b}]"


def test_file_is_the_owners_and_not_written_twice(gwctl: Program, tmp_path: Path) -> None:
    to = tmp_path / "new.jsonl"
    gwctl(["apply", "-f", "-", "--yes", "--secrets-to", str(to)], stdin=KEYS)
    lines = [json.loads(line) for line in to.read_text().splitlines()]
    assert [line["key_alias"] for line in lines] == ["a", "b"]
    assert to.stat().st_mode & 0o777 == 0o600
    gwctl(["apply", "-f", "-", "--yes", "--secrets-to", str(to)], stdin="keys: [{key_alias: c}]", code=5)
    assert len(to.read_text().splitlines()) == 2
    gwctl(["apply", "-f", "-", "--yes", "--secrets-to", str(to), "--secrets-append"], stdin="keys: [{key_alias: c}]")
    assert len(to.read_text().splitlines()) == 3


def test_pipe_gets_secrets_and_stays(gwctl: Program, tmp_path: Path) -> None:
    pipe, got = tmp_path / "pipe", list[str]()
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: got.append(pipe.read_text()))
    reader.start()
    gwctl(["apply", "-f", "-", "--yes", "--secrets-to", str(pipe)], stdin=KEYS)
    reader.join(timeout=10)
    assert [json.loads(line)["key_alias"] for line in got[0].splitlines()] == ["a", "b"]
    assert pipe.is_fifo()


def test_device_is_never_removed(gwctl: Program, tmp_path: Path) -> None:
    """A link stands for the device here, so that a defect costs nothing but the link."""
    device = tmp_path / "null"
    device.symlink_to("/dev/null")
    gwctl(["apply", "-f", "-", "--yes", "--secrets-to", str(device), "--secrets-append"], stdin=KEYS)
    assert device.is_symlink()


def test_folder_is_refused_before_anything_is_done(gwctl: Program, tmp_path: Path) -> None:
    failed = gwctl(["apply", "-f", "-", "--yes", "--secrets-to", str(tmp_path)], stdin=KEYS, code=5)
    assert str(tmp_path) in failed.stderr
    assert gwctl("keys list -o json").json == []


@pytest.mark.parametrize("closed", [False, True])
def test_a_pipe_that_takes_nothing_is_told_of(gwctl: Program, closed: bool) -> None:
    """Secrets go there once they are valid, so that the keys are there without them."""
    full = os.open("/dev/full", os.O_WRONLY)
    reading, writing = os.pipe()
    os.close(reading)
    command = [SCRIPT, "apply", "-f", "-", "--yes", "--secrets-to", "-"]
    how = {"stdout": writing if closed else full, "stderr": subprocess.PIPE, "input": KEYS, "text": True}
    left = subprocess.run(command, env=gwctl.environment(), check=False, **how)  # type: ignore[call-overload]
    os.close(full)
    os.close(writing)
    assert left.returncode == 1
    why = "Broken pipe" if closed else "No space left on device"
    told, hint = left.stderr.splitlines()
    assert told == f"error: the change was made, but not all new secrets could be written to stdout: {why}"
    assert "gwctl keys rotate" in hint
    assert len(gwctl("keys list -o json").json) == 2


def test_a_rotation_that_is_tried_out_leaves_no_file(gwctl: Program, tmp_path: Path) -> None:
    gwctl(["apply", "-f", "-", "--yes", "--secrets-to", "-"], stdin=KEYS)
    gwctl(["keys", "rotate", "a", "--dry-run", "--secrets-to", str(tmp_path / "new.jsonl")])
    assert list(tmp_path.glob("new*")) == []
