"""What the proxy's public pages list: `make-public` and `make-private` (resources 3.3, 6, 16)."""

from __future__ import annotations

import pytest

from gateway.literals import Row, Step, changed, put, writes_exactly
from gateway.resource_rows import put_thing
from gateway.rows import LONG_AGO
from support.database import Database
from support.program import Program

Tables = dict[str, list[Step]]
STORED: Row = {"public_mcp_servers": ["s-1"], "public_agent_groups": ["a-1"], "callbacks": ["otel"]}


def config(**values: list[str]) -> Tables:
    return {"Config": [changed("litellm_settings", param_value={**STORED, **values})]}


CASES: dict[str, tuple[str, Tables]] = {
    "3.3 a server": ("mcp make-public jira", config(public_mcp_servers=["s-1", "s-2"])),
    "3.3 several, one of which is there": ("mcp make-public github jira", config(public_mcp_servers=["s-1", "s-2"])),
    "3.3 one that is there": ("mcp make-public github", {}),
    "6 an agent": ("agents make-public other", config(public_agent_groups=["a-1", "a-2"])),
    "an agent no more": ("agents make-private helper", config(public_agent_groups=[])),
    "one that was not": ("agents make-private other", {}),
    "a rehearsal": ("mcp make-public jira --dry-run", {}),
}


def put_things(database: Database) -> None:
    for server, alias in {"s-1": "github", "s-2": "jira"}.items():
        put(database, "MCPServerTable", server_id=server, alias=alias, transport="http", url="http://s")
    for agent, name in {"a-1": "helper", "a-2": "other"}.items():
        put_thing(database, "AgentsTable", agent_id=agent, agent_name=name)


@pytest.mark.parametrize(("command", "tables"), CASES.values(), ids=CASES)
def test_list(gwctl: Program, database: Database, command: str, tables: Tables) -> None:
    put_things(database)
    database.insert("LiteLLM_Config", param_name="litellm_settings", param_value=STORED)
    with writes_exactly(database, **tables):
        gwctl(f"--actor ann {command} --yes")


def test_the_section_is_made_and_nothing_else_of_the_proxys_file(gwctl: Program, database: Database) -> None:
    """Seen: the endpoint writes the master key and the database URL along with it."""
    put_things(database)
    gwctl("mcp make-public github")
    assert database.rows("LiteLLM_Config") == [
        {"param_name": "litellm_settings", "param_value": {"public_mcp_servers": ["s-1"]}, **_rest(database)}
    ]
    gwctl("mcp make-public nobody", code=3)


def _rest(database: Database) -> Row:
    [row] = database.rows("LiteLLM_Config")
    return {name: value for name, value in row.items() if name not in ("param_name", "param_value")}


def test_submissions(gwctl: Program, database: Database) -> None:
    """3.3: those that were submitted, the newest first."""
    put_things(database)
    for server, status in {"s-3": "pending_review", "s-4": "rejected"}.items():
        put(database, "MCPServerTable", server_id=server, alias=server, transport="http", url="http://s",
            approval_status=status, submitted_by="ada",
            submitted_at=LONG_AGO.replace(day=3 if server == "s-3" else 4))  # fmt: skip
    rows = gwctl("mcp submissions -o json").json
    assert [(row["server_id"], row["approval_status"]) for row in rows] == [
        ("s-4", "rejected"),
        ("s-3", "pending_review"),
    ]
