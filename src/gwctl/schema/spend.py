"""One row a request, and the indexes by guardrail and tool that lead to them."""

from __future__ import annotations

from sqlalchemy import Index, PrimaryKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gwctl.schema.base import Base, Blank, EmptyArray, EmptyObject, Integer, Moment, SmallCount, Text, Zero


class SpendLog(Base):
    """A request and what it cost."""

    __tablename__ = "LiteLLM_SpendLogs"
    __table_args__ = (
        PrimaryKeyConstraint("request_id", name="LiteLLM_SpendLogs_pkey"),
        Index("LiteLLM_SpendLogs_startTime_idx", "startTime"),
        Index("LiteLLM_SpendLogs_startTime_request_id_idx", "startTime", "request_id"),
        Index("LiteLLM_SpendLogs_end_user_idx", "end_user"),
        Index("LiteLLM_SpendLogs_session_id_idx", "session_id"),
    )

    request_id: Mapped[Text]
    call_type: Mapped[Text]
    api_key: Mapped[Blank]
    spend: Mapped[Zero]
    total_tokens: Mapped[SmallCount]
    prompt_tokens: Mapped[SmallCount]
    completion_tokens: Mapped[SmallCount]
    start_time: Mapped[Moment] = mapped_column("startTime")
    end_time: Mapped[Moment] = mapped_column("endTime")
    request_duration_ms: Mapped[Integer | None]
    completion_start_time: Mapped[Moment | None] = mapped_column("completionStartTime")
    model: Mapped[Blank]
    model_id: Mapped[Blank | None]
    model_group: Mapped[Blank | None]
    custom_llm_provider: Mapped[Blank | None]
    api_base: Mapped[Blank | None]
    user: Mapped[Blank | None]
    metadata_: Mapped[EmptyObject | None] = mapped_column("metadata")
    cache_hit: Mapped[Blank | None]
    cache_key: Mapped[Blank | None]
    request_tags: Mapped[EmptyArray | None]
    team_id: Mapped[Text | None]
    organization_id: Mapped[Text | None]
    end_user: Mapped[Text | None]
    requester_ip_address: Mapped[Text | None]
    messages: Mapped[EmptyObject | None]
    response: Mapped[EmptyObject | None]
    session_id: Mapped[Text | None]
    status: Mapped[Text | None]
    mcp_namespaced_tool_name: Mapped[Text | None]
    agent_id: Mapped[Text | None]
    proxy_server_request: Mapped[EmptyObject | None]


class ErrorLog(Base):
    """A failed request; newer gateways write none."""

    __tablename__ = "LiteLLM_ErrorLogs"
    __table_args__ = (PrimaryKeyConstraint("request_id", name="LiteLLM_ErrorLogs_pkey"),)

    request_id: Mapped[Text]
    start_time: Mapped[Moment] = mapped_column("startTime")
    end_time: Mapped[Moment] = mapped_column("endTime")
    api_base: Mapped[Blank]
    model_group: Mapped[Blank]
    litellm_model_name: Mapped[Blank]
    model_id: Mapped[Blank]
    request_kwargs: Mapped[EmptyObject]
    exception_type: Mapped[Blank]
    exception_string: Mapped[Blank]
    status_code: Mapped[Blank]


class SpendLogGuardrail(Base):
    """A request that a guardrail looked at."""

    __tablename__ = "LiteLLM_SpendLogGuardrailIndex"
    __table_args__ = (
        PrimaryKeyConstraint("request_id", "guardrail_id", name="LiteLLM_SpendLogGuardrailIndex_pkey"),
        Index("LiteLLM_SpendLogGuardrailIndex_guardrail_id_start_time_idx", "guardrail_id", "start_time"),
        Index("LiteLLM_SpendLogGuardrailIndex_policy_id_start_time_idx", "policy_id", "start_time"),
    )

    request_id: Mapped[Text]
    guardrail_id: Mapped[Text]
    policy_id: Mapped[Text | None]
    start_time: Mapped[Moment]


class SpendLogTool(Base):
    """A request that used a tool."""

    __tablename__ = "LiteLLM_SpendLogToolIndex"
    __table_args__ = (
        PrimaryKeyConstraint("request_id", "tool_name", name="LiteLLM_SpendLogToolIndex_pkey"),
        Index("LiteLLM_SpendLogToolIndex_tool_name_start_time_idx", "tool_name", "start_time"),
    )

    request_id: Mapped[Text]
    tool_name: Mapped[Text]
    start_time: Mapped[Moment]
