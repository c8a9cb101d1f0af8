"""MCP servers and the users' own credentials for them."""

from __future__ import annotations

from sqlalchemy import Index, PrimaryKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gwctl.schema.base import Base, EmptyObject, Moment, NoTexts, Now, Off, On, Text, Texts


class McpServer(Base):
    """An MCP server, and where its submission stands."""

    __tablename__ = "LiteLLM_MCPServerTable"
    __table_args__ = (
        PrimaryKeyConstraint("server_id", name="LiteLLM_MCPServerTable_pkey"),
        Index("LiteLLM_MCPServerTable_approval_status_idx", "approval_status"),
    )

    server_id: Mapped[Text]
    server_name: Mapped[Text | None]
    alias: Mapped[Text | None]
    description: Mapped[Text | None]
    url: Mapped[Text | None]
    spec_path: Mapped[Text | None]
    transport: Mapped[Text] = mapped_column(server_default="sse")
    auth_type: Mapped[Text | None]
    credentials: Mapped[EmptyObject | None]
    created_at: Mapped[Now | None]
    created_by: Mapped[Text | None]
    updated_at: Mapped[Now | None]
    updated_by: Mapped[Text | None]
    mcp_info: Mapped[EmptyObject | None]
    mcp_access_groups: Mapped[Texts | None]
    allowed_tools: Mapped[NoTexts | None]
    tool_name_to_display_name: Mapped[EmptyObject | None]
    tool_name_to_description: Mapped[EmptyObject | None]
    extra_headers: Mapped[NoTexts | None]
    static_headers: Mapped[EmptyObject | None]
    status: Mapped[Text | None] = mapped_column(server_default="unknown")
    last_health_check: Mapped[Moment | None]
    health_check_error: Mapped[Text | None]
    command: Mapped[Text | None]
    args: Mapped[NoTexts | None]
    env: Mapped[EmptyObject | None]
    authorization_url: Mapped[Text | None]
    token_url: Mapped[Text | None]
    registration_url: Mapped[Text | None]
    allow_all_keys: Mapped[Off]
    available_on_public_internet: Mapped[On]
    is_byok: Mapped[Off]
    byok_description: Mapped[NoTexts | None]
    byok_api_key_help_url: Mapped[Text | None]
    source_url: Mapped[Text | None]
    approval_status: Mapped[Text | None] = mapped_column(server_default="active")
    submitted_by: Mapped[Text | None]
    submitted_at: Mapped[Moment | None]
    reviewed_at: Mapped[Moment | None]
    review_notes: Mapped[Text | None]


class McpUserCredential(Base):
    """A user's own credential for an MCP server."""

    __tablename__ = "LiteLLM_MCPUserCredentials"
    __table_args__ = (
        PrimaryKeyConstraint("id", name="LiteLLM_MCPUserCredentials_pkey"),
        Index("LiteLLM_MCPUserCredentials_user_id_server_id_key", "user_id", "server_id", unique=True),
    )

    id: Mapped[Text]
    user_id: Mapped[Text]
    server_id: Mapped[Text]
    credential_b64: Mapped[Text]
    created_at: Mapped[Now]
    updated_at: Mapped[Now]
