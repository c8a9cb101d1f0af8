"""Requests that make what other requests refer to."""

from __future__ import annotations

from typing import Any

from live.sides import Request


def user(suffix: str = "user", **rest: Any) -> Request:
    return "/user/new", {"user_id": f"{{word}}-{suffix}", "auto_create_key": False, **rest}


def team(**rest: Any) -> Request:
    return "/team/new", {"team_id": "{word}-team", "team_alias": "{word}-team", **rest}


def budget(**rest: Any) -> Request:
    return "/budget/new", {"budget_id": "{word}-budget", "max_budget": 9, **rest}


def org(**rest: Any) -> Request:
    return "/organization/new", {"organization_id": "{word}-org", "organization_alias": "{word}-org", **rest}


def key(**rest: Any) -> Request:
    return "/key/generate", {"key_alias": "{word}-key", "key": "sk-{word}-secret", **rest}


def member(suffix: str = "user", *, budget: float | None = None, **rest: Any) -> Request:
    limits = {} if budget is None else {"max_budget_in_team": budget}
    return "/team/member_add", {
        "team_id": "{word}-team", "member": {"user_id": f"{{word}}-{suffix}", "role": "user", **rest}, **limits
    }  # fmt: skip
