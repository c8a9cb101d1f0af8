"""What the proxy writes and an operator may look at and remove: files, batches (resources 14), health checks, cron jobs
and failed requests (spend 1.6, 1.9, 1.10, 5.4)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from gateway.literals import Row, Step, gone, writes_exactly
from gateway.rows import LONG_AGO, utc_now
from support.database import Database
from support.program import Program

TABLES = {
    "files": "ManagedFileTable", "batches": "ManagedObjectTable", "health": "HealthCheckTable", "cron-jobs": "CronJob",
    "errors": "ErrorLogs", "managed-vector-stores": "ManagedVectorStoreTable",
}  # fmt: skip


def put_file(database: Database, name: str = "f-1") -> Row:
    return database.insert(
        "LiteLLM_ManagedFileTable", id=name, unified_file_id=f"u-{name}", file_object={"filename": "in.jsonl"},
        model_mappings={"m-1": "file-abc"}, flat_model_file_ids=["file-abc"], created_by="ada", updated_at=LONG_AGO,
    )  # fmt: skip


def put_batch(database: Database, name: str, **columns: Any) -> Row:
    rest = {"file_purpose": "batch", "status": "in_progress", "file_object": {"input_file_id": "u-f-1"}, **columns}
    return database.insert(
        "LiteLLM_ManagedObjectTable", id=name, unified_object_id=f"u-{name}", model_object_id=f"p-{name}",
        created_by="ada", updated_at=LONG_AGO, **rest,
    )  # fmt: skip


def put_check(database: Database, name: str, model: str, days: float, **columns: Any) -> Row:
    at = utc_now() - timedelta(days=days)
    rest = {"status": "healthy", "healthy_count": 1, "model_id": f"m-{model}", **columns}
    return database.insert(
        "LiteLLM_HealthCheckTable", health_check_id=name, model_name=model, checked_at=at, created_at=at,
        updated_at=at, **rest,
    )  # fmt: skip


def put_error(database: Database, name: str, days: float) -> Row:
    at = utc_now() - timedelta(days=days)
    return database.insert("LiteLLM_ErrorLogs", request_id=name, startTime=at, endTime=at, status_code="500")


def put_all(database: Database) -> None:
    put_file(database)
    put_file(database, "f-2")
    put_batch(database, "b-run")
    put_batch(database, "b-lost", status="failed")
    put_batch(database, "b-paid", status="complete", batch_processed=True)
    put_batch(database, "r-1", file_purpose="response", status="queued", file_object={})
    put_check(database, "h-old", "gpt-4o", 50)
    put_check(database, "h-mid", "gpt-4o", 40, status="unhealthy")
    put_check(database, "h-new", "gpt-4o", 0.1)
    put_check(database, "h-o3", "o3", 60, status="unhealthy")
    put_check(database, "h-none", "none", 70, model_id=None)
    put_check(database, "h-none-2", "none", 65, model_id=None)
    put_error(database, "e-old", 50)
    put_error(database, "e-new", 1)
    database.insert("LiteLLM_CronJob", cronjob_id="c-1", pod_id="pod", ttl=LONG_AGO)
    database.insert("LiteLLM_ManagedVectorStoreTable", id="mv-1", unified_resource_id="u-mv-1", resource_object={},
                    model_mappings={"m-1": "vs-abc"}, flat_model_resource_ids=["vs"], updated_at=LONG_AGO)  # fmt: skip


DELETED: dict[str, tuple[str, list[str]]] = {
    "a file": ("files delete f-2", ["f-2"]),
    "a file by the proxy's id": ("files delete u-f-2", ["f-2"]),
    "a file of a batch in progress, insisted on": ("files delete f-1 --force", ["f-1"]),
    "14 a batch whose cost is booked": ("batches delete b-paid", ["b-paid"]),
    "a batch that failed": ("batches delete p-b-lost", ["b-lost"]),
    "a batch in progress, insisted on": ("batches delete b-run --force", ["b-run"]),
    "a stored response has no cost to book": ("batches delete r-1", ["r-1"]),
    "a check": ("health delete h-old", ["h-old"]),
    "5.4 old checks, the newest of each model stays": ("health prune --older-than 30d", ["h-mid", "h-none", "h-old"]),
    "5.4 the oldest of them": ("health prune --older-than 30d --limit 1", ["h-none"]),
    "1.10 a stale row": ("cron-jobs delete c-1", ["c-1"]),
    "14 a store that a request made": ("managed-vector-stores delete u-mv-1", ["mv-1"]),
    "1.6 a failed request": ("errors delete e-new", ["e-new"]),
    "1.6 old ones": ("errors prune --older-than 30d", ["e-old"]),
}


@pytest.mark.parametrize(("command", "keys"), DELETED.values(), ids=DELETED)
def test_delete(gwctl: Program, database: Database, command: str, keys: list[str]) -> None:
    put_all(database)
    steps: list[Step] = [gone(key) for key in keys]
    with writes_exactly(database, **{TABLES[command.split()[0]]: steps}):
        gwctl(f"--actor ann {command} --yes")


REFUSED: dict[str, tuple[str, int]] = {
    "a file of a batch in progress": ("files delete f-1 --yes", 4),
    "a batch whose cost is not booked": ("batches delete b-run --yes", 4),
    "files: no such": ("files delete nobody --yes", 3),
    "files: nobody to ask": ("files delete f-2", 2),
    "files: a rehearsal": ("files delete f-2 --dry-run", 0),
    "files are made by requests alone": ("files create x", 2),
    "health: a span that is none": ("health prune --older-than soon --yes", 5),
    "health: nobody to ask": ("health prune --older-than 30d", 2),
    "errors: nothing so old": ("errors prune --older-than 300d --yes", 0),
    "a name of several": ("health delete gpt-4o --yes", 4),
}


@pytest.mark.parametrize(("command", "code"), REFUSED.values(), ids=REFUSED)
def test_writes_nothing(gwctl: Program, database: Database, command: str, code: int) -> None:
    put_all(database)
    with writes_exactly(database):
        gwctl(command, code=code)


def test_lists_and_looks(gwctl: Program, database: Database) -> None:
    put_all(database)
    for group in TABLES:
        rows = gwctl(f"{group} list -o json").json
        key = next(iter(database.keys()[f"LiteLLM_{TABLES[group]}"]))
        assert {row[key] for row in rows} == {row[key] for row in database.rows(f"LiteLLM_{TABLES[group]}")}
        assert gwctl(["--quiet", group, "get", rows[0][key], "-o", "json"]).json[key] == rows[0][key]


def test_status_is_that_of_the_last_check(gwctl: Program, database: Database) -> None:
    put_all(database)
    rows = gwctl("health status -o json").json
    assert [(row["model_name"], row["health_check_id"]) for row in rows] == [
        ("gpt-4o", "h-new"), ("none", "h-none-2"), ("o3", "h-o3"),
    ]  # fmt: skip
    assert gwctl("health status --unhealthy -o name").lines == ["o3"]
