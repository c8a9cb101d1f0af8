"""Policies, attachments and guardrails as literals: whole rows as the endpoints write them (resources 7, 8)."""

from __future__ import annotations

from typing import Any

from gateway.literals import NOW, Row, Step
from gateway.rows import LONG_AGO, UUID
from support.database import Database

_STAMPS: Row = {"created_at": NOW, "updated_at": NOW, "created_by": "ann", "updated_by": "ann"}
_OLD: Row = {"created_at": LONG_AGO, "updated_at": LONG_AGO, "created_by": "root", "updated_by": "root"}

POLICY: Row = {
    "policy_id": UUID, "policy_name": None, "version_number": 1, "version_status": "production",
    "parent_version_id": None, "is_latest": True, "published_at": None, "production_at": NOW, "inherit": None,
    "description": None, "guardrails_add": [], "guardrails_remove": [], "condition": {}, "pipeline": None, **_STAMPS,
}  # fmt: skip
"""What /policies writes where nothing is given (7.1)."""

ATTACHMENT: Row = {
    "attachment_id": UUID, "policy_name": None, "scope": None, "teams": [], "keys": [], "models": [], "tags": [],
    **_STAMPS,
}  # fmt: skip


def policy(name: str, **columns: Any) -> Step:
    return Step("+", columns={**POLICY, "policy_name": name, **columns})


def attachment(name: str, **columns: Any) -> Step:
    return Step("+", columns={**ATTACHMENT, "policy_name": name, **columns})


def put_policy(database: Database, name: str, number: int = 1, **columns: Any) -> Row:
    """A version that somebody made long ago: in production, unless something else is said."""
    old = {**POLICY, **_OLD, "policy_id": f"p-{name}-{number}", "policy_name": name, "version_number": number,
           "production_at": LONG_AGO}  # fmt: skip
    return database.insert("LiteLLM_PolicyTable", **{**old, **columns})


def put_attachment(database: Database, name: str, identifier: str, **columns: Any) -> Row:
    old = {**ATTACHMENT, **_OLD, "attachment_id": identifier, "policy_name": name}
    return database.insert("LiteLLM_PolicyAttachmentTable", **{**old, **columns})


def put_guardrail(database: Database, name: str, **columns: Any) -> Row:
    old: Row = {
        "guardrail_id": f"r-{name}", "guardrail_name": name, "litellm_params": {"guardrail": "lakera_v2",
        "mode": "pre_call"}, "guardrail_info": {}, "team_id": None, "status": "active", "submitted_at": None,
        "reviewed_at": None, "created_at": LONG_AGO, "updated_at": LONG_AGO,
    }  # fmt: skip
    return database.insert("LiteLLM_GuardrailsTable", **{**old, **columns})


def build_policies(database: Database) -> None:
    """eu: version 1 published, 2 in production, 3 a draft; base above eu; three guardrails."""
    for name in ("pii", "words", "topic"):
        put_guardrail(database, name)
    put_policy(database, "base", guardrails_add=["pii"])
    gone: Row = {"is_latest": False, "published_at": LONG_AGO}
    put_policy(database, "eu", 1, version_status="published", guardrails_add=["words"], **gone)
    put_policy(database, "eu", 2, inherit="base", guardrails_add=["words"], description="Europe",
               condition={"model": "gpt-.*"}, parent_version_id="p-eu-1", **gone)  # fmt: skip
    put_policy(database, "eu", 3, version_status="draft", guardrails_add=["topic"], production_at=None,
               parent_version_id="p-eu-2")  # fmt: skip
