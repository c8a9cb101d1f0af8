"""`guardrails` write these rows (resources 8, 17)."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.literals import NOW, Row, build_tenancy, changed, gone, writes_exactly
from gateway.policy_rows import build_policies, put_policy
from gateway.resource_rows import CARRIED, made, put_thing
from gateway.rows import put_key
from support.database import Database
from support.program import Program

LAKERA: Row = {**CARRIED, "guardrail": "lakera_v2", "mode": "pre_call"}

CREATED: dict[str, tuple[str, Row]] = {
    "8 what a row must carry": ("", {}),
    "8 modes and a default": ("--mode pre_call,post_call --default-on",
                              {"mode": ["pre_call", "post_call"], "default_on": True}),
    "8 a secret out of a place, in plain text": ("--api-key env:RAIL_KEY --api-base http://r",
                                                 {"api_key": "s3cret", "api_base": "http://r"}),
    "8 other parameters": ("--litellm-params fail_on_error:=false --litellm-params project=x",
                           {"fail_on_error": False, "project": "x"}),
}  # fmt: skip


@pytest.mark.parametrize(("options", "params"), CREATED.values(), ids=CREATED)
def test_create(gwctl: Program, database: Database, options: str, params: Row) -> None:
    mode = "" if "--mode" in options else "--mode pre_call"
    with writes_exactly(
        database, GuardrailsTable=[made("GuardrailsTable", guardrail_name="pii", litellm_params={**LAKERA, **params})]
    ):
        result = gwctl(
            f"--actor ann guardrails create pii --guardrail lakera_v2 {mode} {options}", env={"RAIL_KEY": "s3cret"}
        )
    assert "s3cret" not in result.text


def put_rail(database: Database, name: str = "pii", **columns: Any) -> Row:
    params = {**LAKERA, "patterns": [{"name": "mine"}]}
    return put_thing(database, "GuardrailsTable", guardrail_id=f"r-{name}", guardrail_name=name,
                     **{"litellm_params": params, **columns})  # fmt: skip


UPDATED: dict[str, tuple[str, Row]] = {
    "8 merged, and custom patterns stay": (
        "--mode post_call",
        {"litellm_params": {**LAKERA, "patterns": [{"name": "mine"}], "mode": "post_call"}},
    ),
    "8 info": ("--guardrail-info owner=ada", {"guardrail_info": {"owner": "ada"}}),
}


@pytest.mark.parametrize(("options", "columns"), UPDATED.values(), ids=UPDATED)
def test_update(gwctl: Program, database: Database, options: str, columns: Row) -> None:
    put_rail(database)
    with writes_exactly(database, GuardrailsTable=[changed("r-pii", **columns)]):
        gwctl(f"--actor ann guardrails update pii {options} --yes")


def test_secret_stays_and_is_not_shown(gwctl: Program, database: Database) -> None:
    put_rail(database, litellm_params={**LAKERA, "api_key": "s3cret"})
    results = [
        gwctl("guardrails update pii --mode post_call --yes"),
        gwctl("guardrails get pii -o json"),
        gwctl("guardrails list -o json"),
        gwctl("export guardrails"),
        gwctl("guardrails update pii --api-key env:RAIL_KEY --yes -o json", env={"RAIL_KEY": "an0ther"}),
    ]
    for result in results:
        assert "s3cret" not in result.text
        assert "an0ther" not in result.text
    params = database.row("LiteLLM_GuardrailsTable", guardrail_name="pii")["litellm_params"]
    assert params == {**LAKERA, "mode": "post_call", "api_key": "an0ther"}


def test_rename_takes_names_along(gwctl: Program, database: Database) -> None:
    build_tenancy(database, metadata={"guardrails": ["words", "pii"]})
    build_policies(database)
    steps = [{"guardrail": "pii", "on_fail": "block"}, {"guardrail": "words", "on_fail": "block"}]
    put_policy(database, "piped", guardrails_add=["pii", "words"], pipeline={"mode": "pre_call", "steps": steps})
    moved = [{"guardrail": "privacy", "on_fail": "block"}, steps[1]]
    with writes_exactly(
        database,
        GuardrailsTable=[changed("r-pii", guardrail_name="privacy")],
        PolicyTable=[
            changed("p-base-1", guardrails_add=["privacy"]),
            changed("p-piped-1", guardrails_add=["privacy", "words"], pipeline={"mode": "pre_call", "steps": moved}),
        ],
        TeamTable=[changed("t-research", metadata={"guardrails": ["words", "privacy"]})],
    ):
        gwctl("--actor ann guardrails update pii --guardrail-name privacy --yes")


def test_delete_leaves_every_list(gwctl: Program, database: Database) -> None:
    build_policies(database)
    key = put_key(database, metadata={"guardrails": ["words", "x"]})
    with writes_exactly(
        database,
        GuardrailsTable=[gone("r-words")],
        PolicyTable=[changed("p-eu-1", guardrails_add=[]), changed("p-eu-2", guardrails_add=[])],
        VerificationToken=[changed(key["token"], metadata={"guardrails": ["x"]})],
    ):
        result = gwctl("--actor ann guardrails delete words --yes")
    assert "keeps it until it is started anew" in result.text


def test_delete_does_not_take_a_step_out_of_a_pipeline(gwctl: Program, database: Database) -> None:
    put_rail(database)
    put_rail(database, "words")
    steps = [{"guardrail": "pii"}, {"guardrail": "words"}]
    put_policy(database, "piped", guardrails_add=["pii", "words"], pipeline={"mode": "pre_call", "steps": steps})
    put_policy(database, "single", guardrails_add=["pii"], pipeline={"mode": "pre_call", "steps": steps[:1]})
    with writes_exactly(database):
        result = gwctl("--actor ann guardrails delete pii --yes", code=6)
    assert "pipeline" in result.text
    with writes_exactly(
        database,
        GuardrailsTable=[gone("r-pii")],
        PolicyTable=[
            changed("p-piped-1", guardrails_add=["words"], pipeline={"mode": "pre_call", "steps": steps[1:]}),
            changed("p-single-1", guardrails_add=[], pipeline=None),
        ],
    ):
        gwctl("--actor ann guardrails delete pii --force --yes")


@pytest.mark.parametrize(("verb", "status"), [("approve", "active"), ("reject", "rejected")])
def test_review(gwctl: Program, database: Database, verb: str, status: str) -> None:
    put_rail(database, status="pending_review")
    with writes_exactly(database, GuardrailsTable=[changed("r-pii", status=status, reviewed_at=NOW)]):
        gwctl(f"--actor ann guardrails {verb} pii --yes")


SUBMIT = "submit own --team research --user ada --mode pre_call"


def test_submit(gwctl: Program, database: Database) -> None:
    """A team's own, which waits; its parameters are as they were sent."""
    build_tenancy(database)
    params = {"guardrail": "generic_guardrail_api", "mode": "pre_call", "api_base": "https://g.org", "a": "b"}
    who = {"submitted_by_user_id": "ada", "submitted_by_email": "Ada@X.org", "team_guardrail": True, "owner": "ada"}
    row = made("GuardrailsTable", guardrail_name="own", litellm_params=params, guardrail_info=who, team_id="t-research",
               status="pending_review", submitted_at=NOW)  # fmt: skip
    with writes_exactly(database, GuardrailsTable=[row]):
        options = "--api-base https://g.org --litellm-params a=b --guardrail-info owner=ada"
        gwctl(f"--actor ann guardrails {SUBMIT} {options}")


REFUSED: dict[str, tuple[str, int]] = {
    "8 create: name taken": ("create pii --guardrail lakera --mode pre_call", 4),
    "8 create: no type": ("create x --mode pre_call", 5),
    "8 create: no mode": ("create x --guardrail lakera", 5),
    "8 create: another mode": ("create x --guardrail lakera --mode often", 5),
    "8 create: a Python class": ("create x --guardrail my.module.Rail --mode pre_call", 5),
    "a secret on the command line": ("create x --guardrail lakera --mode pre_call --litellm-params api_key=hush", 5),
    "8 update: no such guardrail": ("update nobody --mode pre_call --yes", 3),
    "8 update: its mode": ("update pii --set-null mode --yes", 5),
    "8 submit: name taken": (f"{SUBMIT.replace('own', 'pii')} --api-base https://g.org", 4),
    "8 submit: no such team": ("submit own --team nobody --mode pre_call --api-base https://g.org", 3),
    "8 submit: another type": (f"{SUBMIT} --guardrail presidio --api-base https://g.org", 5),
    "8 submit: no address": (SUBMIT, 5),
    "8 submit: no host": (f"{SUBMIT} --api-base https://", 5),
    "8 submit: not http": (f"{SUBMIT} --api-base ftp://g.org", 5),
    "8 submit: no mode": ("submit own --team research --api-base https://g.org", 5),
    "8 approve: no such guardrail": ("approve nobody", 3),
    "8 approve: reviewed already": ("approve pii", 6),
    "8 reject: reviewed already": ("reject turned-down", 6),
    "8 delete: no such guardrail": ("delete nobody --yes", 3),
}


@pytest.mark.parametrize(("command", "code"), REFUSED.values(), ids=REFUSED)
def test_writes_nothing(gwctl: Program, database: Database, command: str, code: int) -> None:
    build_tenancy(database)
    put_rail(database)
    put_rail(database, "turned-down", status="rejected")
    with writes_exactly(database):
        result = gwctl(f"--actor ann guardrails {command}", code=code)
    assert "hush" not in result.stderr.replace(command, "")


def test_reads(gwctl: Program, database: Database) -> None:
    put_rail(database)
    [line] = [line for line in gwctl("guardrails list").lines if line.startswith("pii")]
    assert line.split("\t")[:3] == ["pii", "lakera_v2", "pre_call"]
