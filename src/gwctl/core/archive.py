"""Folders as zip archives and back, the way that the gateway reads a skill's: every file below one folder.

The same files make the same archive, so that a folder that did not change is no change. On the way out no path leaves
the target folder, and nothing that is there is overwritten.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from gwctl.errors import Conflict, Invalid

MOMENT = (1980, 1, 1, 0, 0, 0)
"""What every file is dated, for the same bytes every time."""
LARGEST = 30_000_000
"""How many bytes the files of an archive may have in all."""
LEFT_OUT = frozenset({".git", "__pycache__", ".DS_Store", ".venv", "node_modules"})


def pack(folder: Path) -> bytes:
    """The archive of a folder. Raises Invalid where there is none, or where it has no SKILL.md."""
    if not folder.is_dir():
        raise Invalid(f"{folder} is no folder", "A skill is a folder with SKILL.md.")
    files = list(_files(folder))
    if not any(path.name == "SKILL.md" for path in files):
        raise Invalid(f"{folder} has no SKILL.md", "It is what a model is told of the skill.")
    if sum(path.stat().st_size for path in files) > LARGEST:
        raise Invalid(f"{folder} is larger than {LARGEST // 1_000_000} MB")
    name = folder.resolve().name
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files:
            entry = zipfile.ZipInfo(f"{name}/{path.relative_to(folder).as_posix()}", MOMENT)
            entry.external_attr = (0o755 if path.stat().st_mode & 0o100 else 0o644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())
    return target.getvalue()


def listed(content: bytes) -> list[str]:
    """The paths of the files in an archive. Raises Invalid for one that cannot be read."""
    return [entry.filename for entry in _entries(_opened(content))]


def unpack(content: bytes, folder: Path) -> list[Path]:
    """Writes the files of an archive into a new or empty folder, without the one folder that all lie below.

    Raises Invalid for an archive that cannot be read or that would write elsewhere, Conflict where files are already.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Conflict(f"{folder} is there already", "Name a folder that is new or empty.")
    archive = _opened(content)
    entries = list(_entries(archive))
    top = {PurePosixPath(entry.filename).parts[0] for entry in entries}
    strip = len(top) == 1 and all(len(PurePosixPath(entry.filename).parts) > 1 for entry in entries)
    targets = [(entry, _target(folder, entry.filename, strip=strip)) for entry in entries]
    for entry, target in targets:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(archive.read(entry))
        if entry.external_attr >> 16 & 0o100:
            target.chmod(0o755)
    return [target for _, target in targets]


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and not LEFT_OUT & set(path.relative_to(folder).parts):
            yield path


def _opened(content: bytes) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(content))
    except zipfile.BadZipFile:
        raise Invalid("the skill's archive is no zip archive") from None


def _entries(archive: zipfile.ZipFile) -> Iterator[zipfile.ZipInfo]:
    return (entry for entry in archive.infolist() if not entry.is_dir() and PurePosixPath(entry.filename).parts)


def _target(folder: Path, name: str, *, strip: bool) -> Path:
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if not parts or ".." in parts or parts[0].startswith("/") or ":" in parts[0]:
        raise Invalid(f"the archive holds {name!r}, which would lie outside of {folder}")
    return folder.joinpath(*(parts[1:] if strip else parts))
