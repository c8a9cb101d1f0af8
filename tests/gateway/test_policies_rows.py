"""`policies` write these rows (resources 7.1, 7.2)."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.literals import NOW, Row, Step, build_tenancy, changed, gone, writes_exactly
from gateway.policy_rows import attachment, build_policies, policy, put_attachment, put_policy
from gateway.rows import hash_of, put_key
from support.database import Database
from support.program import Program

Tables = dict[str, list[Step]]

PIPE = '{"mode": "pre_call", "steps": [{"guardrail": "pii"}, {"guardrail": "words", "on_fail": "next"}]}'
FULL_PIPE: Row = {
    "mode": "pre_call",
    "steps": [
        {"guardrail": "pii", "on_fail": "block", "on_pass": "allow", "pass_data": False,
         "modify_response_message": None},
        {"guardrail": "words", "on_fail": "next", "on_pass": "allow", "pass_data": False,
         "modify_response_message": None},
    ],
}  # fmt: skip

CREATED: dict[str, tuple[str, Row]] = {
    "7.1 nothing given: version 1, in production": ("", {}),
    "7.1 own columns": (
        "--description Asia --inherit base --guardrails-add words,topic --guardrails-remove pii",
        {"description": "Asia", "inherit": "base", "guardrails_add": ["words", "topic"], "guardrails_remove": ["pii"]},
    ),
    "7.1 a condition": ("""--condition '{"model": "gpt-.*"}'""", {"condition": {"model": "gpt-.*"}}),
    "7.1 a pipeline, with its defaults": (
        f"--guardrails-add pii,words --pipeline '{PIPE}'",
        {"guardrails_add": ["pii", "words"], "pipeline": FULL_PIPE},
    ),
    "a draft, which the gateway cannot": (
        "--version-status draft", {"version_status": "draft", "production_at": None},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("options", "columns"), CREATED.values(), ids=CREATED)
def test_create(gwctl: Program, database: Database, options: str, columns: Row) -> None:
    build_policies(database)
    with writes_exactly(database, PolicyTable=[policy("asia", **columns)]):
        gwctl(f"--actor ann policies create asia {options}")


NEXT: Row = {
    "version_number": 4, "parent_version_id": "p-eu-2", "inherit": "base", "guardrails_add": ["words"],
    "description": "Europe", "condition": {"model": "gpt-.*"},
}  # fmt: skip
IN_FORCE: Row = {**NEXT, "published_at": NOW, "production_at": NOW}

UPDATED: dict[str, tuple[str, list[Step]]] = {
    "7.1 what is in production gives way to a new version": (
        "eu --guardrails-add words,topic",
        [
            policy("eu", **{**IN_FORCE, "guardrails_add": ["words", "topic"]}),
            changed("p-eu-2", version_status="published", updated_by="ann"),
            changed("p-eu-3", is_latest=False, updated_by="ann"),
        ],
    ),
    "7.1 or stops at a draft": (
        "eu --description Union --version-status draft",
        [
            policy("eu", **NEXT | {"description": "Union", "version_status": "draft", "production_at": None}),
            changed("p-eu-3", is_latest=False, updated_by="ann"),
        ],
    ),
    "null, which the gateway cannot": (
        "eu --set-null inherit --set-null condition",
        [
            policy("eu", **{**IN_FORCE, "inherit": None, "condition": {}}),
            changed("p-eu-2", version_status="published", updated_by="ann"),
            changed("p-eu-3", is_latest=False, updated_by="ann"),
        ],
    ),
    "7.1 a draft changes in place": (
        "eu@3 --description Draft", [changed("p-eu-3", description="Draft", updated_by="ann")],
    ),
    "a draft that goes all the way": (
        "eu@3 --version-status production",
        [
            changed("p-eu-3", version_status="production", published_at=NOW, production_at=NOW, updated_by="ann"),
            changed("p-eu-2", version_status="published", updated_by="ann"),
        ],
    ),
    "what is so already": ("eu --description Europe --inherit base", []),
}  # fmt: skip


@pytest.mark.parametrize(("options", "steps"), UPDATED.values(), ids=UPDATED)
def test_update(gwctl: Program, database: Database, options: str, steps: list[Step]) -> None:
    build_policies(database)
    with writes_exactly(database, PolicyTable=steps):
        gwctl(f"--actor ann policies update {options} --yes")


def test_rename(gwctl: Program, database: Database) -> None:
    """All that names it follows: its versions, heirs, attachments, keys."""
    build_policies(database)
    put_policy(database, "leaf", inherit="eu")
    put_attachment(database, "eu", "a-1", teams=["research"])
    put_key(database, policies=["eu"], metadata={"policies": ["x", "eu"]})
    renamed = [changed(f"p-eu-{n}", policy_name="union", updated_by="ann") for n in (1, 2, 3)]
    with writes_exactly(
        database,
        PolicyTable=[*renamed, changed("p-leaf-1", inherit="union", updated_by="ann")],
        PolicyAttachmentTable=[changed("a-1", policy_name="union")],
        VerificationToken=[
            changed(hash_of("sk-nightly-0123456789-abcd"), policies=["union"], metadata={"policies": ["x", "union"]})
        ],
    ):
        gwctl("--actor ann policies update eu --policy-name union --yes")


STEPS: dict[str, tuple[str, list[Step]]] = {
    "7.1 new version, of the one in production": (
        "new-version eu",
        [
            policy("eu", **NEXT, version_status="draft", production_at=None),
            changed("p-eu-3", is_latest=False, updated_by="ann"),
        ],
    ),
    "7.1 new version, of another": (
        "new-version eu@1",
        [
            policy("eu", version_number=4, parent_version_id="p-eu-1", guardrails_add=["words"],
                   version_status="draft", production_at=None),
            changed("p-eu-3", is_latest=False, updated_by="ann"),
        ],
    ),
    "7.1 publish": (
        "publish eu@3", [changed("p-eu-3", version_status="published", published_at=NOW, updated_by="ann")],
    ),
    "publish the newest draft": (
        "publish eu", [changed("p-eu-3", version_status="published", published_at=NOW, updated_by="ann")],
    ),
    "7.1 promote: published_at stays": (
        "promote eu@1",
        [
            changed("p-eu-1", version_status="production", production_at=NOW, updated_by="ann"),
            changed("p-eu-2", version_status="published", updated_by="ann"),
        ],
    ),
    "demote, which the gateway refuses": (
        "demote eu", [changed("p-eu-2", version_status="published", updated_by="ann")],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("command", "steps"), STEPS.values(), ids=STEPS)
def test_steps(gwctl: Program, database: Database, command: str, steps: list[Step]) -> None:
    build_policies(database)
    with writes_exactly(database, PolicyTable=steps):
        gwctl(f"--actor ann policies {command} --yes")


ATTACHED: dict[str, tuple[str, Row]] = {
    "7.2 everybody": ("--scope '*'", {"scope": "*"}),
    "7.2 all kinds of targets": (
        "--team research --key nightly --model 'gpt-*' --tag eu --tag de",
        {"teams": ["research"], "keys": ["nightly"], "models": ["gpt-*"], "tags": ["eu", "de"]},
    ),
    "7.2 a team by id is written by its alias": ("--team t-research", {"teams": ["research"]}),
    "7.2 nobody of that name is there yet": ("--team later", {"teams": ["later"]}),
}  # fmt: skip


@pytest.mark.parametrize(("options", "columns"), ATTACHED.values(), ids=ATTACHED)
def test_attach(gwctl: Program, database: Database, options: str, columns: Row) -> None:
    build_tenancy(database)
    build_policies(database)
    put_key(database)
    put_attachment(database, "eu", "a-1", tags=["fr"])
    with writes_exactly(database, PolicyAttachmentTable=[attachment("eu", **columns)]):
        gwctl(f"--actor ann policies attach eu {options}")


def test_attach_twice(gwctl: Program, database: Database) -> None:
    build_policies(database)
    put_attachment(database, "eu", "a-1", tags=["de", "fr"])
    with writes_exactly(database):
        gwctl("--actor ann policies attach eu --tag fr --tag de")


DETACHED: dict[str, tuple[str, list[str]]] = {
    "by value": ("--tag fr", ["a-1"]),
    "by id": ("--attachment a-2", ["a-2"]),
    "all": ("--all", ["a-1", "a-2"]),
    "nothing set is everybody": ("--scope '*'", []),
}


@pytest.mark.parametrize(("options", "going"), DETACHED.values(), ids=DETACHED)
def test_detach(gwctl: Program, database: Database, options: str, going: list[str]) -> None:
    build_policies(database)
    put_attachment(database, "eu", "a-1", tags=["fr"])
    put_attachment(database, "eu", "a-2", teams=["research"], models=["gpt-*"])
    put_attachment(database, "base", "a-3", tags=["fr"])
    with writes_exactly(database, PolicyAttachmentTable=[gone(one) for one in going]):
        gwctl(f"--actor ann policies detach eu {options} --yes", code=0 if going else 3)


def test_delete_all_versions(gwctl: Program, database: Database) -> None:
    """Whatever names the policy lets it go; the gateway leaves attachments and names."""
    build_tenancy(database, metadata={"policies": ["eu"], "owner": "ada"})
    build_policies(database)
    put_attachment(database, "eu", "a-1", tags=["fr"])
    put_attachment(database, "base", "a-2", tags=["fr"])
    key = put_key(database, policies=["eu", "x"], metadata={"policies": ["eu", "x"]})
    with writes_exactly(
        database,
        PolicyTable=[gone(f"p-eu-{n}") for n in (1, 2, 3)],
        PolicyAttachmentTable=[gone("a-1")],
        VerificationToken=[changed(key["token"], policies=["x"], metadata={"policies": ["x"]})],
        TeamTable=[changed("t-research", policies=[], metadata={"policies": [], "owner": "ada"})],
    ):
        gwctl("--actor ann policies delete eu --yes")


@pytest.mark.parametrize(("name", "warned"), [("eu@3", False), ("eu@2", True), ("p-eu-1", False)])
def test_delete_one_version(gwctl: Program, database: Database, name: str, warned: bool) -> None:
    build_policies(database)
    put_attachment(database, "eu", "a-1", tags=["fr"])
    number = name[-1]
    with writes_exactly(database, PolicyTable=[gone(f"p-eu-{number}")]):
        result = gwctl(f"--actor ann policies delete {name} --yes")
    assert ("the policy is off" in result.text) is warned


def test_delete_what_others_inherit(gwctl: Program, database: Database) -> None:
    build_policies(database)
    with writes_exactly(database):
        gwctl("--actor ann policies delete base --yes", code=6)
    with writes_exactly(database, PolicyTable=[gone("p-base-1"), changed("p-eu-2", inherit=None)]):
        gwctl("--actor ann policies delete base --force --yes")


REFUSED: dict[str, tuple[str, int]] = {
    "7.1 create: name taken": ("create eu", 4),
    "7.1 create: no name": ("create", 2),
    "7.4 create: no such parent": ("create x --inherit nobody", 5),
    "7.4 create: its own parent": ("create x --inherit x", 5),
    "7.4 update: a circle": ("update base --inherit eu --yes", 5),
    "7.1 create: broken pipeline": ("""create x --pipeline '{"mode": "often", "steps": []}'""", 5),
    "7.1 create: pipeline without steps": ("""create x --pipeline '{"mode": "pre_call", "steps": []}'""", 5),
    "7.1 create: another key in the pipeline": (
        """create x --pipeline '{"mode": "pre_call", "steps": [{"guardrail": "pii"}], "name": "a"}'""",
        5,
    ),
    "7.1 create: another key in a step": (
        """create x --guardrails-add pii --pipeline '{"mode": "pre_call", "steps": [{"guardrail": "pii", "x": 1}]}'""",
        5,
    ),
    "7.4 create: a step that the policy does not add": (
        """create x --pipeline '{"mode": "pre_call", "steps": [{"guardrail": "pii"}]}'""",
        5,
    ),
    "7.1 create: a condition on something else": ("""create x --condition '{"team": "a"}'""", 5),
    "create: strict about guardrails": ("create x --guardrails-add unknown --strict", 6),
    "create: a rehearsal": ("create x --dry-run", 0),
    "7.1 update: no such policy": ("update nobody --description x --yes", 3),
    "7.1 update: no such version": ("update eu@9 --description x --yes", 3),
    "7.1 new version: no such policy": ("new-version nobody", 3),
    "7.1 new version: none in production": ("new-version idle", 3),
    "7.1 publish: not a draft": ("publish eu@2", 6),
    "7.1 promote: a draft": ("promote eu@3", 6),
    "7.1 promote: in production": ("promote eu@2", 6),
    "demote: not in production": ("demote eu@1 --yes", 6),
    "7.2 attach: none in production": ("attach idle --tag x", 3),
    "7.2 attach: nobody": ("attach eu", 2),
    "7.2 attach: everybody and some": ("attach eu --scope '*' --tag x", 5),
    "7.2 attach: another scope": ("attach eu --scope all", 5),
    "delete: nobody to ask": ("delete eu", 2),
}


@pytest.mark.parametrize(("command", "code"), REFUSED.values(), ids=REFUSED)
def test_writes_nothing(gwctl: Program, database: Database, command: str, code: int) -> None:
    build_policies(database)
    put_policy(database, "idle", version_status="draft", production_at=None)
    with writes_exactly(database):
        gwctl(f"--actor ann policies {command}", code=code)


def test_compare(gwctl: Program, database: Database) -> None:
    build_policies(database)
    assert gwctl("policies compare eu@1 eu -o json").json == [
        {"field": "inherit", "old": None, "new": "base"},
        {"field": "description", "old": None, "new": "Europe"},
        {"field": "condition", "old": None, "new": {"model": "gpt-.*"}},
    ]
    assert gwctl("policies compare eu@1 eu@1 -o json").json == []


def test_reads(gwctl: Program, database: Database) -> None:
    build_policies(database)
    put_attachment(database, "eu", "a-1", tags=["fr"])
    listed: Any = gwctl("policies list -o json").json
    assert [(one["policy_name"], one["version_number"]) for one in listed] == [("base", 1), ("eu", 2)]
    versions = gwctl("policies versions eu -o json").json
    assert [(one["version_number"], one["version_status"]) for one in versions] == [
        (1, "published"), (2, "production"), (3, "draft"),
    ]  # fmt: skip
    assert gwctl("policies get eu -o json").json["attachments"] == [{"tags": ["fr"]}]
    assert gwctl("policies get eu@3 -o json").json["guardrails_add"] == ["topic"]
    assert [one["attachment_id"] for one in gwctl("policies attachments eu -o json").json] == ["a-1"]
