"""MCP servers: tools that requests may call, behind one address or one program."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator

from gwctl.describe import Entity, JsonObject, Merged, Name, Names, Sealed, Spec, Text
from gwctl.secrets import Secret

SECRETS = frozenset(
    {"auth_value", "client_id", "client_secret", "aws_access_key_id", "aws_secret_access_key", "aws_session_token"}
)


def _texts(values: dict[str, Any]) -> dict[str, Any]:
    wrong = [name for name, value in values.items() if not isinstance(value, str | Secret | None)]
    if wrong:
        raise ValueError(f"holds for {wrong[0]!r} what is no text")
    return values


Texts = Annotated[JsonObject, AfterValidator(_texts)]
"""Texts by name; None takes one away."""


class McpSpec(Spec):
    alias: Name | None = None
    """What its tools' names begin with; letters, digits, dots and underscores."""

    server_name: Name | None = None
    """Another name of the server."""

    server_id: Name | None = None
    """The server's id; made if it is left out."""

    description: Text | None = None
    """What it is for."""

    transport: Literal["sse", "http", "stdio"] | None = None
    """How it is spoken to: sse where nothing is said. http and sse need a url, stdio a command."""

    url: Text | None = None
    """Where it is reached."""

    spec_path: Text | None = None
    """An OpenAPI description whose operations are its tools."""

    command: Text | None = None
    """The program of a stdio server."""

    args: Names | None = None
    """The arguments of that program."""

    env: Annotated[Texts | None, Merged(), Sealed(plain=True)] = None
    """The environment of that program, merged by name; ${X-Header} takes the value of a request's header. Stored in
    plain text."""

    auth_type: Literal[
        "none", "api_key", "bearer_token", "basic", "authorization", "oauth2", "aws_sigv4", "token"
    ] | None = None  # fmt: skip
    """How the proxy proves who it is. oauth2 takes each user's own token."""

    credentials: Annotated[JsonObject | None, Merged(), Sealed(SECRETS)] = None
    """What it proves it with, as auth_value, client_secret, scopes; merged by key, null removes one. Another auth_type
    begins anew. Stored sealed with the proxy's salt key."""

    authorization_url: Text | None = None
    """OAuth: where users consent."""

    token_url: Text | None = None
    """OAuth: where tokens come from."""

    registration_url: Text | None = None
    """OAuth: where clients register."""

    static_headers: Annotated[Texts | None, Merged(), Sealed(plain=True)] = None
    """Headers that are sent with each call, merged by name. Stored in plain text."""

    extra_headers: Names | None = None
    """Headers of requests that are passed on, by name."""

    mcp_access_groups: Names | None = None
    """Groups that it is in; whoever may reach a group reaches it."""

    allowed_tools: Names | None = None
    """Its tools that may be called; without any, all."""

    tool_name_to_display_name: dict[str, str] | None = None
    """Other names of tools: {"TOOL": "NAME"}."""

    tool_name_to_description: dict[str, str] | None = None
    """Other descriptions of tools: {"TOOL": "TEXT"}."""

    mcp_info: JsonObject | None = None
    """What the interface shows of it, and the costs of its tools."""

    allow_all_keys: bool | None = None
    """Whether every key may reach it."""

    available_on_public_internet: bool | None = None
    """Whether clients outside of the proxy's own network may reach it; yes where nothing is said."""

    is_byok: bool | None = None
    """Whether each user brings a key of his own."""

    byok_description: Names | None = None
    """What a user is told of the key to bring."""

    byok_api_key_help_url: Text | None = None
    """Where a user learns how to get that key."""

    source_url: Text | None = None
    """Where the server's code is."""


MCP = Entity(
    name="mcp",
    group="mcp",
    table="LiteLLM_MCPServerTable",
    key="server_id",
    spec=McpSpec,
    identity="alias",
    names=("alias", "server_name"),
    columns=("alias", "server_name", "transport", "url", "auth_type", "mcp_access_groups", "allow_all_keys",
             "approval_status", "…", "server_id", "command", "description", "created_at", "updated_at"),
    observed=("status", "last_health_check", "health_check_error", "approval_status", "submitted_by", "submitted_at",
              "reviewed_at", "review_notes", "created_at", "created_by", "updated_at", "updated_by"),
    fixed=("server_id",),
)  # fmt: skip
