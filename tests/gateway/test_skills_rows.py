"""`skills` write these rows (resources 15), with the files in from a folder and out to one."""

from __future__ import annotations

import base64
import io
import re
import zipfile
from pathlib import Path

import pytest

from gateway.literals import Row, Step, changed, gone, writes_exactly
from gateway.rows import LONG_AGO, NOW, Like
from support.database import Database
from support.program import Program

UUID4 = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
SKILL_ID = Like("SKILL_ID", lambda value: re.fullmatch(f"litellm_skill_{UUID4}", value) is not None)


def holds(**files: str) -> Like:
    """A zip archive with these files, dots written as two underscores."""
    wanted = {name.replace("__", ".").replace("_s_", "/"): text for name, text in files.items()}
    return Like(f"holds({wanted})", lambda value: _files(value) == wanted)


def _files(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def skill(**columns: object) -> Row:
    return {
        "skill_id": SKILL_ID, "display_title": None, "description": None, "instructions": None, "source": "custom",
        "latest_version": None, "file_content": None, "file_name": None, "file_type": None, "metadata": {},
        "created_at": NOW, "updated_at": NOW, "created_by": "ann", "updated_by": "ann", **columns,
    }  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "reports"
    (root / "core").mkdir(parents=True)
    (root / "SKILL.md").write_text("# Reports")
    (root / "core" / "run.py").write_text("print()")
    (root / "__pycache__").mkdir()
    (root / "__pycache__" / "x.pyc").write_text("no")
    return root


FILES: Row = {
    "file_content": holds(reports_s_SKILL__md="# Reports", reports_s_core_s_run__py="print()"),
    "file_name": "reports.zip", "file_type": "application/zip",
}  # fmt: skip


def put_skill(database: Database, **columns: object) -> Row:
    old: Row = {
        "skill_id": "litellm_skill_1", "display_title": "old", "description": "d", "metadata": {"a": 1},
        "created_at": LONG_AGO, "updated_at": LONG_AGO, "created_by": "root", "updated_by": "root",
    }  # fmt: skip
    return database.insert("LiteLLM_SkillsTable", **{**old, **columns})


def test_create_from_a_folder(gwctl: Program, database: Database, folder: Path) -> None:
    expected = skill(display_title="reports", description="Monthly", **FILES)
    with writes_exactly(database, SkillsTable=[Step("+", columns=expected)]):
        gwctl(f"--actor ann skills create --from {folder} --description Monthly")


def test_create_with_instructions_alone(gwctl: Program, database: Database) -> None:
    expected = skill(display_title="brief", instructions="Be brief.", metadata={"owner": "ada"})
    with writes_exactly(database, SkillsTable=[Step("+", columns=expected)]):
        gwctl("--actor ann skills create brief --instructions 'Be brief.' --metadata owner=ada")


def test_update_replaces_the_files_and_keeps_the_rest(gwctl: Program, database: Database, folder: Path) -> None:
    put_skill(database, file_content=b"PK", file_name="x.zip", file_type="application/zip")
    with writes_exactly(database, SkillsTable=[changed("litellm_skill_1", updated_by="ann", **FILES)]):
        gwctl(f"--actor ann skills update old --from {folder}")
    with writes_exactly(database):
        gwctl(f"--actor ann skills update old --from {folder}")


def test_a_plan_tells_files_by_their_size_and_hash(gwctl: Program, database: Database, folder: Path) -> None:
    put_skill(database, file_content=b"PK", file_name="x.zip", file_type="application/zip")
    with writes_exactly(database):
        [plan] = gwctl(f"skills update old --from {folder} --dry-run -o json").json["changes"]
        lines = gwctl(f"skills create new --from {folder} --dry-run").stdout
    assert plan["fields"]["content"]["old"].startswith("zip, 2 bytes, hash ")
    assert re.fullmatch(r"zip, \d+ bytes, hash [0-9a-f]{12}", plan["fields"]["content"]["new"])
    assert "UEs" not in lines


def test_files_go_out_to_a_folder(gwctl: Program, database: Database, folder: Path, tmp_path: Path) -> None:
    gwctl(f"skills create --from {folder}")
    shown = gwctl("skills get reports -o json").json
    assert shown["files"] == ["reports/SKILL.md", "reports/core/run.py"]
    assert "content" not in shown
    assert "file_content" not in gwctl("skills list -o json").json[0]
    gwctl(f"skills download reports --to {tmp_path / 'out'}")
    out = {path.relative_to(tmp_path / "out").as_posix(): path.read_text() for path in (tmp_path / "out").rglob("*.*")}
    assert out == {"SKILL.md": "# Reports", "core/run.py": "print()"}
    gwctl(f"skills download reports --to {tmp_path / 'out'}", code=4)


def test_archive_that_would_write_elsewhere_is_refused(gwctl: Program, database: Database, tmp_path: Path) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("x/../../evil.txt", "no")
    put_skill(database, file_content=target.getvalue())
    gwctl(f"skills download old --to {tmp_path / 'deep' / 'out'}", code=5)
    assert not list(tmp_path.rglob("evil.txt"))


def test_export_applies_elsewhere(gwctl: Program, database: Database, folder: Path, tmp_path: Path) -> None:
    gwctl(f"--actor ann skills create --from {folder}")
    content = database.row("LiteLLM_SkillsTable")["file_content"]
    exported = gwctl("export skills").stdout
    assert base64.b64encode(content).decode() in exported.replace("\n    ", "")
    path = tmp_path / "skills.yaml"
    path.write_text(exported)
    gwctl(f"diff -f {path}")
    gwctl("skills delete reports --yes")
    gwctl(f"apply -f {path} --yes")
    assert database.row("LiteLLM_SkillsTable")["file_content"] == content


def test_delete(gwctl: Program, database: Database) -> None:
    put_skill(database)
    with writes_exactly(database, SkillsTable=[gone("litellm_skill_1")]):
        gwctl("--actor ann skills delete old --yes")


REFUSED: dict[str, tuple[str, int]] = {
    "create: title taken": ("create old --instructions x", 4),
    "create: no folder": ("create --from nowhere", 5),
    "create: a folder without SKILL.md": ("create --from bare", 5),
    "15 create: an id without the prefix": ("create x --skill-id x --instructions x", 5),
    "create: nothing to tell, strictly": ("create x --strict", 6),
    "create: a rehearsal": ("create x --instructions x --dry-run", 0),
    "update: nothing": ("update old", 2),
    "delete: no such skill": ("delete nobody --yes", 3),
    "download: no files": ("download old --to out", 3),
}


@pytest.mark.parametrize(("command", "code"), REFUSED.values(), ids=REFUSED)
def test_writes_nothing(gwctl: Program, database: Database, command: str, code: int) -> None:
    put_skill(database)
    Path("bare").mkdir()
    with writes_exactly(database):
        gwctl(f"skills {command}", code=code)
