"""Which policies and guardrails apply to a request, as the page on resources says it in 7.3, step by step.

Written from that page alone, slowly and plainly; it shares nothing with the program. Rows are dicts as the database
holds them.
"""

from __future__ import annotations

import re
from typing import Any

Row = dict[str, Any]


def step_1(value: str | None, patterns: list[str]) -> bool:
    if value is None:
        return "*" in patterns
    for pattern in patterns:
        if pattern.endswith("*"):
            beginning = pattern[: len(pattern) - 1]
            if value[: len(beginning)] == beginning:
                return True
        elif pattern == value:
            return True
    return False


def step_2(attachment: Row, context: Row) -> bool:
    if attachment["scope"] == "*":
        return True
    for column, name in (("teams", "team_alias"), ("keys", "key_alias"), ("models", "model")):
        patterns = attachment[column]
        if len(patterns) == 0:
            patterns = ["*"]
        if not step_1(context[name], patterns):
            return False
    if len(attachment["tags"]) == 0:
        return True
    return any(step_1(tag, attachment["tags"]) for tag in context["tags"])


def step_3(attachments: list[Row], context: Row) -> dict[str, str]:
    """For each matched policy the id of the attachment that gives it."""
    winners: dict[str, str] = {}
    for attachment in sorted(attachments, key=lambda row: row["created_at"], reverse=True):
        if step_2(attachment, context) and attachment["policy_name"] not in winners:
            winners[attachment["policy_name"]] = attachment["attachment_id"]
    return winners


def condition_holds(condition: Any, model: str | None) -> bool:
    if not condition or condition.get("model") is None:
        return True
    if model is None:
        return False
    wanted = condition["model"]
    if isinstance(wanted, str):
        wanted = [wanted]
    for pattern in wanted:
        if pattern == model:
            return True
        try:
            if re.fullmatch(pattern, model):
                return True
        except re.error:
            pass  # taken literally, and that was not equal
    return False


def production(policies: list[Row]) -> dict[str, Row]:
    found: dict[str, Row] = {}
    for row in sorted(policies, key=lambda row: row["created_at"], reverse=True):
        if row["version_status"] == "production":
            found[row["policy_name"]] = row
    return found


def step_6(name: str, rows: dict[str, Row], model: str | None) -> set[str]:
    upwards: list[str] = []
    current: str | None = name
    while current is not None and current in rows and current not in upwards:
        upwards.append(current)
        current = rows[current]["inherit"]
    have: set[str] = set()
    for link in reversed(upwards):
        row = rows[link]
        if condition_holds(row["condition"], model):
            for guardrail in row["guardrails_add"]:
                have.add(guardrail)
            for guardrail in row["guardrails_remove"]:
                have.discard(guardrail)
    return have


def resolve(policies: list[Row], attachments: list[Row], context: Row, metadata: Row) -> Row:
    """`context`: team_alias, key_alias, model, tags. `metadata`: the policies and guardrails of key and team."""
    rows = production(policies)
    winners = step_3(attachments, context)
    applied = {name for name in winners if name in rows and condition_holds(rows[name]["condition"], context["model"])}
    shown = set()
    for name in applied:
        shown |= step_6(name, rows, context["model"])
    in_force = applied
    if not applied:  # step 8
        in_force = {name for name in winners if name in rows}
    flat = set(metadata["guardrails"])
    for name in metadata["policies"]:  # step 9
        if name in rows:
            flat |= step_6(name, rows, context["model"])
    for name in in_force:
        flat |= step_6(name, rows, context["model"])
    pipelines: dict[str, list[str]] = {}
    for name in in_force:
        if rows[name]["pipeline"]:
            pipelines[name] = [step["guardrail"] for step in rows[name]["pipeline"]["steps"]]
    for guardrails in pipelines.values():  # steps 7 and 10
        flat -= set(guardrails)
    return {
        "winners": winners,
        "applied": sorted(applied),
        "fallback": not applied and len(in_force) > 0,
        "guardrails": sorted(flat),
        "pipelines": pipelines,
        "endpoint_guardrails": sorted(shown),
    }
