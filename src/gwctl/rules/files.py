"""Files: what stands in the way of forgetting one. The providers' own copies are not touched."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from gwctl.core.change import Change
from gwctl.core.stage import Stage
from gwctl.errors import Conflict

BATCHES = "LiteLLM_ManagedObjectTable"
NAMED = ("input_file_id", "output_file_id", "error_file_id")
"""Where a batch names its files."""
OVER = frozenset({"completed", "complete", "failed", "expired", "cancelled"})


def delete(stage: Stage, changes: Sequence[Change]) -> None:
    """A file that a batch in progress names stays, unless it is insisted on."""
    by_id = {change.row["unified_file_id"]: change for change in changes if change.row is not None}
    live = stage.unit.table(BATCHES)
    if live is None or stage.force:
        return
    wanted = sa.literal(list(by_id), ARRAY(sa.Text()))
    named = sa.or_(*(live.c.file_object[name].astext == sa.any_(wanted) for name in NAMED))
    for row in stage.search(BATCHES, named):
        if row["status"] in OVER:
            continue
        for name in NAMED:
            change = by_id.get(row.object("file_object").get(name))
            if change is not None:
                change.refuse(
                    f"file {change.id!r} is the {name} of batch {row['id']!r}, which is {row['status']}",
                    kind=Conflict,
                    hint="--force deletes it all the same.",
                )
