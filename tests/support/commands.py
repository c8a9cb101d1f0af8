"""Random commands over everything that there is: what a test of sequences draws from.

A form is a command with `<kind>` for a name or value of that kind, and `[--…]` around what may be left out. Names come
out of small pools, of which `WORLD` has most: commands meet what others left, and some are refused and change nothing.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from hypothesis import strategies as st

from support.database import Database
from support.program import Program

Command = tuple[tuple[str, ...], str]
"""The words, and what is read from stdin."""

LONG_AGO = datetime(2024, 2, 3, 4, 5, 6, 789000)  # noqa: DTZ001 - naive, as the columns are

SALT = {"LITELLM_SALT_KEY": "sk-salt-0123456789", "SECRET": "provider-secret-0123456789"}

POOLS: dict[str, Sequence[str]] = {
    "budget": ["gold", "lead", "zinc"],
    "org": ["acme", "bolt", "corp"],
    "team": ["red", "red", "green", "green", "blue"],
    "user": ["ada", "bob", "ada", "bob", "cyd"],
    "project": ["web", "app"],
    "customer": ["c1", "c2"],
    "tag": ["batch", "night"],
    "key": ["k1", "k2", "k3", "k1", "k2", "k3", "k4"],
    "model_name": ["gpt-4o", "o1", "claude"],
    "model_id": ["m-1", "m-2", "m-3"],
    "credential": ["openai", "azure"],
    "mcp": ["git_hub", "jira"],
    "group": ["wide", "slim"],
    "agent": ["helper", "scout"],
    "store": ["vs-1", "vs-2"],
    "index": ["ix-1", "ix-2"],
    "search": ["web-search", "news"],
    "prompt": ["hello", "bye"],
    "guardrail": ["pii", "spam"],
    "tool": ["rm", "ls"],
    "policy": ["eu", "us"],
    "skill": ["reports", "charts"],
    "plugin": ["lint", "format"],
    "amount": ["0.5", "3", "20", "1000"],
    "number": ["0", "7", "5000000000"],
    "span": ["1d", "30d", "1mo"],
    "word": ["x", "ü", "a b"],
    "role": ["admin", "user"],
    "org_role": ["org_admin", "internal_user"],
    "limit": ["max_budget", "tpm_limit", "budget_duration"],
    "pattern": ["gpt-*", "red", "k*", "*"],
}

PARTS = {
    "limits": "[--max-budget <amount>] [--budget-duration <span>] [--tpm-limit <number>]",
    "reach": "[--mcp-servers <mcp>] [--agents <agent>] [--vector-stores <store>]",
}
"""Options that many forms share."""

FORMS: dict[str, Sequence[str]] = {
    "budgets": [
        "create <budget> <limits> --soft-budget 1",
        "update <budget> <limits> --rpm-limit <number>",
        "update <budget> --set-null <limit> --force",
        "reset <budget>",
        "delete <budget> --force",
    ],
    "orgs": [
        "create <org> <limits> --models <model_name> [--metadata a=<word>] <reach>",
        "update <org> <limits> --add-models <model_name> [--organization-alias <org>] <reach>",
        "update <org> --remove-models <model_name> --force",
        "update <org> --set-null <limit> --force",
        "members add <org> <user> --role <org_role> <limits>",
        "members update <org> <user> <limits> --role <org_role>",
        "members remove <org> <user> --force",
        "reset-spend <org>",
        "delete <org> --force",
    ],
    "teams": [
        "create <team> [--org <org>] <limits> [--team-member-budget <amount>] [--metadata a=<word>] <reach>"
        """ [--model-aliases '{"fast":"<model_name>"}'] [--access-groups <group>]"""
        " [--tags <tag>] [--models <model_name>]",
        "update <team> <limits> [--team-alias <team>] [--add-models <model_name>] [--metadata a=<word>]"
        " [--metadata a=] [--add-access-groups <group>] [--team-member-budget <amount>] <reach>",
        "update <team> --set-null model_aliases --set-null <limit> --force",
        "update <team> [--set-null team_member_budget] [--set-null org] [--set-null access_groups] --force --blocked",
        "update <team> --org <org>",
        "block <team>",
        "unblock <team>",
        "reset-spend <team>",
        "members add <team> <user> [--role <role>] <limits>",
        "members add <team> <user> new@x.org",
        "members update <team> <user> <limits> [--role <role>]",
        "members update <team> <user> --set-null max_budget",
        "members remove <team> <user>",
        "models add <team> <model_name>",
        "models remove <team> <model_name> [--force]",
        "delete <team> [--force]",
    ],
    "users": [
        "create <user> --user-email <user>@x.org <limits> [--metadata a=<word>] [--models <model_name>] <reach>",
        "update <user> <limits> [--user-alias <word>] [--user-role internal_user_viewer] <reach> [--metadata b:=1]",
        "update <user> --set-null <limit> --force",
        "invite <user>",
        "reset-spend <user>",
        "rename <user> <user>",
        "reassign <user> <user>",
        "delete <user>",
    ],
    "projects": [
        "create <project> --team <team> <limits> [--models <model_name>] [--metadata a=<word>] <reach>",
        "update <project> <limits> [--project-alias <project>] [--description <word>] [--team <team>] <reach>",
        "update <project> --set-null <limit> --force",
        "block <project>",
        "unblock <project>",
        "delete <project> [--force]",
    ],
    "customers": [
        "create <customer> <limits> [--alias <word>] <reach>",
        "create <customer> --budget <budget>",
        "update <customer> <limits> [--allowed-model-region eu] <reach>",
        "update <customer> --set-null <limit> --force",
        "update <customer> [--budget <budget>] [--set-null alias]",
        "block <customer>",
        "unblock <customer>",
        "reset-spend <customer>",
        "delete <customer>",
    ],
    "invitations": ["create <user>"],
    "keys": [
        "create <key> [--team <team>] [--user <user>] <limits> [--duration <span>] [--access-groups <group>]"
        " [--metadata a=<word>] [--soft-budget 2] <reach> [--models <model_name>] [--tags <tag>]",
        "create <key> --budget <budget> [--org <org>] [--guardrails <guardrail>]",
        "create <key> --project <project> --team <team>",
        "update <key> <limits> [--soft-budget 3] [--key-alias <key>] [--metadata a=<word>] [--metadata c:=null]"
        " [--add-models <model_name>] [--duration <span>] <reach> [--tags <tag>]",
        "update <key> --set-null <limit> --force",
        "update <key> [--set-null team] [--set-null user] [--set-null expires] [--budget <budget>] --force",
        "update <key> [--team <team>] [--user <user>] [--add-access-groups <group>]",
        "update --team <team> --add-models <model_name>",
        "update --user <user> --max-budget <amount> --remove-models <model_name>",
        "block <key> <key>",
        "unblock <key>",
        "rotate <key> [--grace 24h]",
        "reset-spend <key>",
        "expire <key>",
        "jwt-mappings add <key> --claim-name sub --claim-value <word>",
        "delete <key> <key>",
        "delete --team <team>",
    ],
    "models": [
        "create <model_name> --model-id <model_id> --model openai/<model_name> [--api-key env:SECRET] [--team <team>]"
        " [--litellm-credential-name <credential>] [--access-groups g] [--litellm-params rpm:=5] [--tier paid]",
        "update <model_id> [--api-base http://x] [--litellm-params rpm=] [--mode chat] [--model-info a=<word>]",
        "update <model_id> [--model-name <model_name>] [--api-key env:SECRET]",
        "delete <model_id> [--force]",
    ],
    "credentials": [
        "create <credential> --credential-values api_key=env:SECRET [--description <word>]",
        "update <credential> [--credential-values api_base=http://x] [--credential-info a=<word>]",
        "update <credential> --credential-name <credential>",
        "delete <credential> --force",
    ],
    "mcp": [
        "create <mcp> --url http://s --transport http [--description <word>] [--mcp-access-groups g]"
        " [--allow-all-keys] [--is-byok]",
        "update <mcp> [--description <word>] [--allowed-tools a,b] [--mcp-info '{\"a\":1}'] [--alias <mcp>]",
        "grant <mcp> --team <team> [--tools a,b]",
        "grant <mcp> --key <key> --user <user> [--tools a]",
        "grant <mcp> --org <org> --project <project>",
        "grant <mcp> --customer <customer> --agent <agent>",
        "revoke <mcp> --team <team> --force",
        "revoke <mcp> --key <key> --user <user> --force",
        "user-credentials set <mcp> <user> --secret-from env:SECRET",
        "user-credentials delete <mcp> <user>",
        "delete <mcp> --force",
    ],
    "access-groups": [
        "create <group> --access-model-names <model_name> [--access-agent-ids <agent>] [--access-mcp-server-ids <mcp>]",
        "update <group> [--description <word>] [--add-access-model-names <model_name>] [--access-group-name <group>]",
        "delete <group> [--force]",
    ],
    "tags": [
        "create <tag> <limits> [--description <word>] [--models <model_name>]",
        "update <tag> <limits> [--description <word>]",
        "update <tag> --set-null <limit> --force",
        "reset-spend <tag>",
        "delete <tag> --force",
    ],
    "agents": [
        "create <agent> --agent-card-params name=a --agent-card-params url=http://a [--tpm-limit <number>] <reach>"
        " [--static-headers X-A=env:SECRET] [--agent-access-groups g] [--models <model_name>]",
        "update <agent> [--rpm-limit <number>] [--agent-card-params url=http://b] [--litellm-params a=<word>]",
        "update <agent> [--agent-name <agent>] [--mcp-servers <mcp>]",
        "delete <agent> --force",
    ],
    "vector-stores": [
        "create <store> --custom-llm-provider openai [--team <team>] [--vector-store-metadata a=<word>]",
        "update <store> [--vector-store-name <word>] [--litellm-params a=<word>] [--user <user>]",
        "delete <store> [--force]",
    ],
    "vector-store-indexes": [
        "create <index> --vector-store-index i --vector-store-name <store> [--index-info a=<word>]",
        "update <index> [--index-info b=<word>] [--vector-store-index j]",
        "delete <index>",
    ],
    "search-tools": [
        "create <search> --search-provider tavily [--api-key env:SECRET] [--search-tool-info a=<word>]",
        "update <search> [--api-base http://x] [--litellm-params timeout:=5] [--search-tool-name <search>]",
        "delete <search>",
    ],
    "prompts": [
        "create <prompt> --prompt-integration dotprompt --dotprompt-content <word>",
        "update <prompt> --dotprompt-content <word> [--prompt-info a=<word>]",
        "delete <prompt> --force",
    ],
    "guardrails": [
        "create <guardrail> --guardrail presidio --mode pre_call [--default-on] [--litellm-params a=<word>]",
        "update <guardrail> [--no-default-on] [--mode post_call] [--guardrail-info a=<word>]",
        "update <guardrail> --guardrail-name <guardrail>",
        "submit <guardrail> --team <team> --mode pre_call --api-base http://g --guardrail generic_guardrail_api",
        "approve <guardrail>",
        "reject <guardrail>",
        "delete <guardrail> --force",
    ],
    "tools": [
        "set-policy <tool> --input-policy trusted",
        "set-policy <tool> --input-policy blocked --team <team>",
        "set-policy <tool> --input-policy blocked --key <key>",
        "set-policy <tool> --input-policy untrusted --team <team>",
        "delete <tool>",
    ],
    "policies": [
        "create <policy> --guardrails-add <guardrail> [--description <word>] [--inherit <policy>]",
        "update <policy> [--description <word>] [--add-guardrails-add <guardrail>] --force",
        "update <policy> --policy-name <policy> --force",
        "attach <policy> --team <pattern> [--model <pattern>] [--tag <tag>]",
        "attach <policy> --team <team> [--key <key>]",
        "attach <policy> --scope '*'",
        "detach <policy> --all",
        "new-version <policy>",
        "publish <policy>@2",
        "promote <policy>@2",
        "promote <policy>@1",
        "demote <policy>",
        "delete <policy>@2 --force",
        "delete <policy> --force",
    ],
    "skills": [
        "create <skill> --instructions <word> [--description <word>] [--metadata a=<word>]",
        "update <skill> [--instructions <word>] [--display-title <skill>]",
        "delete <skill>",
    ],
    "plugins": [
        """create <plugin> --source '{"source":"url","url":"http://x"}' [--keywords a,b] [--version 1]""",
        "update <plugin> [--description <word>] [--add-keywords c] [--name <plugin>]",
        "enable <plugin>",
        "disable <plugin>",
        "delete <plugin>",
    ],
    "settings": [
        "set general_settings.alerting '[\"<word>\"]'",
        "set router_settings.num_retries <number>",
        "set router_settings '{\"fallbacks\": [{\"<model_name>\": [\"<model_name>\"]}]}'",
        "unset router_settings.fallbacks",
        "unset general_settings",
        "set litellm_settings.drop_params true",
    ],
    "files": ["delete f-1"],
    "batches": ["delete b-1"],
    "health": ["delete h-1", "prune --older-than 1d"],
    "errors": ["delete e-1"],
    "cron-jobs": ["delete cr-1"],
}  # fmt: skip

OFTEN = {
    "keys": 8,
    "teams": 8,
    "users": 6,
    "orgs": 4,
    "policies": 4,
    "mcp": 4,
    "apply": 4,
    "projects": 2,
    "customers": 2,
}
GROUPS = [group for group in [*FORMS, "apply"] for _ in range(OFTEN.get(group, 1))]

MANIFESTS: Sequence[str] = [
    """
budgets: [{budget_id: <budget>, max_budget: <amount>}]
users: [{user_id: <user>, user_email: <user>@x.org, max_budget: <amount>}]
teams:
  - {team_alias: <team>, model_aliases: {f: o1}, members: [{user: <user>, role: <role>, max_budget: <amount>}]}
keys: [{key_alias: <key>, team: <team>, user: <user>, metadata: {z: <word>}}]
""",
    """
orgs: [{organization_alias: <org>, max_budget: <amount>, members: [{user: <user>, role: <org_role>}]}]
projects: [{project_alias: <project>, team: <team>, models: [<model_name>]}]
tags: [{tag_name: <tag>, max_budget: <amount>}]
""",
    """
policies: [{policy_name: <policy>, guardrails_add: [<guardrail>], attachments: [{teams: [<team>]}]}]
prompts: [{prompt_id: <prompt>, prompt_integration: dotprompt, dotprompt_content: <word>}]
""",
    """
access-groups: [{access_group_name: <group>, access_model_names: [<model_name>]}]
teams: [{team_alias: <team>, access_groups: [<group>], renamed_from: <team>}]
keys: [{key_alias: <key>, access_groups: [<group>], mcp_servers: [<mcp>]}]
""",
    """
mcp: [{alias: <mcp>, url: 'http://y', transport: sse}]
models: [{model_name: <model_name>, model_id: <model_id>, model: openai/x}]
customers: [{user_id: <customer>, budget: <budget>}]
agents: [{agent_name: <agent>, rpm_limit: <number>, mcp_servers: [<mcp>]}]
""",
]
"""What is applied between commands."""

WORLD = """
budgets: [{budget_id: gold, max_budget: 100, budget_duration: 30d}, {budget_id: lead, tpm_limit: 5}]
orgs:
  - {organization_alias: acme, max_budget: 1000, models: [gpt-4o, claude], members: [{user: ada, role: org_admin}]}
  - {organization_alias: bolt, metadata: {a: [1, null]}}
credentials: [{credential_name: openai, credential_values: {api_key: {env: SECRET}}}]
models:
  - {model_name: gpt-4o, model_id: m-1, model: openai/gpt-4o, litellm_credential_name: openai}
  - {model_name: gpt-4o, model_id: m-2, model: azure/gpt-4o, api_key: {env: SECRET}, access_groups: [g]}
mcp: [{alias: git_hub, url: 'http://s', transport: http, is_byok: true}]
agents: [{agent_name: helper, agent_card_params: {name: a, url: 'http://a'}}]
access-groups: [{access_group_name: wide, access_model_names: [o1]}]
users:
  - {user_id: ada, user_email: ada@x.org, max_budget: 5, budget_duration: 7d, mcp_servers: [git_hub]}
  - {user_id: bob, metadata: {a: b}, models: [gpt-4o]}
teams:
  - team_alias: red
    org: acme
    models: [gpt-4o]
    team_member_budget: 20
    model_aliases: {fast: gpt-4o}
    mcp_servers: [git_hub]
    access_groups: [wide]
    metadata: {owner: ada}
    members: [{user: ada, role: admin}, {user: bob, max_budget: 3}]
  - {team_alias: green, members: [{user: bob}], max_budget: 9, budget_duration: 1d}
projects: [{project_alias: web, team: red, max_budget: 5}]
customers: [{user_id: c1, max_budget: 3}]
tags: [{tag_name: batch, max_budget: 9, description: x}]
keys:
  - {key_alias: k1, team: red, user: ada, soft_budget: 5, max_budget: 50, access_groups: [wide]}
  - {key_alias: k2, user: bob, budget: gold, duration: 30d, metadata: {x: [1]}}
  - {key_alias: k3, team: red, mcp_servers: [git_hub], tags: [batch]}
vector-stores: [{vector_store_id: vs-1, custom_llm_provider: openai, team: red}]
vector-store-indexes: [{index_name: ix-1, vector_store_index: i, vector_store_name: vs-1}]
search-tools: [{search_tool_name: news, search_provider: tavily, api_key: {env: SECRET}}]
prompts: [{prompt_id: hello, prompt_integration: dotprompt, dotprompt_content: Hi}]
guardrails: [{guardrail_name: pii, guardrail: presidio, mode: pre_call}]
tools: [{tool_name: rm, input_policy: untrusted}]
policies: [{policy_name: eu, guardrails_add: [pii], attachments: [{teams: [red]}, {keys: ['k*'], models: ['gpt-*']}]}]
skills: [{display_title: reports, instructions: i}]
plugins: [{name: lint, source: {source: url, url: 'http://x'}}]
settings: [{param_name: general_settings, param_value: {alerting: [slack]}}]
"""


Choose = Callable[[Sequence[Any]], Any]


def command(choose: Choose) -> Command:
    """Some command, made of what is chosen."""
    group = choose(GROUPS)
    if group == "apply":
        return ("apply", "-f", "-", "--yes", "--secrets-to", "-"), _filled(choose, choose(MANIFESTS))
    form = re.sub(r"<(limits|reach)>", lambda found: PARTS[found[1]], choose(FORMS[group]))
    kept = re.sub(r"\[(--[^\]]*)\]", lambda found: found[1] if choose([False, True]) else "", form)
    return (group, *(_filled(choose, word) for word in shlex.split(kept)), "--yes"), ""


def _filled(choose: Choose, form: str) -> str:
    return re.sub(r"<(\w+)>", lambda found: choose(POOLS[found[1]]), form)


@st.composite
def commands(draw: st.DrawFn) -> Command:
    return command(lambda among: draw(st.sampled_from(among)))


def fill(program: Program, database: Database) -> None:
    """Makes `WORLD`, and rows that only a proxy writes."""
    program("apply -f - --yes --secrets-to -", stdin=WORLD, env=SALT)
    program("keys jwt-mappings add k1 --claim-name sub --claim-value j1")
    at = {"created_at": LONG_AGO, "updated_at": LONG_AGO}
    database.insert(
        "LiteLLM_ManagedFileTable", id="f-1", unified_file_id="f-1", file_object={"filename": "x"},
        model_mappings={"m-1": "f"}, flat_model_file_ids=["f"], created_by="ada", **at,
    )  # fmt: skip
    database.insert(
        "LiteLLM_ManagedObjectTable", id="b-1", unified_object_id="b-1", model_object_id="p-1", created_by="bob",
        file_purpose="batch", status="completed", file_object={"input_file_id": "f-1"}, **at,
    )  # fmt: skip
    for name in ("h-1", "h-2"):
        database.insert(
            "LiteLLM_HealthCheckTable", health_check_id=name, model_name="gpt-4o", model_id="m-1", status="healthy",
            healthy_count=1, checked_at=LONG_AGO, **at,
        )  # fmt: skip
    database.insert("LiteLLM_ErrorLogs", request_id="e-1", startTime=LONG_AGO, endTime=LONG_AGO, status_code="500")
    database.insert(
        "LiteLLM_CronJob", cronjob_id="cr-1", pod_id="p", status="ACTIVE", last_updated=LONG_AGO, ttl=LONG_AGO
    )
