"""Search tools (proxy/search_endpoints/search_tool_management.py)."""

from __future__ import annotations

from collections.abc import Sequence

from gwctl.core.change import Change
from gwctl.core.stage import Stage
from gwctl.errors import Invalid


def create(_stage: Stage, changes: Sequence[Change]) -> None:
    """create_search_tool."""
    for change in changes:
        change.columns.setdefault("search_tool_info", {})
        if not change.columns.get("search_tool_name"):
            change.refuse("a search tool needs a name", "search_tool_name", kind=Invalid)
        _has_provider(change)


def update(_stage: Stage, changes: Sequence[Change]) -> None:
    """update_search_tool, which replaces all; here what is sent is merged."""
    for change in changes:
        if "litellm_params" in change.columns:
            _has_provider(change)


def _has_provider(change: Change) -> None:
    if not (change.columns.get("litellm_params") or {}).get("search_provider"):
        hint = "As --search-provider tavily."
        change.refuse("a search tool needs its search_provider", "search_provider", kind=Invalid, hint=hint)
