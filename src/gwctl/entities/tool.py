"""Tools that requests have named, and what the gateway's tool policy makes of them."""

from __future__ import annotations

from typing import Literal

from gwctl.describe import Entity, Name, Spec


class ToolSpec(Spec):
    tool_name: Name | None = None
    """The tool, as requests name it: SERVER-TOOL, or a function's name."""

    input_policy: Literal["trusted", "untrusted", "blocked"] | None = None
    """What may reach it: anything (untrusted), nothing that comes of untrusted tools (trusted), no call at all."""

    output_policy: Literal["trusted", "untrusted"] | None = None
    """Whether what it gives is to be trusted."""


TOOL = Entity(
    name="tool",
    group="tools",
    table="LiteLLM_ToolTable",
    key="tool_id",
    spec=ToolSpec,
    identity="tool_name",
    names=("tool_name",),
    columns=("tool_name", "origin", "input_policy", "output_policy", "call_count", "last_used_at", "…", "tool_id",
             "team_id", "key_alias", "user_agent", "created_at", "created_by"),
    observed=("origin", "call_count", "assignments", "key_hash", "team_id", "key_alias", "user_agent", "last_used_at",
              "created_at", "created_by", "updated_at", "updated_by"),
    fixed=("tool_name",),
)  # fmt: skip
