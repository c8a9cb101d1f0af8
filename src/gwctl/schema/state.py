"""The proxy's own settings and state."""

from __future__ import annotations

from sqlalchemy import Index, PrimaryKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gwctl.schema.base import Base, Double, JobStatus, Json, Moment, Now, SmallCount, Text


class Config(Base):
    """A section of the proxy's configuration."""

    __tablename__ = "LiteLLM_Config"
    __table_args__ = (PrimaryKeyConstraint("param_name", name="LiteLLM_Config_pkey"),)

    param_name: Mapped[Text]
    param_value: Mapped[Json | None]


class ConfigOverride(Base):
    """Settings of one type that go before the configuration."""

    __tablename__ = "LiteLLM_ConfigOverrides"
    __table_args__ = (PrimaryKeyConstraint("config_type", name="LiteLLM_ConfigOverrides_pkey"),)

    config_type: Mapped[Text]
    config_value: Mapped[Json]
    created_at: Mapped[Now]
    updated_at: Mapped[Moment]


class CacheConfig(Base):
    """Settings of the cache; one row."""

    __tablename__ = "LiteLLM_CacheConfig"
    __table_args__ = (PrimaryKeyConstraint("id", name="LiteLLM_CacheConfig_pkey"),)

    id: Mapped[Text] = mapped_column(server_default="cache_config")
    cache_settings: Mapped[Json]
    created_at: Mapped[Now]
    updated_at: Mapped[Moment]


class SsoConfig(Base):
    """Settings of single sign-on; one row."""

    __tablename__ = "LiteLLM_SSOConfig"
    __table_args__ = (PrimaryKeyConstraint("id", name="LiteLLM_SSOConfig_pkey"),)

    id: Mapped[Text] = mapped_column(server_default="sso_config")
    sso_settings: Mapped[Json]
    created_at: Mapped[Now]
    updated_at: Mapped[Moment]


class UiSettings(Base):
    """Settings of the web interface; one row."""

    __tablename__ = "LiteLLM_UISettings"
    __table_args__ = (PrimaryKeyConstraint("id", name="LiteLLM_UISettings_pkey"),)

    id: Mapped[Text] = mapped_column(server_default="ui_settings")
    ui_settings: Mapped[Json]
    created_at: Mapped[Now]
    updated_at: Mapped[Moment]


class CronJob(Base):
    """Which proxy leads a periodic job."""

    __tablename__ = "LiteLLM_CronJob"
    __table_args__ = (PrimaryKeyConstraint("cronjob_id", name="LiteLLM_CronJob_pkey"),)

    cronjob_id: Mapped[Text]
    pod_id: Mapped[Text]
    status: Mapped[JobStatus] = mapped_column(server_default="INACTIVE")
    last_updated: Mapped[Now]
    ttl: Mapped[Moment]


class HealthCheck(Base):
    """A check of a model's health."""

    __tablename__ = "LiteLLM_HealthCheckTable"
    __table_args__ = (
        PrimaryKeyConstraint("health_check_id", name="LiteLLM_HealthCheckTable_pkey"),
        Index("LiteLLM_HealthCheckTable_model_name_idx", "model_name"),
        Index("LiteLLM_HealthCheckTable_checked_at_idx", "checked_at"),
        Index("LiteLLM_HealthCheckTable_status_idx", "status"),
    )

    health_check_id: Mapped[Text]
    model_name: Mapped[Text]
    model_id: Mapped[Text | None]
    status: Mapped[Text]
    healthy_count: Mapped[SmallCount]
    unhealthy_count: Mapped[SmallCount]
    error_message: Mapped[Text | None]
    response_time_ms: Mapped[Double | None]
    details: Mapped[Json | None]
    checked_by: Mapped[Text | None]
    checked_at: Mapped[Now]
    created_at: Mapped[Now]
    updated_at: Mapped[Moment]
