"""Cron jobs: rows that say which proxy leads a periodic job. No release that gwctl knows reads or writes them."""

from __future__ import annotations

from gwctl.describe import Entity, Name, Spec


class CronJobSpec(Spec):
    cronjob_id: Name | None = None
    """The job's id."""


CRON_JOB = Entity(
    name="cron_job",
    group="cron-jobs",
    table="LiteLLM_CronJob",
    key="cronjob_id",
    spec=CronJobSpec,
    identity="cronjob_id",
    columns=("cronjob_id", "pod_id", "status", "last_updated", "ttl"),
    observed=("pod_id", "status", "last_updated", "ttl"),
    fixed=("cronjob_id",),
    in_manifests=False,
)
