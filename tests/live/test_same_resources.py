"""Models, credentials, MCP servers, guardrails, policies and the rest that gwctl makes, changes and deletes have the
rows that the gateway's endpoints make of the same values. What is sealed is compared as it was before."""

from __future__ import annotations

import pytest

from live.comparison import Meant
from live.sides import SECRETS, Body, Deed, Request, Sides, quoted, said

pytestmark = pytest.mark.live

SECRET = SECRETS["SECRET"]


def deed(request: Request, command: str, *given: Request, meant: tuple[Meant, ...] = ()) -> Deed:
    return Deed([request], [command], given=given, meant=meant)


def model(model_id: str = "", **parameters: object) -> Request:
    info = {"model_info": {"id": model_id}} if model_id else {}
    return "/model/new", {"model_name": "{word}-model", "litellm_params": {"model": "openai/x", **parameters}, **info}


def credential(**values: str) -> Request:
    return "/credentials", {
        "credential_name": "{word}-credential", "credential_values": {"api_key": SECRET, **values},
        "credential_info": {"custom_llm_provider": "openai"},
    }  # fmt: skip


PRICES = Meant(
    "inserted", "ProxyModelTable", "model_info",
    "prices among the parameters hold for both, since the router copies them when it loads the row; gwctl writes the "
    "copy too, and the endpoint, whose class would, is handed the parameters as it does not look for",
)  # fmt: skip
OWNER = Meant("inserted", "ManagedVectorStoresTable", "user_id", "the caller; gwctl is nobody in the gateway")

MODELS = {
    "plain": deed(model(), "models create {word}-model --model openai/x"),
    "id": deed(model("{word}-id"), "models create {word}-model --model openai/x --model-id {word}-id"),
    "key, address": deed(
        model(api_key=SECRET, api_base="http://127.0.0.1:9"),
        "models create {word}-model --model openai/x --api-key env:SECRET --api-base http://127.0.0.1:9",
    ),
    "credential": deed(
        model(litellm_credential_name="{word}-credential"),
        "models create {word}-model --model openai/x --litellm-credential-name {word}-credential", credential(),
    ),
    "other parameters": deed(
        model(rpm=5, timeout=2.5, extra_headers={"a": "b"}, tags=["x"]),
        "models create {word}-model --model openai/x --litellm-params "
        + quoted({"rpm": 5, "timeout": 2.5, "extra_headers": {"a": "b"}, "tags": ["x"]}),
    ),
    "prices": deed(
        model(input_cost_per_token=0.001, output_cost_per_token=0.002),
        "models create {word}-model --model openai/x --litellm-params input_cost_per_token:=0.001 "
        "--litellm-params output_cost_per_token:=0.002", meant=(PRICES,),
    ),
    "what is known of it": deed(
        ("/model/new", {
            "model_name": "{word}-model", "litellm_params": {"model": "openai/x"},
            "model_info": {"base_model": "gpt-4o", "mode": "chat", "tier": "paid", "access_groups": ["g"], "own": 1},
        }),
        "models create {word}-model --model openai/x --base-model gpt-4o --mode chat --tier paid --access-groups g "
        "--model-info own:=1",
    ),
    "changed": deed(
        ("PATCH /model/{word}-id/update", {"litellm_params": {"api_base": "http://127.0.0.1:8", "rpm": 6}}),
        "models update {word}-model --api-base http://127.0.0.1:8 --litellm-params rpm:=6",
        model("{word}-id", api_key=SECRET, api_base="http://127.0.0.1:9", rpm=5),
    ),
    "deleted": deed(("/model/delete", {"id": "{word}-id"}), "models delete {word}-model --yes", model("{word}-id")),
}  # fmt: skip

CREDENTIALS = {
    "values": deed(
        credential(api_base="http://127.0.0.1:9"),
        "credentials create {word}-credential --credential-values api_key=env:SECRET "
        "--credential-values api_base=http://127.0.0.1:9 --custom-llm-provider openai",
    ),
    "described": deed(
        ("/credentials", {"credential_name": "{word}-c", "credential_values": {"api_key": SECRET},
                          "credential_info": {"description": "d", "custom_llm_provider": "azure", "own": 1}}),
        "credentials create {word}-c --credential-values api_key=env:SECRET --custom-llm-provider azure "
        "--description d --credential-info own:=1",
    ),
    "changed": deed(
        ("PATCH /credentials/{word}-credential",
         {"credential_name": "{word}-credential", "credential_values": {"api_base": "http://127.0.0.1:8"},
          "credential_info": {"custom_llm_provider": "openai"}}),
        "credentials update {word}-credential --credential-values api_base=http://127.0.0.1:8", credential(),
    ),
    "deleted": deed(
        ("DELETE /credentials/{word}-credential", {}), "credentials delete {word}-credential --yes", credential()
    ),
}  # fmt: skip


def server(**rest: object) -> Request:
    return "/v1/mcp/server", {"alias": "{plain}", "url": "http://127.0.0.1:9/mcp", "transport": "http", **rest}


AT = "--url http://127.0.0.1:9/mcp --transport http"
MCP = {
    "plain": deed(server(), f"mcp create {{plain}} {AT}"),
    "two names": deed(server(server_name="{plain}.other"), f"mcp create {{plain}} --server-name {{plain}}.other {AT}"),
    "credentials": deed(
        server(auth_type="bearer_token", credentials={"auth_value": SECRET}),
        f"mcp create {{plain}} {AT} --auth-type bearer_token --credentials auth_value=env:SECRET",
    ),
    "OAuth": deed(
        server(auth_type="oauth2", credentials={"client_id": "c", "client_secret": SECRET, "scopes": ["a", "b"]},
               token_url="http://127.0.0.1:9/t", authorization_url="http://127.0.0.1:9/a"),
        f"mcp create {{plain}} {AT} --auth-type oauth2 --credentials client_id=c --credentials "
        "client_secret=env:SECRET --credentials 'scopes:=[\"a\", \"b\"]' --token-url http://127.0.0.1:9/t "
        "--authorization-url http://127.0.0.1:9/a",
    ),
    "groups, tools": deed(
        server(mcp_access_groups=["g", "h"], allowed_tools=["search"], description="d",
               extra_headers=["X-Trace"], static_headers={"X-Site": "bern"}, mcp_info={"description": "shown"}),
        f"mcp create {{plain}} {AT} --mcp-access-groups g,h --allowed-tools search --description d "
        f"--extra-headers X-Trace --static-headers X-Site=bern --mcp-info {quoted({'description': 'shown'})}",
    ),
    "stdio": deed(
        ("/v1/mcp/server", {"alias": "{plain}", "transport": "stdio", "command": "npx", "args": ["-y", "x"],
                            "env": {"A": "b"}}),
        "mcp create {plain} --transport stdio --command npx --args=-y --args x --env A=b",
    ),
    "for all": deed(
        server(allow_all_keys=True, available_on_public_internet=False),
        f"mcp create {{plain}} {AT} --allow-all-keys --no-available-on-public-internet",
    ),
    "keys of users": deed(
        server(is_byok=True, byok_description=["a key"], byok_api_key_help_url="http://127.0.0.1:9/help"),
        f"mcp create {{plain}} {AT} --is-byok --byok-description 'a key' "
        "--byok-api-key-help-url http://127.0.0.1:9/help",
    ),
    "changed": deed(
        ("PUT /v1/mcp/server",
         server(server_id="{plain}-id", description="two", auth_type="bearer_token",
                credentials={"auth_value": SECRET})[1]),
        "mcp update {plain} --description two --auth-type bearer_token --credentials auth_value=env:SECRET --yes",
        server(server_id="{plain}-id", description="one"),
    ),
    "deleted": deed(
        ("DELETE /v1/mcp/server/{plain}-id", {}), "mcp delete {plain} --yes", server(server_id="{plain}-id")
    ),
}  # fmt: skip


def guardrail(info: Body | None = None, **parameters: object) -> Request:
    made = {"guardrail_name": "{word}", "litellm_params": {"guardrail": "tool_permission", "mode": "pre_call",
                                                           **parameters}}  # fmt: skip
    return "/guardrails", {"guardrail": {**made, **({"guardrail_info": info} if info else {})}}


def policy(**rest: object) -> Request:
    return "/policies", {"policy_name": "{word}", **rest}


PIPELINE: Body = {"mode": "pre_call", "steps": [{"guardrail": "g1", "on_fail": "next"}, {"guardrail": "g2"}]}
RULES = {
    "guardrail": deed(guardrail(), "guardrails create {word} --guardrail tool_permission --mode pre_call"),
    "guardrail with parameters": deed(
        guardrail({"description": "d"}, default_action="allow", default_on=False),
        "guardrails create {word} --guardrail tool_permission --mode pre_call --guardrail-info description=d "
        "--no-default-on --litellm-params default_action=allow",
    ),
    "policy": deed(policy(), "policies create {word}"),
    "policy with all": deed(
        policy(description="d", inherit="{word}-parent", guardrails_add=["g1", "g2"], guardrails_remove=["g3"],
               condition={"model": "gpt-.*"}, pipeline=PIPELINE),
        "policies create {word} --description d --inherit {word}-parent --guardrails-add g1,g2 --guardrails-remove g3 "
        f"--condition {quoted({'model': 'gpt-.*'})} --pipeline {quoted(PIPELINE)}",
        ("/policies", {"policy_name": "{word}-parent"}),
    ),
    "another version of a policy": deed(
        ("/policies/name/{word}/versions", {}), "policies new-version {word} --yes", policy(guardrails_add=["g1"])
    ),
    "policy deleted": deed(
        ("DELETE /policies/name/{word}/all-versions", {}), "policies delete {word} --yes", policy()
    ),
    "attachment": deed(
        ("/policies/attachments", {"policy_name": "{word}", "teams": ["a", "b*"], "models": ["gpt-*"], "tags": ["x"]}),
        "policies attach {word} --team a --team 'b*' --model 'gpt-*' --tag x", policy(),
    ),
    "attachment to all": deed(
        ("/policies/attachments", {"policy_name": "{word}", "scope": "*"}), "policies attach {word} --scope '*'",
        policy(),
    ),
}  # fmt: skip

CARD: Body = {
    "protocolVersion": "1.0", "name": "helper", "description": "d", "url": "http://127.0.0.1:9", "version": "1",
    "defaultInputModes": ["text"], "defaultOutputModes": ["text"], "capabilities": {}, "skills": [],
}  # fmt: skip


def agent(**rest: object) -> Request:
    return "/v1/agents", {"agent_name": "{word}", "agent_card_params": CARD, **rest}


def prompt(content: str, **rest: object) -> Body:
    parameters = {"prompt_id": "{word}", "prompt_integration": "dotprompt", "dotprompt_content": content}
    return {"prompt_id": "{word}", "litellm_params": {**parameters, **rest}}


STORE: Request = ("/vector_store/new", {"vector_store_id": "{word}", "custom_llm_provider": "openai"})
PLUGIN: Request = ("/claude-code/plugins", {"name": "{word}", "source": {"source": "github", "repo": "a/b"}})
CARD_WORDS = f"--agent-card-params {quoted(CARD)}"
OTHERS = {
    "agent": deed(agent(), f"agents create {{word}} {CARD_WORDS}"),
    "agent with all": deed(
        agent(litellm_params={"model": "m"}, tpm_limit=7, rpm_limit=5, session_tpm_limit=3, session_rpm_limit=2,
              static_headers={"X-Site": "bern"}, extra_headers=["X-Trace"],
              object_permission={"mcp_servers": ["s"], "agents": ["a"]}),
        f"agents create {{word}} {CARD_WORDS} --litellm-params model=m --tpm-limit 7 --rpm-limit 5 "
        "--session-tpm-limit 3 --session-rpm-limit 2 --static-headers X-Site=bern --extra-headers X-Trace "
        "--mcp-servers s --agents a",
    ),
    "prompt": deed(
        ("/prompts", prompt("one")),
        "prompts create {word} --prompt-integration dotprompt --dotprompt-content one "
        "--litellm-params prompt_id={word}",
    ),
    "another version of a prompt": deed(
        ("PUT /prompts/{word}", prompt("two")), "prompts update {word} --dotprompt-content two --yes",
        ("/prompts", prompt("one")),
    ),
    "access group": deed(
        ("/v1/access_group", {"access_group_name": "{word}", "access_model_names": ["m"], "description": "d"}),
        "access-groups create {word} --access-model-names m --description d",
    ),
    "search tool": deed(
        ("/search_tools", {"search_tool": {
            "search_tool_name": "{word}", "litellm_params": {"search_provider": "tavily", "api_key": SECRET},
            "search_tool_info": {"description": "d"},
        }}),
        "search-tools create {word} --search-provider tavily --api-key env:SECRET --search-tool-info description=d",
    ),
    "vector store": deed(
        ("/vector_store/new", {
            "vector_store_id": "{word}", "custom_llm_provider": "openai", "vector_store_name": "n",
            "vector_store_description": "d", "vector_store_metadata": {"a": "b"},
        }),
        "vector-stores create {word} --custom-llm-provider openai --vector-store-name n "
        "--vector-store-description d --vector-store-metadata a=b", meant=(OWNER,),
    ),
    "vector store changed": deed(
        ("/vector_store/update", {"vector_store_id": "{word}", "vector_store_name": "two"}),
        "vector-stores update {word} --vector-store-name two --yes", STORE,
    ),
    "vector store deleted": deed(
        ("/vector_store/delete", {"vector_store_id": "{word}"}), "vector-stores delete {word} --yes", STORE
    ),
    "prompt deleted": deed(
        ("DELETE /prompts/{word}", {}), "prompts delete {word} --yes", ("/prompts", prompt("one"))
    ),
    "plug-in off": deed(("/claude-code/plugins/{word}/disable", {}), "plugins disable {word} --yes", PLUGIN),
    "plug-in deleted": deed(("DELETE /claude-code/plugins/{word}", {}), "plugins delete {word} --yes", PLUGIN),
    "plug-in": deed(
        ("/claude-code/plugins", {
            "name": "{word}", "version": "1", "source": {"source": "github", "repo": "a/b"}, "description": "d",
            "author": {"name": "ada", "email": "ada@example.com"}, "homepage": "http://127.0.0.1:9",
            "keywords": ["a", "b"], "category": "c",
        }),
        f"plugins create {{word}} --version 1 --source {quoted({'source': 'github', 'repo': 'a/b'})} --description d "
        f"--author {quoted({'name': 'ada', 'email': 'ada@example.com'})} --homepage http://127.0.0.1:9 "
        "--keywords a,b --category c",
    ),
}  # fmt: skip

CASES = {
    f"{kind}: {case}": found
    for kind, deeds in {
        "model": MODELS, "credential": CREDENTIALS, "MCP server": MCP, "rule": RULES, "other": OTHERS
    }.items()
    for case, found in deeds.items()
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_deed_leaves_the_same_rows(sides: Sides, case: str) -> None:
    found = sides.differ(CASES[case])
    assert not found, said(found)
