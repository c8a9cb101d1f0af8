"""Search tools (proxy/search_endpoints/search_tool_management.py)."""

from __future__ import annotations

from collections.abc import Sequence

from gwctl.core.change import Change
from gwctl.core.stage import Stage
from gwctl.errors import Invalid

SEARCH_TOOLS = "LiteLLM_SearchToolsTable"


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
    """delete_search_tool. A proxy that finds none does not look: it goes on with the last ones."""
    going = [change.id for change in changes]
    table = stage.unit.table(SEARCH_TOOLS)
    if table is not None and not stage.search(SEARCH_TOOLS, table.c.search_tool_id.not_in(going)):
        changes[0].warn("these are the last search tools: a running proxy goes on with them until it is started anew")


def _has_provider(change: Change) -> None:
    if not (change.columns.get("litellm_params") or {}).get("search_provider"):
        hint = "As --search-provider tavily."
        change.refuse("a search tool needs its search_provider", "search_provider", kind=Invalid, hint=hint)


