"""Temporary files, which hold what memory should not, and what is said where the disk has no room for them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from gwctl.errors import GwctlError


@contextmanager
def writing() -> Iterator[None]:
    """Raises GwctlError where such a file cannot be written."""
    try:
        yield
    except OSError as error:
        raise refused(error) from error


def refused(error: Exception) -> GwctlError:
    reason = getattr(error, "strerror", None) or str(error)
    hint = f"Nothing was changed. Make room in {tempfile.gettempdir()}, or name another folder in TMPDIR."
    return GwctlError(f"temporary files cannot be written: {reason}", hint)
