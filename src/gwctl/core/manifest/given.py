"""Secrets that a manifest names without holding them: `{env: NAME}` and `{file: PATH}`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gwctl.core.manifest.entry import LONGEST
from gwctl.errors import Invalid
from gwctl.secrets import Secret

_HINT = "Write {env: NAME} or {file: PATH}."
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def names_secret(value: Any) -> bool:
    """Is it meant as a secret that lies elsewhere?"""
    return isinstance(value, Mapping) and len(value) == 1 and next(iter(value)) in ("env", "file")


def resolve_secret(value: Any, base_dir: Path, environ: Mapping[str, str]) -> Secret:
    """The secret behind `{env: NAME}`, or `{file: PATH}` relative to `base_dir`, without the line's end.

    Raises Invalid with what is missing, never with what was found.
    """
    if not names_secret(value):
        raise Invalid("not a secret's place", _HINT)
    (where, name), *_ = value.items()
    if not isinstance(name, str) or not name or "\0" in name:
        raise Invalid(f"{where}: takes a name", _HINT)
    return _checked(_from_variable(name, environ) if where == "env" else _from_file(name, base_dir))


def _from_variable(name: str, environ: Mapping[str, str]) -> tuple[str, str]:
    if _NAME.fullmatch(name) is None:
        raise Invalid("env: takes the name of a variable, not its value", _HINT)
    if name not in environ:
        raise Invalid(f"the environment variable {name} is not set", f"Set {name}, or name another place.")
    return f"the environment variable {name}", environ[name]


def _from_file(name: str, base_dir: Path) -> tuple[str, str]:
    path = base_dir / name
    try:
        with path.open("rb") as stream:
            data = stream.read(LONGEST + 1)
    except OSError as error:
        raise Invalid(f"the file {path} cannot be read: {(error.strerror or 'unknown reason').lower()}") from None
    if len(data) > LONGEST:
        raise Invalid(f"the file {path} is too large to be a secret")
    try:
        return f"the file {path}", data.decode("utf-8-sig").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise Invalid(f"the file {path} is not UTF-8") from None


def _checked(found: tuple[str, str]) -> Secret:
    place, text = found
    if not text.strip():
        raise Invalid(f"{place} is empty")
    if "\0" in text:
        raise Invalid(f"{place} holds a NUL character")
    return Secret(text)
