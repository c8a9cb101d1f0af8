"""Health checks of models, one row a check, as proxies left them. No proxy ever removes one."""

from __future__ import annotations

from gwctl.describe import Entity, Name, Spec


class HealthCheckSpec(Spec):
    health_check_id: Name | None = None
    """The check's id."""


HEALTH_CHECK = Entity(
    name="health_check",
    group="health",
    table="LiteLLM_HealthCheckTable",
    key="health_check_id",
    spec=HealthCheckSpec,
    identity="health_check_id",
    names=("model_name",),
    columns=("model_name", "status", "healthy_count", "unhealthy_count", "error_message", "response_time_ms",
             "checked_at", "…", "health_check_id", "model_id", "checked_by"),
    observed=("model_name", "model_id", "status", "healthy_count", "unhealthy_count", "error_message",
              "response_time_ms", "details", "checked_by", "checked_at", "created_at", "updated_at"),
    fixed=("health_check_id",),
    in_manifests=False,
)  # fmt: skip
