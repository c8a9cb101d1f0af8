"""Search tools (proxy/search_endpoints/search_tool_management.py)."""

from __future__ import annotations

from collections.abc import Sequence

from gwctl.core import sharing
from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.errors import Invalid
from gwctl.rules import named_lists


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


def delete(stage: Stage, changes: Sequence[Change]) -> None:
    """delete_search_tool. From 1.86 on permission rows may name the tools that their owners may use."""
    named_lists.leave(stage, _names(changes), sharing.PERMISSIONS, "search_tools", opens="use every search tool")


def replace(stage: Stage, changes: Sequence[Change], heir: Row) -> None:
    """Another search tool in the place of these, in every list."""
    moved = named_lists.moved(_names(changes), heir["search_tool_name"])
    named_lists.swap(stage, moved, sharing.PERMISSIONS, "search_tools")


def _names(changes: Sequence[Change]) -> dict[str, Change]:
    return {change.name: change for change in changes}


def _has_provider(change: Change) -> None:
    if not (change.columns.get("litellm_params") or {}).get("search_provider"):
        hint = "As --search-provider tavily."
        change.refuse("a search tool needs its search_provider", "search_provider", kind=Invalid, hint=hint)
