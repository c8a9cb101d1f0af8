"""Organisations, projects, customers, tags and what hangs on them, as whole rows.

`made` is for these tables what `new` is for those of literals.py: every column of the row that is expected.
"""

from __future__ import annotations

from typing import Any

from gateway.literals import NOW, OWN_2, ROWS, SOON, Row, Step, put
from gateway.rows import LONG_AGO, UUID, after
from support.database import Database

_TIMES: Row = {"created_at": NOW, "updated_at": NOW}
_STAMPS: Row = {**_TIMES, "created_by": "ann", "updated_by": "ann"}

WHOLE: dict[str, Row] = {
    "OrganizationTable": {
        "organization_id": UUID, "organization_alias": None, "budget_id": UUID, "metadata": {}, "models": [],
        "spend": 0.0, "model_spend": {}, "object_permission_id": None, **_STAMPS,
    },
    "OrganizationMembership": {"user_role": "internal_user", "spend": 0.0, "budget_id": None, **_TIMES},
    "ProjectTable": {
        "project_id": UUID, "project_alias": None, "description": None, "team_id": None, "budget_id": UUID,
        "metadata": {}, "models": [], "spend": 0.0, "model_spend": {}, "model_rpm_limit": {}, "model_tpm_limit": {},
        "blocked": False, "object_permission_id": None, **_STAMPS,
    },
    "EndUserTable": {
        "alias": None, "spend": 0.0, "allowed_model_region": None, "default_model": None, "budget_id": None,
        "object_permission_id": None, "blocked": False,
    },
    "TagTable": {
        "description": None, "models": [], "model_info": {}, "spend": 0.0, "budget_id": None, "created_by": "ann",
        **_TIMES,
    },
    "InvitationLink": {
        "id": UUID, "is_accepted": False, "accepted_at": None, "expires_at": after(days=7), "created_by": "ann",
        "updated_by": "ann", **_TIMES,
    },
    "JWTKeyMapping": {"id": UUID, "description": None, "is_active": True, **_STAMPS},
}  # fmt: skip
"""Rows as the endpoints write them where nothing is given (tenancy 1.2, 1.3, 1.8, 1.10; keys 3.10)."""


def made(table: str, **columns: Any) -> Step:
    return Step("+", columns={**(WHOLE.get(table) or ROWS[table]), **columns})


def put_owned(database: Database, table: str, budget: str | None, **columns: Any) -> Row:
    """An old row that refers to a budget row."""
    rest: Row = {"TagTable": {"models": [], "created_at": LONG_AGO, "updated_at": LONG_AGO}}.get(table, {})
    return put(database, table, **{**rest, **columns}, budget_id=budget)


def put_lab(database: Database, budget: str = OWN_2, **columns: Any) -> Row:
    """The organisation lab, with a budget row of its own."""
    limits: Row = {"max_budget": 10.0, "tpm_limit": 100, "budget_duration": "30d", "budget_reset_at": SOON}
    put(database, "BudgetTable", budget_id=OWN_2, **limits)
    had: Row = {
        "organization_id": "o-lab", "organization_alias": "lab", "models": ["gpt-4o"], "spend": 2.5,
        "metadata": {"owner": "ada", "deep": {"a": 1}}, "model_spend": {"gpt-4o": 2.5},
    }  # fmt: skip
    return put(database, "OrganizationTable", **{**had, **columns}, budget_id=budget)


OF_ADA = "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"


def put_people(database: Database) -> None:
    """In lab ada has a budget of her own, bob a shared one with a name, cyd none."""
    put(database, "BudgetTable", budget_id=OF_ADA, max_budget=2.0, budget_duration="30d", budget_reset_at=SOON)
    for user, budget in {"ada": OF_ADA, "bob": "standard", "cyd": None}.items():
        put_owned(database, "OrganizationMembership", budget, user_id=user, organization_id="o-lab", spend=1.5)


FULL_LIMITS = (
    "--max-budget 100.5 --soft-budget 50 --tpm-limit 9000000000 --rpm-limit 7 --max-parallel-requests 3"
    """ --budget-duration 30d --model-max-budget '{"o3": {"max_budget": 5.0, "budget_duration": "1d"}}'"""
)
FULL_BUDGET: Row = {
    "max_budget": 100.5, "soft_budget": 50.0, "tpm_limit": 9_000_000_000, "rpm_limit": 7, "max_parallel_requests": 3,
    "model_max_budget": {"o3": {"max_budget": 5.0, "budget_duration": "1d"}}, "budget_duration": "30d",
    "budget_reset_at": after(days=30),
}  # fmt: skip
"""All limits at once, and the budget row that they make. The endpoints of organisations, tags and projects leave the
reset moment NULL (1.1), upon which the reset job zeroes the owner's spend once, within ten minutes (4.5 c, I-12)."""
