"""Search tools: providers of web search that requests may name."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from gwctl.describe import Entity, Inside, JsonObject, Merged, Name, Sealed, Spec

PARAMETER = Inside("litellm_params")

Provider = Literal[
    "perplexity", "tavily", "parallel_ai", "exa_ai", "brave", "google_pse", "dataforseo", "firecrawl", "searxng",
    "linkup", "duckduckgo", "searchapi", "serper",
]  # fmt: skip


class SearchToolSpec(Spec):
    search_tool_name: Name | None = None
    """The tool's name; it hides one of the proxy's own file."""

    search_tool_id: Name | None = None
    """The tool's id; made if it is left out."""

    search_provider: Annotated[Provider | None, PARAMETER] = None
    """Who searches."""

    api_key: Annotated[Any | None, PARAMETER, Sealed(plain=True)] = None
    """The provider's key, out of a place. The gateway stores it in plain text."""

    api_base: Annotated[Name | None, PARAMETER] = None
    """Where the provider is reached."""

    litellm_params: Annotated[JsonObject | None, Merged(), Sealed(plain=True)] = None
    """Its other parameters, as timeout and max_retries; merged by key, null removes one."""

    search_tool_info: Annotated[JsonObject | None, Merged()] = None
    """Anything else that is kept with it; merged by key, null removes one."""


SEARCH_TOOL = Entity(
    name="search_tool",
    group="search-tools",
    table="LiteLLM_SearchToolsTable",
    key="search_tool_id",
    spec=SearchToolSpec,
    identity="search_tool_name",
    names=("search_tool_name",),
    columns=("search_tool_name", "search_provider", "api_base", "…", "search_tool_id", "created_at", "updated_at"),
    observed=("created_at", "updated_at"),
    fixed=("search_tool_id",),
)  # fmt: skip
