"""Writes YAML that the reader here takes for what it was: what would be read as something else is quoted."""

from __future__ import annotations

from functools import cache
from typing import Any

import yaml

from gwctl.core.manifest.scalars import resolve


def dump(data: Any, *, unicode: bool = True) -> str:
    """One document, in the order of its fields, a field a line."""
    return str(
        yaml.dump(
            data, Dumper=_dumper(), sort_keys=False, default_flow_style=False, width=10_000, allow_unicode=unicode
        )
    )


@cache
def _dumper() -> Any:
    class Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
        """No anchors either: they save a line and cost the reader a search."""

        def ignore_aliases(self, _data: Any) -> bool:
            return True

    def text(dumper: Any, value: str) -> Any:
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=None if _stays(value) else "'")

    Dumper.add_representer(str, text)
    return Dumper


def _stays(text: str) -> bool:
    try:
        return text == "" or resolve(text) == text
    except ValueError:
        return False
