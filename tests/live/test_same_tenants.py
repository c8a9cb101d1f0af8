"""Organisations, their members, customers, tags and invitations of gwctl's have the rows that the endpoints make."""

from __future__ import annotations

import pytest

from live import things
from live.comparison import Meant
from live.sides import Body, Deed, Maker, New, Request, Sides, said

pytestmark = pytest.mark.live

ORG: Body = {"organization_alias": "{word}-org"}
CUSTOMER: Body = {"user_id": "{word}-customer"}
TAG: Body = {"name": "{word}-tag"}
LIMITS: Body = {"max_budget": 12.5, "soft_budget": 5, "tpm_limit": 1000, "rpm_limit": 10}
PERMISSION: Body = {"object_permission": {"vector_stores": ["v"], "agents": ["a"], "mcp_access_groups": ["g"]}}

NEW_ORG = Maker("/organization/new", "orgs", "organization_alias", {"organization_id": "organization_id"})
NEW_CUSTOMER = Maker("/customer/new", "customers", "user_id", {"user_id": "user_id"})
NEW_TAG = Maker("/tag/new", "tags", "tag_name", {"name": "tag_name"})

MOMENT = Meant(
    "inserted", "BudgetTable", "budget_reset_at",
    "the endpoint leaves it empty; the proxy's reset job fills in the moment that gwctl writes, once it has set the "
    "spend back without need",
)  # fmt: skip

ORGS = {
    "name": New(ORG),
    "id": New({**ORG, "organization_id": "{word}-id"}),
    "limits": New({**ORG, **LIMITS, "max_parallel_requests": 3}),
    "budget of nothing": New({**ORG, "max_budget": 0}),
    "period": New({**ORG, "max_budget": 5, "budget_duration": "30d"}, meant=[MOMENT]),
    "budget that has a name": New({**ORG, "budget_id": "{word}-budget"}, given=[things.budget()]),
    "models": New({**ORG, "models": ["gpt-4o", "openai/*"]}),
    "metadata": New({**ORG, "metadata": {"owner": "ada", "list": [1, None], "deep": {"b": None}}}),
    "limits of models": New({**ORG, "model_rpm_limit": {"m": 5}, "model_tpm_limit": {"m": 500}, "metadata": {"x": 1}}),
    "permission": New({**ORG, **PERMISSION}),
}

CUSTOMERS = {
    "id": New(CUSTOMER),
    "alias": New({**CUSTOMER, "alias": "Ada Ltd"}),
    "limits": New({**CUSTOMER, **LIMITS, "max_parallel_requests": 3}),
    "budget of nothing": New({**CUSTOMER, "max_budget": 0}),
    **{
        f"period {text}": New({**CUSTOMER, "max_budget": 5, "budget_duration": text})
        for text in ("1h", "1d", "7d", "30d", "1mo")
    },
    "budget that has a name": New({**CUSTOMER, "budget_id": "{word}-budget"}, given=[things.budget()]),
    "blocked": New({**CUSTOMER, "blocked": True}),
    "region": New({**CUSTOMER, "allowed_model_region": "eu"}),
    "permission": New({**CUSTOMER, **PERMISSION}),
}

TAGS = {
    "name": New(TAG),
    "description": New({**TAG, "description": "Batch jobs"}),
    "limits": New({**TAG, **LIMITS, "max_parallel_requests": 3}),
    "budget of nothing": New({**TAG, "max_budget": 0}),
    "period": New({**TAG, "max_budget": 5, "budget_duration": "30d"}, meant=[MOMENT]),
    "budget that has a name": New({**TAG, "budget_id": "{word}-budget"}, given=[things.budget()]),
}

MAKING = {
    f"{maker.group}, {case}": (maker, new)
    for maker, cases in ((NEW_ORG, ORGS), (NEW_CUSTOMER, CUSTOMERS), (NEW_TAG, TAGS))
    for case, new in cases.items()
}


@pytest.mark.parametrize("case", MAKING)
def test_it_is_made(sides: Sides, case: str) -> None:
    found = sides.differ_in_making(*MAKING[case])
    assert not found, said(found)


def deed(request: Request, command: str, *given: Request, meant: tuple[Meant, ...] = ()) -> Deed:
    return Deed([request], [command], given=given, meant=meant)


ADA: Body = {"user_id": "{word}-ada", "role": "internal_user"}
OF_ORG: Body = {"organization_id": "{word}-org"}
IN_ORG = ("/organization/member_add", {**OF_ORG, "member": ADA})
INVITER = ("/user/update", {"user_id": "default_user_id", "user_role": "proxy_admin"})


def customer(**rest: object) -> Request:
    return "/customer/new", {**CUSTOMER, **rest}


def tag(**rest: object) -> Request:
    return "/tag/new", {**TAG, **rest}


DEEDS = {
    "member of an organisation": deed(
        IN_ORG, "orgs members add {word}-org {word}-ada", things.org(), things.user("ada")
    ),
    "member of an organisation, made": deed(IN_ORG, "orgs members add {word}-org {word}-ada", things.org()),
    "admin of an organisation": deed(
        ("/organization/member_add", {**OF_ORG, "member": {**ADA, "role": "org_admin"}}),
        "orgs members add {word}-org {word}-ada --role org_admin", things.org(), things.user("ada"),
    ),
    "member of an organisation, another role": deed(
        ("PATCH /organization/member_update", {**OF_ORG, "user_id": "{word}-ada", "role": "org_admin"}),
        "orgs members update {word}-org {word}-ada --role org_admin", things.org(), things.user("ada"), IN_ORG,
    ),
    "member of an organisation, a first budget": deed(
        ("PATCH /organization/member_update",
         {**OF_ORG, "user_id": "{word}-ada", "max_budget_in_organization": 5}),
        "orgs members update {word}-org {word}-ada --max-budget 5", things.org(), things.user("ada"), IN_ORG,
    ),
    "member of an organisation, taken out": deed(
        ("DELETE /organization/member_delete", {**OF_ORG, "user_id": "{word}-ada"}),
        "orgs members remove {word}-org {word}-ada --yes", things.org(), things.user("ada"), IN_ORG,
    ),
    "organisation, limits": deed(
        ("PATCH /organization/update", {**OF_ORG, "max_budget": 9, "rpm_limit": 3}),
        "orgs update {word}-org --max-budget 9 --rpm-limit 3", things.org(max_budget=5),
    ),
    "organisation, models and name": deed(
        ("PATCH /organization/update", {**OF_ORG, "models": ["a"], "organization_alias": "{word}-other"}),
        "orgs update {word}-org --models a --organization-alias {word}-other", things.org(models=["b"]),
    ),
    "organisation, metadata": deed(
        ("PATCH /organization/update", {**OF_ORG, "metadata": {"owner": "bob"}}),
        "orgs update {word}-org --metadata owner=bob", things.org(metadata={"owner": "ada", "site": "bern"}),
    ),
    "customer, alias": deed(
        ("/customer/update", {**CUSTOMER, "alias": "two"}), "customers update {word}-customer --alias two", customer()
    ),
    "customer, a first budget": deed(
        ("/customer/update", {**CUSTOMER, "max_budget": 5}), "customers update {word}-customer --max-budget 5",
        customer(),
    ),
    "customer, another budget": deed(
        ("/customer/update", {**CUSTOMER, "max_budget": 5}), "customers update {word}-customer --max-budget 5",
        customer(max_budget=3, budget_duration="30d"),
    ),
    "customer, a budget that has a name": deed(
        ("/customer/update", {**CUSTOMER, "budget_id": "{word}-budget"}),
        "customers update {word}-customer --budget {word}-budget", customer(), things.budget(),
    ),
    "customer, blocked": deed(
        ("/customer/block", {"user_ids": ["{word}-customer"]}), "customers block {word}-customer --yes", customer()
    ),
    "customer, deleted": deed(
        ("/customer/delete", {"user_ids": ["{word}-customer"]}), "customers delete {word}-customer --yes", customer()
    ),
    "tag, models": deed(
        ("/tag/new", {**TAG, "models": ["{word}-id"]}), "tags create {word}-tag --models {word}-id",
        ("/model/new", {
            "model_name": "{word}-model", "model_info": {"id": "{word}-id"},
            "litellm_params": {"model": "openai/x", "mock_response": "one"},
        }),
    ),
    "tag, description": deed(
        ("/tag/update", {**TAG, "description": "two"}), "tags update {word}-tag --description two",
        tag(description="one"),
    ),
    "tag, another budget": deed(
        ("/tag/update", {**TAG, "max_budget": 9, "description": "d"}), "tags update {word}-tag --max-budget 9",
        tag(max_budget=5, description="d"),
    ),
    "tag, deleted": deed(("/tag/delete", TAG), "tags delete {word}-tag --yes", tag()),
    "invitation": deed(
        ("/invitation/new", {"user_id": "{word}-ada"}), "invitations create {word}-ada", things.user("ada"), INVITER
    ),
}  # fmt: skip


KEYS = (things.key(), things.key(key_alias="{word}-other", key="sk-{word}-other"))
MAPPING: Request = (
    "/jwt/key/mapping/new",
    {"jwt_claim_name": "sub", "jwt_claim_value": "{word}", "key": "sk-{word}-secret", "description": "one"},
)


def test_jwt_mapping_is_made(sides: Sides) -> None:
    command = "keys jwt-mappings add {word}-key --claim-name sub --claim-value {word} --description one"
    found = sides.differ(deed(MAPPING, command, *KEYS))
    assert not found, said(found)


@pytest.mark.parametrize("case", DEEDS)
def test_deed_leaves_the_same_rows(sides: Sides, case: str) -> None:
    found = sides.differ(DEEDS[case])
    assert not found, said(found)
