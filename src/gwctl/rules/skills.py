"""Skills: the row and the archive in it (llms/litellm_proxy/skills/handler.py, which knows no update)."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from gwctl import secrets
from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.errors import Invalid

PREFIX = "litellm_skill_"
ZIP = "application/zip"


def create(_: Stage, changes: Sequence[Change]) -> None:
    """Its id is told by a prefix, which is how the proxy knows that a skill is its own."""
    for change in changes:
        identifier = change.fields.get("skill_id")
        if identifier is None:
            change.columns["skill_id"] = f"{PREFIX}{uuid.uuid4()}"
        elif not identifier.startswith(PREFIX):
            change.refuse(f"the id of a skill begins with {PREFIX}", "skill_id", kind=Invalid)
        if not change.fields.get("content") and not change.fields.get("instructions"):
            change.warn(f"skill {change.name!r} has neither files nor instructions: it tells a model nothing")
        change.columns["source"] = "custom"
        _content(change)


def update(_: Stage, changes: Sequence[Change]) -> None:
    for change in changes:
        _content(change)


def look(_: Stage, rows: Sequence[Row]) -> Mapping[Any, Mapping[str, Any]]:
    """The archive as text."""
    return {row["skill_id"]: {"content": _text(row["file_content"])} for row in rows}


def _content(change: Change) -> None:
    if "content" not in change.fields:
        return
    content = change.fields["content"]
    change.columns["file_content"] = None if content is None else base64.b64decode(content)
    change.columns["file_type"] = None if content is None else ZIP
    if content is None:
        change.columns["file_name"] = None
    elif not change.value("file_name"):
        change.columns["file_name"] = f"{change.name}.zip"
    for side in (change.fields, change.was):  # a plan tells the archive by its size and hash
        side["content"] = _told(side.get("content"))


def _told(content: str | None) -> str | None:
    if content is None:
        return None
    return f"zip, {len(base64.b64decode(content)):,} bytes, hash {secrets.digest(content)[:12]}"


def _text(content: bytes | None) -> str | None:
    return None if content is None else base64.b64encode(content).decode()
