"""Customers (proxy/management_endpoints/customer_endpoints.py). What the proxy knows of them besides is its own."""

from __future__ import annotations

from collections.abc import Sequence

from gwctl.core.change import Change
from gwctl.core.stage import Stage
from gwctl.rules.naming import need_name


def create(stage: Stage, changes: Sequence[Change]) -> None:
    """new_end_user."""
    for change in changes:
        need_name(change)
    update(stage, changes)


def update(_stage: Stage, changes: Sequence[Change]) -> None:
    """update_end_user drops what is false or zero; here all of it can be set."""
    for change in changes:
        if change.columns.get("blocked"):
            change.warn(
                f"customer {change.name}: the proxy asks whether a customer is blocked only with the enterprise "
                f"callback"
            )
