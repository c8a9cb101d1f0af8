"""Where the gateway shows what lies in its tables: one object as its endpoints answer with it, None where none does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from live.gateway import Gateway

View = Callable[[Gateway, str], Any]


def at(path: str, *steps: str) -> View:
    """What lies `steps` down in the answer to a request for NAME."""

    def view(gateway: Gateway, name: str) -> Any:
        answer = gateway.ask("GET", path.replace("NAME", name))
        return _down(answer.body, steps) if answer.status == 200 else None

    return view


def among(path: str, key: str, *steps: str) -> View:
    """The last of a list, `steps` down in the answer, whose `key` is NAME."""

    def view(gateway: Gateway, name: str) -> Any:
        found = _down(gateway.ask("GET", path).body, steps)
        return next((one for one in reversed(found) if one[key] == name), None)

    return view


def _down(value: Any, steps: tuple[str, ...]) -> Any:
    for step in steps:
        value = value[step]
    return value


def tag(gateway: Gateway, name: str) -> Any:
    answer = gateway.ask("POST", "/tag/info", {"names": [name]})
    return answer.body[name] if answer.status == 200 else None


def budget(gateway: Gateway, name: str) -> Any:
    found = gateway.post("/budget/info", budgets=[name])
    return found[0] if found else None


VIEWS: dict[str, View] = {
    "budgets": budget,
    "orgs": at("/organization/info?organization_id=NAME"),
    "teams": at("/team/info?team_id=NAME", "team_info"),
    "users": at("/user/info?user_id=NAME", "user_info"),
    "customers": at("/customer/info?end_user_id=NAME"),
    "tags": tag,
    "models": among("/v1/model/info", "model_name", "data"),
    "credentials": at("/credentials/by_name/NAME"),
    "mcp": among("/v1/mcp/server", "alias"),
    "access-groups": among("/v1/access_group", "access_group_name"),
    "guardrails": among("/v2/guardrails/list", "guardrail_name", "guardrails"),
    "policies": among("/policies/list?version_status=production", "policy_name", "policies"),
    "agents": among("/v1/agents", "agent_name"),
    "prompts": at("/prompts/NAME", "prompt_spec"),
    "search-tools": among("/search_tools/list", "search_tool_name", "search_tools"),
    "vector-stores": among("/vector_store/list", "vector_store_id", "data"),
    "plugins": among("/claude-code/plugins", "name", "plugins"),
}
"""By gwctl's group. Teams, organisations and budgets are named by id."""


def contained(part: Any, whole: Any) -> bool:
    """Whether all of `part` is in `whole`, objects entry by entry."""
    if isinstance(part, Mapping):
        return isinstance(whole, Mapping) and all(contained(one, whole.get(name)) for name, one in part.items())
    return bool(part == whole)
