"""The index of entities: what there is, and where it is told. Importing it imports none of them.

Each line: the entity's name (as references and `kind` say it), its group (as the command line and manifests say it),
and one line of help. The module of an entity bears its name and has a constant of that name in capitals.
"""

from __future__ import annotations

from importlib import import_module

from gwctl.describe import Entity

INDEX: dict[str, tuple[str, str]] = {
    "budget": ("budgets", "Limits that keys, members, customers and others share"),
    "org": ("orgs", "Organisations: teams and people with one budget"),
    "credential": ("credentials", "Providers' secrets under a name, for models to use"),
    "model": ("models", "Models: what requests are routed to, and under which name"),
    "mcp": ("mcp", "MCP servers, and who may reach them"),
    "agent": ("agents", "Agents: what calls between agents are routed to"),
    "access_group": ("access-groups", "Access groups: models, servers and agents under one name"),
    "team": ("teams", "Teams: people and keys that share models and a budget"),
    "user": ("users", "Internal users: people who own keys and join teams"),
    "project": ("projects", "Projects: a team's keys with models and a budget of their own"),
    "customer": ("customers", "Customers: the end users that requests name, with budgets"),
    "invitation": ("invitations", "Invitations to the gateway's interface"),
    "tag": ("tags", "Spend tags: requests counted together, with a budget"),
    "key": ("keys", "Virtual keys: what a request is admitted with"),
    "vector_store": ("vector-stores", "Vector stores: what requests may search"),
    "vector_store_index": ("vector-store-indexes", "Indexes of vector stores, which keys have rights to"),
    "search_tool": ("search-tools", "Search tools: providers of web search"),
    "prompt": ("prompts", "Prompts: templates that requests name, with versions"),
    "guardrail": ("guardrails", "Guardrails: checks that requests and answers run through"),
    "tool": ("tools", "Tools that requests have named, and whether they may be called"),
    "policy": ("policies", "Policies: which guardrails run for whom, with versions"),
    "skill": ("skills", "Skills: instructions and files that requests may name"),
    "plugin": ("plugins", "Plug-ins: what the gateway's marketplace offers"),
    "setting": ("settings", "Settings of the gateway that lie in the database"),
    "ui_setting": ("ui-settings", "Settings of the gateway's interface"),
    "cache_setting": ("cache-settings", "Settings of the proxy's cache"),
    "sso_setting": ("sso-settings", "Settings of single sign-on"),
    "config_override": ("config-overrides", "Overrides of the proxy's configuration: its vault"),
    "file": ("files", "Files: what providers call those that were uploaded"),
    "managed_vector_store": ("managed-vector-stores", "Vector stores that requests made: what providers call them"),
    "batch": ("batches", "Batches and fine-tuning jobs at providers"),
    "health_check": ("health", "Health checks of models"),
    "cron_job": ("cron-jobs", "Cron jobs: which proxy leads one"),
    "error": ("errors", "Failed requests, as gateways of old logged them"),
}

GROUPS: dict[str, str] = {group: name for name, (group, _) in INDEX.items()}


def entity(name: str) -> Entity:
    """The description of the entity of that name; imports its module alone."""
    description = getattr(import_module(f"{__name__}.{name}"), name.upper())
    assert isinstance(description, Entity)
    return description
