"""Failed requests, as gateways of old logged them. Newer ones write failures to the request log."""

from __future__ import annotations

from gwctl.describe import Entity, Name, Spec


class ErrorSpec(Spec):
    request_id: Name | None = None
    """The request's id."""


ERROR = Entity(
    name="error",
    group="errors",
    table="LiteLLM_ErrorLogs",
    key="request_id",
    spec=ErrorSpec,
    identity="request_id",
    columns=("request_id", "startTime", "litellm_model_name", "status_code", "exception_type", "exception_string", "…",
             "model_group", "model_id", "api_base", "endTime"),
    observed=("startTime", "endTime", "api_base", "model_group", "litellm_model_name", "model_id", "request_kwargs",
              "exception_type", "exception_string", "status_code"),
    fixed=("request_id",),
    in_manifests=False,
)  # fmt: skip
