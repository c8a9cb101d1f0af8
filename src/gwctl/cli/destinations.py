"""Where an export goes: a file, or a folder with a file for each group. What was there is replaced as a whole."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from gwctl.errors import Invalid, Usage


def is_folder(place: str) -> bool:
    """Whether a folder is meant: one that is there, or a name with a slash behind it."""
    return place.endswith(("/", os.sep)) or Path(place).is_dir()


def made(place: str) -> Path:
    """A folder, made where it is not there yet."""
    folder = Path(place)
    with _told([folder]):
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def write(files: Mapping[Path, Iterable[str]], *, remove_empty: bool = False) -> tuple[int, int]:
    """Writes texts to their files, and removes those without a text. Gives how many were written and removed.

    Each text is written beside its file and flushed to the disk, and takes the file's place once all are written: when
    something goes wrong until then, nothing was changed. Raises Invalid where the disk refuses.
    """
    parts: dict[Path, Path] = {}
    try:
        for path, pieces in files.items():
            parts[path] = _written(path, pieces)
        gone = [path for path, part in parts.items() if remove_empty and part.stat().st_size == 0]
        with _told(gone):
            removed = [path for path in gone if path.exists()]
            for path in gone:
                path.unlink(missing_ok=True)
        for path in [one for one in parts if one not in gone]:
            with _told([path]):
                parts[path].replace(path.resolve())
        return len(parts) - len(gone), len(removed)
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)


def _written(path: Path, pieces: Iterable[str]) -> Path:
    """A text beside the file that it is to become, with that file's rights."""
    if path.exists() and not path.is_file():
        raise Usage(f"--to {str(path)!r} is no file", "Without --to it goes to stdout.")
    path = path.resolve()
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    with _told([path]):
        part.unlink(missing_ok=True)
        file = os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "w", encoding="utf-8")
    try:
        with file:
            for piece in pieces:
                with _told([path]):
                    file.write(piece)
            with _told([path]):
                if path.exists():
                    part.chmod(path.stat().st_mode & 0o777)
                file.flush()
                os.fsync(file.fileno())
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return part


@contextmanager
def _told(paths: Iterable[Path]) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        named = ", ".join(str(path) for path in paths)
        raise Invalid(f"{named} cannot be written: {error.strerror}") from None
