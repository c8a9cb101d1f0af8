"""What a day came to: spend by entity, counts by guardrail and policy. `date` is a text, YYYY-MM-DD."""

from __future__ import annotations

from sqlalchemy import Index, PrimaryKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gwctl.schema.base import Base, Count, Double, Moment, Now, Text, Zero


class DaySpend:
    """The columns that the six tables of spend share."""

    date: Mapped[Text]
    api_key: Mapped[Text]
    model: Mapped[Text | None]
    model_group: Mapped[Text | None]
    custom_llm_provider: Mapped[Text | None]
    mcp_namespaced_tool_name: Mapped[Text | None]
    endpoint: Mapped[Text | None]
    prompt_tokens: Mapped[Count]
    completion_tokens: Mapped[Count]
    cache_read_input_tokens: Mapped[Count]
    cache_creation_input_tokens: Mapped[Count]
    spend: Mapped[Zero]
    api_requests: Mapped[Count]
    successful_requests: Mapped[Count]
    failed_requests: Mapped[Count]
    created_at: Mapped[Now]
    updated_at: Mapped[Moment]


class DailyUserSpend(DaySpend, Base):
    """A user's day."""

    __tablename__ = "LiteLLM_DailyUserSpend"
    __table_args__ = (
        PrimaryKeyConstraint("id", name="LiteLLM_DailyUserSpend_pkey"),
        Index("LiteLLM_DailyUserSpend_date_idx", "date"),
        Index("LiteLLM_DailyUserSpend_user_id_date_idx", "user_id", "date"),
        Index("LiteLLM_DailyUserSpend_api_key_idx", "api_key"),
        Index("LiteLLM_DailyUserSpend_model_idx", "model"),
        Index("LiteLLM_DailyUserSpend_mcp_namespaced_tool_name_idx", "mcp_namespaced_tool_name"),
        Index("LiteLLM_DailyUserSpend_endpoint_idx", "endpoint"),
        Index(
            "LiteLLM_DailyUserSpend_user_id_date_api_key_model_custom_ll_key",
            "user_id",
            "date",
            "api_key",
            "model",
            "custom_llm_provider",
            "mcp_namespaced_tool_name",
            "endpoint",
            unique=True,
        ),
    )

    id: Mapped[Text] = mapped_column(sort_order=-2)
    user_id: Mapped[Text | None] = mapped_column(sort_order=-1)


class DailyTeamSpend(DaySpend, Base):
    """A team's day."""

    __tablename__ = "LiteLLM_DailyTeamSpend"
    __table_args__ = (
        PrimaryKeyConstraint("id", name="LiteLLM_DailyTeamSpend_pkey"),
        Index("LiteLLM_DailyTeamSpend_date_idx", "date"),
        Index("LiteLLM_DailyTeamSpend_team_id_date_idx", "team_id", "date"),
        Index("LiteLLM_DailyTeamSpend_api_key_idx", "api_key"),
        Index("LiteLLM_DailyTeamSpend_model_idx", "model"),
        Index("LiteLLM_DailyTeamSpend_mcp_namespaced_tool_name_idx", "mcp_namespaced_tool_name"),
        Index("LiteLLM_DailyTeamSpend_endpoint_idx", "endpoint"),
        Index(
            "LiteLLM_DailyTeamSpend_team_id_date_api_key_model_custom_ll_key",
            "team_id",
            "date",
            "api_key",
            "model",
            "custom_llm_provider",
            "mcp_namespaced_tool_name",
            "endpoint",
            unique=True,
        ),
    )

    id: Mapped[Text] = mapped_column(sort_order=-2)
    team_id: Mapped[Text | None] = mapped_column(sort_order=-1)


class DailyOrganizationSpend(DaySpend, Base):
    """An organisation's day."""

    __tablename__ = "LiteLLM_DailyOrganizationSpend"
    __table_args__ = (
        PrimaryKeyConstraint("id", name="LiteLLM_DailyOrganizationSpend_pkey"),
        Index("LiteLLM_DailyOrganizationSpend_date_idx", "date"),
        Index("LiteLLM_DailyOrganizationSpend_organization_id_date_idx", "organization_id", "date"),
        Index("LiteLLM_DailyOrganizationSpend_api_key_idx", "api_key"),
        Index("LiteLLM_DailyOrganizationSpend_model_idx", "model"),
        Index("LiteLLM_DailyOrganizationSpend_mcp_namespaced_tool_name_idx", "mcp_namespaced_tool_name"),
        Index("LiteLLM_DailyOrganizationSpend_endpoint_idx", "endpoint"),
        Index(
            "LiteLLM_DailyOrganizationSpend_organization_id_date_api_key_key",
            "organization_id",
            "date",
            "api_key",
            "model",
            "custom_llm_provider",
            "mcp_namespaced_tool_name",
            "endpoint",
            unique=True,
        ),
    )

    id: Mapped[Text] = mapped_column(sort_order=-2)
    organization_id: Mapped[Text | None] = mapped_column(sort_order=-1)


class DailyCustomerSpend(DaySpend, Base):
    """A customer's day."""

    __tablename__ = "LiteLLM_DailyEndUserSpend"
    __table_args__ = (
        PrimaryKeyConstraint("id", name="LiteLLM_DailyEndUserSpend_pkey"),
        Index("LiteLLM_DailyEndUserSpend_date_idx", "date"),
        Index("LiteLLM_DailyEndUserSpend_end_user_id_date_idx", "end_user_id", "date"),
        Index("LiteLLM_DailyEndUserSpend_api_key_idx", "api_key"),
        Index("LiteLLM_DailyEndUserSpend_model_idx", "model"),
        Index("LiteLLM_DailyEndUserSpend_mcp_namespaced_tool_name_idx", "mcp_namespaced_tool_name"),
        Index("LiteLLM_DailyEndUserSpend_endpoint_idx", "endpoint"),
        Index(
            "LiteLLM_DailyEndUserSpend_end_user_id_date_api_key_model_cu_key",
            "end_user_id",
            "date",
            "api_key",
            "model",
            "custom_llm_provider",
            "mcp_namespaced_tool_name",
            "endpoint",
            unique=True,
        ),
    )

    id: Mapped[Text] = mapped_column(sort_order=-2)
    end_user_id: Mapped[Text | None] = mapped_column(sort_order=-1)


class DailyAgentSpend(DaySpend, Base):
    """An agent's day."""

    __tablename__ = "LiteLLM_DailyAgentSpend"
    __table_args__ = (
        PrimaryKeyConstraint("id", name="LiteLLM_DailyAgentSpend_pkey"),
        Index("LiteLLM_DailyAgentSpend_date_idx", "date"),
        Index("LiteLLM_DailyAgentSpend_agent_id_date_idx", "agent_id", "date"),
        Index("LiteLLM_DailyAgentSpend_api_key_idx", "api_key"),
        Index("LiteLLM_DailyAgentSpend_model_idx", "model"),
        Index("LiteLLM_DailyAgentSpend_mcp_namespaced_tool_name_idx", "mcp_namespaced_tool_name"),
        Index("LiteLLM_DailyAgentSpend_endpoint_idx", "endpoint"),
        Index(
            "LiteLLM_DailyAgentSpend_agent_id_date_api_key_model_custom__key",
            "agent_id",
            "date",
            "api_key",
            "model",
            "custom_llm_provider",
            "mcp_namespaced_tool_name",
            "endpoint",
            unique=True,
        ),
    )

    id: Mapped[Text] = mapped_column(sort_order=-2)
    agent_id: Mapped[Text | None] = mapped_column(sort_order=-1)


class DailyTagSpend(DaySpend, Base):
    """A tag's day."""

    __tablename__ = "LiteLLM_DailyTagSpend"
    __table_args__ = (
        PrimaryKeyConstraint("id", name="LiteLLM_DailyTagSpend_pkey"),
        Index("LiteLLM_DailyTagSpend_date_idx", "date"),
        Index("LiteLLM_DailyTagSpend_tag_date_idx", "tag", "date"),
        Index("LiteLLM_DailyTagSpend_api_key_idx", "api_key"),
        Index("LiteLLM_DailyTagSpend_model_idx", "model"),
        Index("LiteLLM_DailyTagSpend_mcp_namespaced_tool_name_idx", "mcp_namespaced_tool_name"),
        Index("LiteLLM_DailyTagSpend_endpoint_idx", "endpoint"),
        Index(
            "LiteLLM_DailyTagSpend_tag_date_api_key_model_custom_llm_pro_key",
            "tag",
            "date",
            "api_key",
            "model",
            "custom_llm_provider",
            "mcp_namespaced_tool_name",
            "endpoint",
            unique=True,
        ),
    )

    id: Mapped[Text] = mapped_column(sort_order=-3)
    request_id: Mapped[Text | None] = mapped_column(sort_order=-2)
    tag: Mapped[Text | None] = mapped_column(sort_order=-1)


class DailyGuardrailMetrics(Base):
    """A guardrail's day."""

    __tablename__ = "LiteLLM_DailyGuardrailMetrics"
    __table_args__ = (
        PrimaryKeyConstraint("guardrail_id", "date", name="LiteLLM_DailyGuardrailMetrics_pkey"),
        Index("LiteLLM_DailyGuardrailMetrics_date_idx", "date"),
        Index("LiteLLM_DailyGuardrailMetrics_guardrail_id_idx", "guardrail_id"),
    )

    guardrail_id: Mapped[Text]
    date: Mapped[Text]
    requests_evaluated: Mapped[Count]
    passed_count: Mapped[Count]
    blocked_count: Mapped[Count]
    flagged_count: Mapped[Count]
    avg_score: Mapped[Double | None]
    avg_latency_ms: Mapped[Double | None]
    created_at: Mapped[Now]
    updated_at: Mapped[Moment]


class DailyPolicyMetrics(Base):
    """A policy's day."""

    __tablename__ = "LiteLLM_DailyPolicyMetrics"
    __table_args__ = (
        PrimaryKeyConstraint("policy_id", "date", name="LiteLLM_DailyPolicyMetrics_pkey"),
        Index("LiteLLM_DailyPolicyMetrics_date_idx", "date"),
        Index("LiteLLM_DailyPolicyMetrics_policy_id_idx", "policy_id"),
    )

    policy_id: Mapped[Text]
    date: Mapped[Text]
    requests_evaluated: Mapped[Count]
    passed_count: Mapped[Count]
    blocked_count: Mapped[Count]
    flagged_count: Mapped[Count]
    avg_score: Mapped[Double | None]
    avg_latency_ms: Mapped[Double | None]
    created_at: Mapped[Now]
    updated_at: Mapped[Moment]
