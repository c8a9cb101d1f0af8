"""Fixtures of the tests at a running gateway (docs/live.md). Without one they are skipped.

live_gateway   the proxy, over HTTP
live           gwctl on the proxy's database: live("keys list")
live_database  that database, row by row
sides          the two of them doing the same, for comparison
name           names of this run's own: name("team") -> "live-3f2a9c1e-team-7"

What was not in the database before is deleted at the end, by gwctl.
"""

from __future__ import annotations

import itertools
import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from live.gateway import Gateway, settle
from live.program import LiveProgram
from live.sides import Sides
from support.database import Database

VARIABLES = ("GWCTL_LIVE_URL", "GWCTL_LIVE_MASTER_KEY", "GWCTL_LIVE_SALT_KEY", "GWCTL_LIVE_DATABASE_URL")
RUN = f"live-{uuid.uuid4().hex[:8]}"
NUMBERS = itertools.count(1)


@pytest.fixture(scope="session", autouse=True)
def variables() -> dict[str, str]:
    """The four that say where the gateway is, and how it seals."""
    missing = [name for name in VARIABLES if not os.environ.get(name)]
    if missing:
        pytest.skip(f"no running gateway: {', '.join(missing)} not set (docs/live.md)")
    return {name: os.environ[name] for name in VARIABLES}


@pytest.fixture(scope="session")
def live_gateway(variables: dict[str, str]) -> Gateway:
    return Gateway(variables["GWCTL_LIVE_URL"], variables["GWCTL_LIVE_MASTER_KEY"])


@pytest.fixture(scope="session")
def live_database(variables: dict[str, str]) -> Iterator[Database]:
    database = Database(variables["GWCTL_LIVE_DATABASE_URL"])
    yield database
    database.close()


@pytest.fixture(scope="session")
def live(
    variables: dict[str, str], live_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveProgram]:
    program = LiveProgram(live_database, tmp_path_factory.mktemp("live-home"), variables["GWCTL_LIVE_SALT_KEY"])
    there = ids(live_database)
    yield program
    clean_up(program, there)


@pytest.fixture(scope="session")
def name() -> Callable[[str], str]:
    return lambda kind: f"{RUN}-{kind}-{next(NUMBERS)}"


@pytest.fixture(scope="session")
def sides(
    variables: dict[str, str], live_gateway: Gateway, live: LiveProgram, live_database: Database,
    name: Callable[[str], str],
) -> Sides:  # fmt: skip
    return Sides(live_gateway, live, live_database, name, variables["GWCTL_LIVE_SALT_KEY"])


@pytest.fixture
def manifest(tmp_path: Path) -> Callable[[str], Path]:
    """A file with this text."""

    def write(text: str) -> Path:
        path = tmp_path / f"manifest-{next(NUMBERS)}.yaml"
        path.write_text(text)
        return path

    return write


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Limits of requests are counted by a proxy that has just been started, and not for long."""
    items.sort(key=lambda item: item.path.name != "test_rate_limits.py")


OURS = {
    "invitations": ("LiteLLM_InvitationLink", "id"),
    "policies": ("LiteLLM_PolicyTable", "policy_id"),
    "guardrails": ("LiteLLM_GuardrailsTable", "guardrail_id"),
    "prompts": ("LiteLLM_PromptTable", "id"),
    "agents": ("LiteLLM_AgentsTable", "agent_id"),
    "vector-stores": ("LiteLLM_ManagedVectorStoresTable", "vector_store_id"),
    "search-tools": ("LiteLLM_SearchToolsTable", "search_tool_id"),
    "plugins": ("LiteLLM_ClaudeCodePluginTable", "id"),
    "mcp": ("LiteLLM_MCPServerTable", "server_id"),
    "models": ("LiteLLM_ProxyModelTable", "model_id"),
    "credentials": ("LiteLLM_CredentialsTable", "credential_id"),
    "keys": ("LiteLLM_VerificationToken", "token"),
    "teams": ("LiteLLM_TeamTable", "team_id"),
    "users": ("LiteLLM_UserTable", "user_id"),
    "projects": ("LiteLLM_ProjectTable", "project_id"),
    "orgs": ("LiteLLM_OrganizationTable", "organization_id"),
    "customers": ("LiteLLM_EndUserTable", "user_id"),
    "tags": ("LiteLLM_TagTable", "tag_name"),
    "access-groups": ("LiteLLM_AccessGroupTable", "access_group_id"),
    "budgets": ("LiteLLM_BudgetTable", "budget_id"),
}
"""What the tests make, and where; what refers to others comes before them."""

PROXYS = {"default_user_id"}


def ids(database: Database) -> dict[str, set[str]]:
    return {group: {row[key] for row in database.rows(table)} for group, (table, key) in OURS.items()}


def clean_up(program: LiveProgram, there: dict[str, set[str]]) -> None:
    """Deletes what was not there before, by gwctl, whether it bears a name of this run or none. A customer whose last
    request is charged only now is written again by the gateway."""
    assert program.database
    for _ in range(5):
        _delete(program, there)
        left = {group: found for group, now in ids(program.database).items() if (found := now - there[group] - PROXYS)}
        if not left:
            return
        settle()
    assert not left, f"not deleted: {left}"


def _delete(program: LiveProgram, there: dict[str, set[str]]) -> None:
    assert program.database
    for group, (table, key) in OURS.items():
        now = {row[key] for row in program.database.rows(table)}
        if found := sorted(now - there[group] - PROXYS):
            program([group, "delete", *found, "--yes", "--force"])
