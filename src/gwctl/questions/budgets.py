"""Who is over a budget, who is near it, and when it starts anew, by the gateway's own comparisons.

Source: proxy/auth/auth_checks.py; a key, a member and an organisation are over at their limit, others only above it. An
organisation's 0 means no limit. A proxy compares what it holds in memory, which may be some seconds ahead.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from gwctl.core.unit import Unit

NEAR = 0.8
AT_LIMIT = frozenset({"key", "member", "org"})

KINDS: dict[str, str] = {
    "key": """
        SELECT v.token AS id, coalesce(v.key_alias, v.key_name, v.token) AS name, v.spend,
               coalesce(v.max_budget, b.max_budget) + CASE
                   WHEN v.metadata ->> 'temp_budget_expiry' > :moment
                    AND jsonb_typeof(v.metadata -> 'temp_budget_increase') = 'number'
                   THEN CAST(v.metadata ->> 'temp_budget_increase' AS double precision) ELSE 0 END AS max_budget,
               coalesce(v.budget_reset_at, b.budget_reset_at) AS budget_reset_at, v.budget_id
        FROM "LiteLLM_VerificationToken" v LEFT JOIN "LiteLLM_BudgetTable" b ON b.budget_id = v.budget_id
        WHERE v.team_id IS DISTINCT FROM 'litellm-dashboard'
    """,
    "team": """
        SELECT team_id AS id, coalesce(team_alias, team_id) AS name, spend, max_budget, budget_reset_at,
               NULL AS budget_id
        FROM "LiteLLM_TeamTable"
    """,
    "user": """
        SELECT user_id AS id, coalesce(user_email, user_alias, user_id) AS name, spend, max_budget, budget_reset_at,
               NULL AS budget_id
        FROM "LiteLLM_UserTable"
    """,
    "member": """
        SELECT m.user_id || ':' || m.team_id AS id, m.user_id || ' in ' || coalesce(t.team_alias, m.team_id) AS name,
               m.spend, b.max_budget, b.budget_reset_at, m.budget_id
        FROM "LiteLLM_TeamMembership" m JOIN "LiteLLM_BudgetTable" b ON b.budget_id = m.budget_id
        LEFT JOIN "LiteLLM_TeamTable" t ON t.team_id = m.team_id
    """,
    "org": """
        SELECT o.organization_id AS id, o.organization_alias AS name, o.spend, b.max_budget,
               b.budget_reset_at, o.budget_id
        FROM "LiteLLM_OrganizationTable" o JOIN "LiteLLM_BudgetTable" b ON b.budget_id = o.budget_id
    """,
    "project": """
        SELECT p.project_id AS id, coalesce(p.project_alias, p.project_id) AS name, p.spend, b.max_budget,
               b.budget_reset_at, p.budget_id
        FROM "LiteLLM_ProjectTable" p JOIN "LiteLLM_BudgetTable" b ON b.budget_id = p.budget_id
    """,
    "customer": """
        SELECT e.user_id AS id, coalesce(e.alias, e.user_id) AS name, e.spend, b.max_budget, b.budget_reset_at,
               b.budget_id
        FROM "LiteLLM_EndUserTable" e JOIN "LiteLLM_BudgetTable" b ON b.budget_id = coalesce(e.budget_id, (
            SELECT param_value ->> 'max_end_user_budget_id' FROM "LiteLLM_Config"
            WHERE param_name = 'litellm_settings' AND jsonb_typeof(param_value) = 'object'))
    """,
    "tag": """
        SELECT t.tag_name AS id, t.tag_name AS name, t.spend, b.max_budget, b.budget_reset_at, t.budget_id
        FROM "LiteLLM_TagTable" t JOIN "LiteLLM_BudgetTable" b ON b.budget_id = t.budget_id
    """,
}
TABLES = {
    "key": "LiteLLM_VerificationToken", "team": "LiteLLM_TeamTable", "user": "LiteLLM_UserTable",
    "member": "LiteLLM_TeamMembership", "org": "LiteLLM_OrganizationTable", "project": "LiteLLM_ProjectTable",
    "customer": "LiteLLM_EndUserTable", "tag": "LiteLLM_TagTable",
}  # fmt: skip


def usage(unit: Unit, *, budget: str | None = None, states: frozenset[str] = frozenset()) -> Iterator[dict[str, Any]]:
    """A record for each thing that has a limit, the fullest first. `budget`: only those that share this row."""
    known = {kind: text for kind, text in KINDS.items() if unit.has(TABLES[kind])}
    parts = [f"SELECT '{kind}' AS kind, x.* FROM ({text}) x" for kind, text in known.items()]  # noqa: S608 - all ours
    query = f"""
        SELECT * FROM ({" UNION ALL ".join(parts)}) u
        WHERE max_budget IS NOT NULL AND (CAST(:budget AS text) IS NULL OR budget_id = :budget)
        ORDER BY CASE WHEN max_budget > 0 THEN spend / max_budget ELSE 1 END DESC, kind, name, id
    """  # noqa: S608 - the parts are those above
    for row in unit.connection.execute(
        sa.text(query), {"budget": budget, "moment": unit.now.replace(tzinfo=None).isoformat(timespec="seconds")}
    ).mappings():
        found = _record(dict(row))
        if not states or found["state"] in states:
            yield found


def _record(row: dict[str, Any]) -> dict[str, Any]:
    spend, limit = row["spend"] or 0.0, row["max_budget"]
    over = spend >= limit if row["kind"] in AT_LIMIT else spend > limit
    if row["kind"] == "org" and limit == 0:
        over = False
    state = "over" if over else "near" if limit and spend >= NEAR * limit else "ok"
    percent = round(100 * spend / limit, 1) if limit else None
    names = ("kind", "name", "id", "spend", "max_budget")
    return {
        **{name: row[name] for name in names},
        "percent": percent,
        "state": state,
        "budget_reset_at": row["budget_reset_at"],
        "budget_id": row["budget_id"],
    }
