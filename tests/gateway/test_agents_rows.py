"""`agents` write these rows (resources 4, 6, 17)."""

from __future__ import annotations

import pytest

from gateway.literals import Row, Step, changed, gone, new, put, writes_exactly
from gateway.resource_rows import CARD, made, put_thing
from gateway.rows import UUID, put_key
from support.database import Database
from support.program import Program

Tables = dict[str, list[Step]]
CARD_OPTIONS = "--agent-card-params name=helper --agent-card-params url=http://h"

CREATED: dict[str, tuple[str, Row, Tables]] = {
    "6 nothing besides the card": ("", {}, {}),
    "6 own columns": (
        "--litellm-params model=x --static-headers X-A=b --extra-headers X-B --agent-access-groups g --tpm-limit 5 "
        "--rpm-limit 6 --session-tpm-limit 7 --session-rpm-limit 8",
        {"litellm_params": {"model": "x"}, "static_headers": {"X-A": "b"}, "extra_headers": ["X-B"],
         "agent_access_groups": ["g"], "tpm_limit": 5, "rpm_limit": 6, "session_tpm_limit": 7, "session_rpm_limit": 8},
        {},
    ),
    "6 a permission row of its own": (
        """--mcp-servers s-1 --agents a-2 --models m --mcp-tool-permissions '{"s-1": ["read"]}'""",
        {"object_permission_id": UUID},
        {"ObjectPermissionTable": [new("ObjectPermissionTable", mcp_servers=["s-1"], agents=["a-2"], models=["m"],
                                       mcp_tool_permissions={"s-1": ["read"]})]},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("options", "columns", "others"), CREATED.values(), ids=CREATED)
def test_create(gwctl: Program, database: Database, options: str, columns: Row, others: Tables) -> None:
    with writes_exactly(database, AgentsTable=[made("AgentsTable", agent_name="helper", **columns)], **others):
        gwctl(f"--actor ann agents create helper {CARD_OPTIONS} {options}")


def put_agent(database: Database, agent_id: str = "a-1", **columns: object) -> Row:
    name = {"agent_id": agent_id, "agent_name": agent_id.replace("a-", "agent-")}
    return put_thing(database, "AgentsTable", **{**name, "spend": 2.5, **columns})


UPDATED: dict[str, tuple[str, Row]] = {
    "6 the card is merged": ("--agent-card-params version=2", {"agent_card_params": {**CARD, "version": "2"}}),
    "6 limits, null": ("--set-null tpm_limit", {"tpm_limit": None}),
    "6 what is not sent stays": ("--rpm-limit 9", {"rpm_limit": 9}),
}


@pytest.mark.parametrize(("options", "columns"), UPDATED.values(), ids=UPDATED)
def test_update(gwctl: Program, database: Database, options: str, columns: Row) -> None:
    put_agent(database, tpm_limit=5, static_headers={"X-A": "b"})
    with writes_exactly(database, AgentsTable=[changed("a-1", updated_by="ann", **columns)]):
        gwctl(f"--actor ann agents update agent-1 {options} --yes")


def build(database: Database, *agents: str) -> str:
    """A key, an access group and a key of its own that name the agents; the interface shows them to all."""
    put_agent(database)
    put(database, "ObjectPermissionTable", object_permission_id="o-1", agents=list(agents))
    put(database, "AccessGroupTable", access_group_id="g-1", access_group_name="g", access_agent_ids=list(agents))
    database.insert("LiteLLM_Config", param_name="litellm_settings",
                    param_value={"public_agent_groups": ["a-1", "a-9"], "x": 1})  # fmt: skip
    key = put_key(database, object_permission_id="o-1", agent_id="a-1")
    return str(key["token"])


def test_delete(gwctl: Program, database: Database) -> None:
    token = build(database, "a-1", "a-2")
    with writes_exactly(
        database,
        AgentsTable=[gone("a-1")],
        ObjectPermissionTable=[changed("o-1", agents=["a-2"])],
        AccessGroupTable=[changed("g-1", access_agent_ids=["a-2"])],
        VerificationToken=[changed(token, agent_id=None)],
        Config=[changed("litellm_settings", param_value={"public_agent_groups": ["a-9"], "x": 1})],
    ):
        gwctl("--actor ann agents delete agent-1 --yes")


def test_delete_does_not_open_all_agents(gwctl: Program, database: Database) -> None:
    """To the gateway an empty list is every agent."""
    build(database, "a-1")
    with writes_exactly(database):
        result = gwctl("--actor ann agents delete agent-1 --yes", code=6)
    assert "key nightly could call every agent" in result.text
    gwctl("--actor ann agents delete agent-1 --force --yes")
    assert database.row("LiteLLM_ObjectPermissionTable", object_permission_id="o-1")["agents"] == []


REFUSED: dict[str, tuple[str, int]] = {
    "6 create: name taken": (f"create agent-1 {CARD_OPTIONS}", 4),
    "6 create: no card": ("create x", 5),
    "6 update: no card": ("update agent-1 --set-null agent_card_params --yes", 5),
    "6 update: no such agent": ("update nobody --rpm-limit 1 --yes", 3),
    "6 update: negative": ("update agent-1 --rpm-limit=-1 --yes", 5),
    "6 delete: no such agent": ("delete nobody --yes", 3),
}


@pytest.mark.parametrize(("command", "code"), REFUSED.values(), ids=REFUSED)
def test_writes_nothing(gwctl: Program, database: Database, command: str, code: int) -> None:
    put_agent(database)
    with writes_exactly(database):
        gwctl(f"--actor ann agents {command}", code=code)
