"""What the gateway's own endpoints make, gwctl reads, changes, exports, applies and deletes; the gateway then answers
with what gwctl left."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from live.comparison import CALLER
from live.gateway import POLL, Gateway, eventually
from live.program import LiveProgram
from live.sides import Body, fill
from live.turns import Name
from live.views import VIEWS, contained
from support.database import Database

pytestmark = pytest.mark.live


@dataclass(frozen=True)
class Theirs:
    """Something that the gateway makes. {word} is its name, of letters, digits and underscores."""

    path: str
    body: Body
    change: Sequence[str]
    """Options of gwctl's update."""
    changed: Body
    """What the gateway then shows, among other things."""
    read: Body = field(default_factory=dict)
    """What gwctl shows, where it is not what was sent under the same name."""
    stays: str = ""
    """The table of what a proxy keeps in memory until it starts anew, as gwctl says. There the row is gone."""


SECRET, MASK = "sk-none", "********"

CARD = {
    "protocolVersion": "1.0", "name": "helper", "description": "d", "url": "http://127.0.0.1:9", "version": "1",
    "defaultInputModes": ["text"], "defaultOutputModes": ["text"], "capabilities": {}, "skills": [],
}  # fmt: skip

THEIRS = {
    "budgets": Theirs(
        "/budget/new", {"budget_id": "{word}", "max_budget": 50, "budget_duration": "30d"},
        ["--max-budget", "60"], {"max_budget": 60, "budget_duration": "30d"},
    ),
    "orgs": Theirs(
        "/organization/new",
        {"organization_id": "{word}", "organization_alias": "{word}", "max_budget": 50, "models": ["m"],
         "metadata": {"owner": "ada"}},
        ["--max-budget", "60", "--metadata", "site=bern", "--models", "m,n"],
        {"litellm_budget_table": {"max_budget": 60}, "metadata": {"owner": "ada", "site": "bern"},
         "models": ["m", "n"]},
    ),
    "users": Theirs(
        "/user/new",
        {"user_id": "{word}", "user_email": "{word}@example.com", "user_role": "internal_user", "max_budget": 5,
         "models": ["m"], "auto_create_key": False},
        ["--max-budget", "6", "--user-alias", "Ada"], {"max_budget": 6, "user_alias": "Ada", "models": ["m"]},
        read={"auto_create_key": ...},
    ),
    "customers": Theirs(
        "/customer/new", {"user_id": "{word}", "alias": "{word} Ltd", "max_budget": 5, "budget_duration": "30d"},
        ["--max-budget", "6", "--alias", "other"],
        {"alias": "other", "litellm_budget_table": {"max_budget": 6, "budget_duration": "30d"}},
    ),
    "tags": Theirs(
        "/tag/new", {"name": "{word}", "description": "one", "max_budget": 5},
        ["--max-budget", "6", "--description", "two"],
        {"description": "two", "litellm_budget_table": {"max_budget": 6}}, read={"name": ..., "tag_name": "{word}"},
    ),
    "models": Theirs(
        "/model/new",
        {"model_name": "{word}", "litellm_params": {"model": "openai/x", "api_key": SECRET, "mock_response": "one"},
         "model_info": {"id": "{word}-id", "tier": "free"}},
        ["--litellm-params", "mock_response=two"],
        {"litellm_params": {"mock_response": "two", "model": "openai/x"}, "model_info": {"id": "{word}-id"}},
        read={
            "litellm_params": {"model": "openai/x", "api_key": MASK, "mock_response": "one"},
            "model_id": "{word}-id",
        },
    ),
    "credentials": Theirs(
        "/credentials",
        {"credential_name": "{word}", "credential_values": {"api_key": SECRET, "api_base": "http://127.0.0.1:9"},
         "credential_info": {"custom_llm_provider": "openai"}},
        ["--credential-values", "api_base=http://127.0.0.1:8"],
        {"credential_values": {"api_base": "http://127.0.0.1:8"}, "credential_info": {"custom_llm_provider": "openai"}},
        read={"credential_values": {"api_key": MASK, "api_base": "http://127.0.0.1:9"}},
    ),
    "mcp": Theirs(
        "/v1/mcp/server",
        {"alias": "{word}", "url": "http://127.0.0.1:9/mcp", "transport": "http", "auth_type": "bearer_token",
         "credentials": {"auth_value": SECRET}, "mcp_access_groups": ["{word}"], "allowed_tools": ["search"]},
        ["--description", "two", "--allowed-tools", "search,fetch"],
        {"description": "two", "allowed_tools": ["search", "fetch"], "auth_type": "bearer_token",
         "mcp_access_groups": ["{word}"]},
        read={"credentials": {"auth_value": MASK}},
    ),
    "access-groups": Theirs(
        "/v1/access_group", {"access_group_name": "{word}", "access_model_names": ["m"]},
        ["--description", "two", "--access-model-names", "m,n"],
        {"description": "two", "access_model_names": ["m", "n"]},
    ),
    "guardrails": Theirs(
        "/guardrails",
        {"guardrail": {"guardrail_name": "{word}", "guardrail_info": {"description": "one"},
                       "litellm_params": {"guardrail": "tool_permission", "mode": "pre_call"}}},
        ["--guardrail-info", "description=two", "--mode", "post_call"],
        {"guardrail_info": {"description": "two"}, "litellm_params": {"mode": "post_call"}},
        read={"guardrail": ..., "guardrail_name": "{word}", "guardrail_info": {"description": "one"},
              "litellm_params": {"guardrail": "tool_permission", "mode": "pre_call", "default_on": False}},
        stays="GuardrailsTable",
    ),
    "policies": Theirs(
        "/policies",
        {"policy_name": "{word}", "description": "one", "guardrails_add": ["g1"], "condition": {"model": "gpt-.*"}},
        ["--description", "two", "--guardrails-add", "g1,g2"],
        {"description": "two", "guardrails_add": ["g1", "g2"], "version_number": 2, "version_status": "production"},
    ),
    "agents": Theirs(
        "/v1/agents", {"agent_name": "{word}", "agent_card_params": CARD, "litellm_params": {"model": "m"}},
        ["--agent-card-params", "version=2", "--rpm-limit", "5"],
        {"agent_card_params": {**CARD, "version": "2"}, "litellm_params": {"model": "m"}, "rpm_limit": 5},
    ),
    "prompts": Theirs(
        "/prompts",
        {"prompt_id": "{word}", "litellm_params": {"prompt_id": "{word}", "prompt_integration": "dotprompt",
                                                   "dotprompt_content": "one"}},
        ["--dotprompt-content", "two"], {"litellm_params": {"dotprompt_content": "two"}, "version": 2},
        stays="PromptTable",
    ),
    "search-tools": Theirs(
        "/search_tools",
        {"search_tool": {"search_tool_name": "{word}",
                         "litellm_params": {"search_provider": "tavily", "api_key": SECRET}}},
        ["--litellm-params", "timeout:=5"], {"litellm_params": {"search_provider": "tavily", "timeout": 5}},
        read={"search_tool": ..., "search_tool_name": "{word}",
              "litellm_params": {"search_provider": "tavily", "api_key": MASK}},
    ),
    "vector-stores": Theirs(
        "/vector_store/new",
        {"vector_store_id": "{word}", "custom_llm_provider": "openai", "vector_store_name": "one"},
        ["--vector-store-name", "two"], {"vector_store_name": "two", "custom_llm_provider": "openai"},
    ),
    "plugins": Theirs(
        "/claude-code/plugins",
        {"name": "{word}", "version": "1", "source": {"source": "github", "repo": "a/b"}},
        ["--description", "two"], {"description": "two", "version": "1"},
    ),
}  # fmt: skip
"""By gwctl's group. The last model and the last search tool of a database stay in memory too: there are others."""


@dataclass
class Seen:
    """What came of it, step by step."""

    word: str
    read: Any = None
    plan: Any = None
    changed: Any = None
    word_on_deletion: str = ""
    gone: Any = None
    rows: Sequence[Any] = ()


@pytest.fixture(scope="module")
def seen(
    live_gateway: Gateway, live: LiveProgram, live_database: Database, name: Name,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Seen]:  # fmt: skip
    """All of them together, so that the gateway's own clock is waited for once a step."""
    words = {group: _word(name(group), group) for group in THEIRS}
    seen = {group: Seen(word) for group, word in words.items()}
    live(["models", "create", name("model"), "--model", "openai/x"])
    live(["search-tools", "create", name("tool"), "--search-provider", "tavily"])
    for group, theirs in THEIRS.items():
        answer = live_gateway.ask("POST", theirs.path, fill(theirs.body, words[group]))
        assert answer.status in (200, 201), f"{group}: {answer}"
        seen[group].read = live([group, "get", words[group], "-o", "json"]).json
        live([group, "update", words[group], *theirs.change, "--yes"])
    file = tmp_path_factory.mktemp("export") / "all.yaml"
    exported = live(["export", *THEIRS]).stdout
    file.write_text(exported.replace(f"'{MASK}'", "{env: SECRET}"))  # an export bears no secret: it is named again
    for group, word in words.items():
        assert word in file.read_text(), f"{group} is not exported"
    plan = live(["--debug", "apply", "-f", file, "--yes", "-o", "json"], env={"SECRET": SECRET}).json
    for group in THEIRS:
        seen[group].plan = [one for one in plan["changes"] if words[group] in json.dumps(one)]
        seen[group].changed = _awaited(live_gateway, group, words[group], THEIRS[group])
    for group, word in reversed([*words.items()]):
        seen[group].word_on_deletion = live([group, "delete", word, "--yes"]).stderr
    for group, word in words.items():
        seen[group].gone = None if THEIRS[group].stays else _left(live_gateway, group, word)
        if table := THEIRS[group].stays:
            seen[group].rows = [row for row in live_database.rows(f"LiteLLM_{table}") if word in row.values()]
    return seen


def _word(text: str, group: str) -> str:
    """MCP servers may have no dash in their names, plugins nothing else."""
    return text if group == "plugins" else text.replace("-", "_")


def _awaited(gateway: Gateway, group: str, word: str, theirs: Theirs) -> Any:
    """How the gateway shows it as soon as it shows what was changed, or in the end."""
    wanted, last = fill(theirs.changed, word), None

    def is_so() -> bool:
        nonlocal last
        last = VIEWS[group](gateway, word)
        return last is not None and contained(wanted, last)

    try:
        eventually(is_so, within=POLL)
    except AssertionError:
        return last
    return last


def _left(gateway: Gateway, group: str, word: str) -> Any:
    try:
        eventually(lambda: VIEWS[group](gateway, word) is None, within=POLL)
    except AssertionError:
        return VIEWS[group](gateway, word)
    return None


@pytest.mark.parametrize("group", THEIRS)
def test_row_of_the_gateways(seen: dict[str, Seen], group: str) -> None:
    theirs, found = THEIRS[group], seen[group]
    said = {name: value for name, value in {**theirs.body, **theirs.read}.items() if value is not ...}
    assert contained(fill(said, found.word), found.read), found.read
    assert found.plan == []
    assert contained(fill(theirs.changed, found.word), found.changed), found.changed
    assert found.gone is None
    if theirs.stays:
        assert "anew" in found.word_on_deletion, found.word_on_deletion
        assert not found.rows


def test_members_and_invitations_of_the_gateways(live_gateway: Gateway, live: LiveProgram, name: Name) -> None:
    """What hangs on two others has no name of its own: it is read and changed through them."""
    org, user, post = name("org"), name("user"), live_gateway.post
    post("/organization/new", organization_id=org, organization_alias=org)
    post("/user/new", user_id=user, user_email=f"{user}@example.com", auto_create_key=False)
    post("/organization/member_add", organization_id=org, member={"user_id": user, "role": "internal_user"})
    live(["users", "create", CALLER, "--user-role", "proxy_admin", "--if-not-exists"])
    link = post("/invitation/new", user_id=user)["id"]

    def members() -> list[tuple[str, str]]:
        found = live_gateway.get("/organization/info", organization_id=org).body["members"]
        return [(one["user_id"], one["user_role"]) for one in found]

    assert live(["orgs", "get", org, "-o", "json"]).json["members"] == [{"user": user, "role": "internal_user"}]
    live(["orgs", "members", "update", org, user, "--role", "org_admin", "--max-budget", "5"])
    assert members() == [(user, "org_admin")]
    exported = live(["export", "orgs", "-o", "json"]).json["orgs"]
    [mine] = [one for one in exported if one["organization_alias"] == org]
    assert mine["members"] == [{"user": user, "role": "org_admin", "max_budget": 5}]
    assert live(["apply", "-f", "-", "--yes", "-o", "json"], stdin=json.dumps({"orgs": [mine]})).json["changes"] == []
    live(["orgs", "members", "remove", org, user, "--yes"])
    assert members() == []

    [shown] = live(["invitations", "list", "--user", user, "-o", "json"]).json
    assert (shown["id"], shown["is_accepted"]) == (link, False)
    live(["invitations", "update", link, "--expires-at", "2035-01-01T00:00:00Z"])
    assert live_gateway.get("/invitation/info", invitation_id=link).body["expires_at"].startswith("2035-01-01")
    live(["invitations", "delete", link, "--yes"])
    assert live_gateway.get("/invitation/info", invitation_id=link).status == 400


def test_jwt_mappings_of_the_gateways(live_gateway: Gateway, live: LiveProgram, name: Name) -> None:
    keys, claim, post = {name("key"): f"sk-{name('secret')}" for _ in range(2)}, name("claim"), live_gateway.post
    for alias, secret in keys.items():
        post("/key/generate", key_alias=alias, key=secret)
    one, other = keys
    made = post("/jwt/key/mapping/new", jwt_claim_name="sub", jwt_claim_value=claim, key=keys[one])["id"]
    [shown] = live(["keys", "jwt-mappings", "list", "--key", one, "-o", "json"]).json
    assert (shown["id"], shown["jwt_claim_value"], shown["is_active"]) == (made, claim, True)
    live(["keys", "jwt-mappings", "update", made, "--key", other, "--description", "two", "--no-active"])
    token = live(["keys", "get", other, "-o", "json"]).json["token"]
    found = live_gateway.get("/jwt/key/mapping/info", id=made).body
    wanted = {"jwt_claim_name": "sub", "jwt_claim_value": claim, "description": "two", "is_active": False}
    assert contained(wanted, found), found
    assert live(["keys", "jwt-mappings", "list", "--key", other, "-o", "json"]).json[0]["token"] == token
    assert live_gateway.ask("POST", "/key/delete", {"keys": [keys[other]]}).status == 500  # the mapping holds it
    live(["keys", "jwt-mappings", "remove", made, "--yes"])
    assert live_gateway.get("/jwt/key/mapping/info", id=made).status == 404
    post("/key/delete", keys=[keys[other]])
