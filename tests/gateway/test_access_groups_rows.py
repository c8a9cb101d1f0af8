"""`access-groups` write these rows (resources 5.1), both sides of who has a group always in step; and groups of models
(5.2), which are a field of each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.literals import Row, Step, changed, gone, put, writes_exactly
from gateway.rows import NOW, UUID, hash_of, put_key
from gateway.seals import ENV, seal
from support.database import Database
from support.program import Program

TOKEN, OTHER = hash_of("sk-nightly-0123456789"), hash_of("sk-other-0123456789")
BARE: Row = {
    "access_group_id": UUID, "access_group_name": "wide", "description": None, "access_model_names": [],
    "access_mcp_server_ids": [], "access_agent_ids": [], "assigned_team_ids": [], "assigned_key_ids": [],
    "created_at": NOW, "created_by": "ann", "updated_at": NOW, "updated_by": "ann",
}  # fmt: skip
Tables = dict[str, list[Step]]

CREATED: dict[str, tuple[str, Row]] = {
    "nothing else": ("", {}),
    "all that it opens": (
        "--description 'For all' --access-model-names gpt-4o,claude-* --access-mcp-server-ids s-1"
        " --access-agent-ids a-1",
        {"description": "For all", "access_model_names": ["gpt-4o", "claude-*"], "access_mcp_server_ids": ["s-1"],
         "access_agent_ids": ["a-1"]},
    ),
    "an id of its own": ("--access-group-id g-1", {"access_group_id": "g-1"}),
}  # fmt: skip


@pytest.mark.parametrize(("options", "columns"), CREATED.values(), ids=CREATED)
def test_create(gwctl: Program, database: Database, options: str, columns: Row) -> None:
    with writes_exactly(database, AccessGroupTable=[Step("+", columns={**BARE, **columns})]):
        gwctl(f"--actor ann access-groups create wide {options}")


def build(database: Database) -> None:
    """A group that a team and two keys have, one of which the group does not list, and one that nobody has."""
    put(database, "AccessGroupTable", access_group_id="g-1", access_group_name="wide", access_model_names=["gpt-4o"],
        access_agent_ids=[], access_mcp_server_ids=["s-1"], assigned_team_ids=["t-1", "t-gone"],
        assigned_key_ids=[TOKEN])  # fmt: skip
    put(database, "AccessGroupTable", access_group_id="g-2", access_group_name="narrow", access_model_names=[],
        access_agent_ids=[], access_mcp_server_ids=[], assigned_team_ids=[], assigned_key_ids=[])  # fmt: skip
    put(database, "TeamTable", team_id="t-1", team_alias="ops", access_group_ids=["g-1", "g-2"])
    put_key(database, "sk-nightly-0123456789", access_group_ids=["g-1"])
    put_key(database, "sk-other-0123456789", key_alias="other", access_group_ids=["g-2", "g-1"])


UPDATED: dict[str, tuple[str, Row]] = {
    "what it opens": ("--access-model-names o3 --add-access-agent-ids a-1", {"access_model_names": ["o3"],
                                                                           "access_agent_ids": ["a-1"]}),
    "null is empty": ("--set-null access_model_names --set-null access_mcp_server_ids",
                      {"access_model_names": [], "access_mcp_server_ids": []}),
    "another name": ("--access-group-name broad --description x", {"access_group_name": "broad", "description": "x"}),
}  # fmt: skip


@pytest.mark.parametrize(("options", "columns"), UPDATED.values(), ids=UPDATED)
def test_update(gwctl: Program, database: Database, options: str, columns: Row) -> None:
    build(database)
    with writes_exactly(database, AccessGroupTable=[changed("g-1", **columns)]):
        gwctl(f"--actor ann access-groups update wide {options}")


GIVEN: dict[str, tuple[str, Tables]] = {
    "to a team": (
        "teams update ops --access-groups narrow",
        {"TeamTable": [changed("t-1", access_group_ids=["g-2"])],
         "AccessGroupTable": [changed("g-1", assigned_team_ids=["t-gone"])]},
    ),
    "to a key, to which it is listed then": (
        "keys update nightly --add-access-groups narrow",
        {"VerificationToken": [changed(TOKEN, access_group_ids=["g-1", "g-2"])],
         "AccessGroupTable": [changed("g-2", assigned_key_ids=[TOKEN])]},
    ),
    "and taken from one": (
        "keys update nightly --remove-access-groups wide",
        {"VerificationToken": [changed(TOKEN, access_group_ids=[])],
         "AccessGroupTable": [changed("g-1", assigned_key_ids=[])]},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("command", "tables"), GIVEN.values(), ids=GIVEN)
def test_given(gwctl: Program, database: Database, command: str, tables: Tables) -> None:
    """The gateway's own key and team endpoints leave the group's side alone."""
    build(database)
    with writes_exactly(database, **tables):
        gwctl(f"--actor ann {command}")


def test_delete_takes_it_from_whoever_has_it_listed_or_not(gwctl: Program, database: Database) -> None:
    build(database)
    with writes_exactly(
        database,
        AccessGroupTable=[gone("g-1")],
        TeamTable=[changed("t-1", access_group_ids=["g-2"])],
        VerificationToken=[changed(TOKEN, access_group_ids=[]), changed(OTHER, access_group_ids=["g-2"])],
    ):
        gwctl("--actor ann access-groups delete wide --yes")


REFUSED: dict[str, tuple[str, int]] = {
    "409 the name is taken": ("create wide", 4),
    "409 so is the id": ("create other --access-group-id g-1", 4),
    "409 another's name": ("update wide --access-group-name narrow", 4),
    "404": ("update nobody --description x", 3),
    "404 of a deletion": ("delete nobody --yes", 3),
    "without a name": ("create", 2),
    "teams and keys say which they have": ("update wide --assigned-team-ids t-2", 2),
    "a rehearsal": ("delete wide --dry-run", 0),
    "what is so already": ("update wide --access-model-names gpt-4o", 0),
    "gone already": ("delete nobody --ignore-missing --yes", 0),
}


@pytest.mark.parametrize(("command", "code"), REFUSED.values(), ids=REFUSED)
def test_writes_nothing(gwctl: Program, database: Database, command: str, code: int) -> None:
    build(database)
    with writes_exactly(database):
        gwctl(f"--actor ann access-groups {command}", code=code)


def test_a_manifest_says_it_on_the_side_that_has_it(gwctl: Program, database: Database) -> None:
    build(database)
    Path("m.json").write_text(json.dumps({"access-groups": [{"access_group_name": "wide", "assigned_team_ids": []}]}))
    with writes_exactly(database):
        assert "looked at, not set" in gwctl("apply -f m.json --yes", code=5).stderr


MODELS: dict[str, tuple[str, dict[str, Any]]] = {
    "new: it is added to several": ("gpt-4o o3 --add-access-groups beta", {"m-1": ["beta", "x"], "m-2": ["beta"]}),
    "taken from all": ("gpt-4o o3 --remove-access-groups x", {"m-1": []}),
}


@pytest.mark.parametrize(("options", "groups"), MODELS.values(), ids=MODELS)
def test_groups_of_models(gwctl: Program, database: Database, options: str, groups: dict[str, list[str]]) -> None:
    """5.2, model_info alone; the rest of it stays."""
    for model_id, name, held in (("m-1", "gpt-4o", ["x"]), ("m-2", "o3", [])):
        database.insert("LiteLLM_ProxyModelTable", model_id=model_id, model_name=name, created_by="r", updated_by="r",
                        litellm_params={"model": seal("a/b")}, model_info={"id": model_id, "access_groups": held,
                                                                          "mode": "chat"})  # fmt: skip
    gwctl(f"models update {options}", env=ENV)
    for row in database.rows("LiteLLM_ProxyModelTable"):
        info = {name: value for name, value in row["model_info"].items() if value != []}
        wanted = groups.get(row["model_id"], [])
        assert sorted(info.pop("access_groups", [])) == wanted
        assert info == {"id": row["model_id"], "mode": "chat"}
