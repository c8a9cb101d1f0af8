"""Batches: what stands in the way of forgetting one.

The row is all that the proxy knows of a batch: without it nobody can ask for its result, and its cost is never booked
(the enterprise hooks set `batch_processed` once it is).
"""

from __future__ import annotations

from collections.abc import Sequence

from gwctl.core.change import Change
from gwctl.core.stage import Stage
from gwctl.errors import Conflict

FREE = frozenset({"failed", "expired", "cancelled"})
"""States of the provider's that end a batch without a cost."""


def delete(stage: Stage, changes: Sequence[Change]) -> None:
    """A batch whose cost is still to be booked stays, unless it is insisted on."""
    for change in changes:
        assert change.row is not None
        if change.row["file_purpose"] != "batch" or change.row["batch_processed"] or change.row["status"] in FREE:
            continue
        if not stage.force:
            change.refuse(
                f"batch {change.id!r} is {change.row['status'] or 'in no known state'}, and its cost is not booked yet",
                kind=Conflict,
                hint="--force deletes it all the same; its cost is then never booked.",
            )
