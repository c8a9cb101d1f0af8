"""Policy attachments name teams and keys by alias: a rename takes exact names along, a pattern is warned of."""

from __future__ import annotations

from collections.abc import Iterable

from gwctl.core.change import Change
from gwctl.core.stage import Stage

ATTACHMENTS = "LiteLLM_PolicyAttachmentTable"


def follow_renames(stage: Stage, changes: Iterable[Change], alias: str, column: str) -> None:
    """Rewrites `column` (teams, keys) of attachments where an `alias` changes."""
    renamed = {
        change.row[alias]: change
        for change in changes
        if alias in change.columns and change.row and change.row[alias] and change.columns[alias] != change.row[alias]
    }
    if not renamed:
        return
    for row in stage.load(ATTACHMENTS, column, renamed, change=True):
        names = [renamed[name].columns[alias] if name in renamed else name for name in row.items(column)]
        stage.update(row, {column: [name for name in names if name]}, cause=next(iter(renamed.values())))
    table = stage.unit.table(ATTACHMENTS)
    if table is not None and column in table.c:
        import sqlalchemy as sa

        patterns = stage.search(ATTACHMENTS, sa.func.array_to_string(table.c[column], ",").contains("*"))
        if patterns:
            for change in renamed.values():
                change.warn(
                    f"policy attachments name {column} by pattern; look whether they still fit "
                    f"{change.columns[alias]!r}"
                )
