"""Budget periods: the moment of the next reset moves with the duration, or goes with it.

Keys, users and teams run on the standard clock, budget rows on the exact one
(litellm_core_utils/duration_parser.py: get_next_standardized_reset_time, duration_in_seconds).
The gateway forgets to clear the moment with the duration, and its reset job then zeroes the spend at every run; here
the two are written together.
"""

from __future__ import annotations

from collections.abc import Iterable

from gwctl import durations
from gwctl.core.change import Change
from gwctl.core.unit import Unit
from gwctl.errors import GwctlError


def standard(unit: Unit, changes: Iterable[Change]) -> None:
    """Sets `budget_reset_at` of keys, users and teams whose `budget_duration` is being set."""
    for change in changes:
        if "budget_duration" in change.columns:
            _set(unit, change)


def _set(unit: Unit, change: Change) -> None:
    text = change.columns["budget_duration"]
    if text is None:
        change.columns["budget_reset_at"] = None
        return
    try:
        change.columns["budget_reset_at"] = durations.next_reset(
            text, unit.now, unit.settings.options.timezone, unit.release
        )
    except GwctlError as error:
        change.refuse(error.message, "budget_duration", kind=type(error), hint=error.hint)
        return
    if warning := durations.odd(text, unit.release):
        change.warn(warning)
    if (
        change.action == "update"
        and change.row
        and change.row["max_budget"] is not None
        and (change.row["spend"] or 0) >= change.row["max_budget"]
    ):
        change.warn(
            f"{change.name} keeps its spend of {change.row['spend']:.2f} until the first reset; reset-spend "
            f"starts it anew"
        )


def warn_of_reset_job(unit: Unit, changes: Iterable[Change]) -> None:
    """Before 1.84.3 the reset job writes whole rows back (proxy/common_utils/reset_budget_job.py): a change may
    vanish."""
    if unit.release >= (1, 84, 3):
        return
    for change in changes:
        due = change.row["budget_reset_at"] if change.row else None
        if due is not None and due < unit.now:
            change.warn(
                f"{change.name} is due for its budget reset; a proxy that resets it at this moment may undo the change"
            )
