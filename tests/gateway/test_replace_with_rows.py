"""A delete never opens what was closed: a fixture for each list that means everything when it is empty, for each limit
and each step that would go with it (resources 3.5, 4, 6, 7, 17; tenancy 1; keys 1.1). Each is refused and told of, and
answered with another name in its place, or by force."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from gateway.literals import Row, put, writes_exactly
from gateway.policy_rows import put_attachment, put_guardrail, put_policy
from gateway.resource_rows import put_thing
from gateway.rows import LONG_AGO, put_key, put_team
from gateway.seals import ENV, seal, unseal
from support.database import Database
from support.program import Program


@dataclass(frozen=True)
class Place:
    """One value that holds the name of a thing: `column` of a row, or `field` of that column's JSON. `after`: what is
    there once it was replaced; `forced`: what is there by force, where that is something."""

    kind: str
    table: str
    column: str
    before: Any
    after: Any
    forced: Any
    field: str = ""
    more: tuple[tuple[str, Any], ...] = ()


OLD, NEW = "old", "new"
NAMES = ([OLD], [NEW], [])
STEPS = {"mode": "pre_call", "steps": [{"guardrail": OLD, "on_fail": "block", "on_pass": "next"}]}
INDEX = [{"index_name": OLD, "index_permissions": ["read"]}]


def _permission(kind: str, column: str, owner: str) -> Place:
    return Place(kind, f"ObjectPermissionTable of {owner}", column, *NAMES)


PLACES: dict[str, Place] = {
    **{
        f"models: a {noun}'s list": Place("model", table, "models", *NAMES)
        for noun, table in {
            "key": "VerificationToken", "team": "TeamTable", "user": "UserTable", "project": "ProjectTable",
            "organisation": "OrganizationTable",
        }.items()
    },
    **{
        f"agents: those of a {owner}": _permission("agent", "agents", owner)
        for owner in ("key", "team", "customer", "agent", "user", "organisation", "project")
    },
    "agents: those of an access group": Place("agent", "AccessGroupTable", "access_agent_ids", *NAMES),
    "agents: the limits of a key's own": Place("agent", "VerificationToken", "agent_id", OLD, NEW, None),
    **{
        f"access groups: the agents of a {noun}": Place("access-group", table, "access_group_ids", *NAMES)
        for noun, table in {"key": "VerificationToken", "team": "TeamTable"}.items()
    },
    **{
        f"MCP servers: those of a {owner}": _permission("mcp", "mcp_servers", owner)
        for owner in ("team", "customer", "agent", "key of a team that has some")
    },
    **{
        f"MCP servers: tools of one, of a {owner}": Place(
            "mcp", f"ObjectPermissionTable of {owner}", "mcp_tool_permissions", {OLD: ["a"]}, {NEW: ["a"]}, {})
        for owner in ("team", "customer", "agent", "key of a team that has some")
    },
    **{
        f"vector stores: those of a {owner}": _permission("vector-store", "vector_stores", owner)
        for owner in ("key", "team", "user", "organisation", "project", "customer")
    },
    "vector stores: one of a team alone": Place("team", "ManagedVectorStoresTable", "team_id", OLD, NEW, None),
    "vector store indexes: those of a key": Place(
        "vector-store-index", "VerificationToken", "metadata", INDEX, [{**INDEX[0], "index_name": NEW}], [],
        "allowed_vector_store_indexes"),
    "vector store indexes: those of a team": Place(
        "vector-store-index", "TeamTable", "metadata", INDEX, [{**INDEX[0], "index_name": NEW}], [],
        "allowed_vector_store_indexes"),
    **{
        f"prompts: those of a {noun}": Place("prompt", table, "metadata", *NAMES, "prompts")
        for noun, table in {"key": "VerificationToken", "team": "TeamTable", "project": "ProjectTable"}.items()
    },
    "guardrails: a step of a pipeline": Place(
        "guardrail", "PolicyTable", "pipeline", STEPS,
        {**STEPS, "steps": [{**STEPS["steps"][0], "guardrail": NEW}]}, None),
    "policies: what a policy inherits": Place("policy", "PolicyTable", "inherit", OLD, NEW, None),
    **{
        f"budgets: that of a {noun}": Place("budget", table, "budget_id", OLD, NEW, None)
        for noun, table in {
            "key": "VerificationToken", "customer": "EndUserTable", "tag": "TagTable", "project": "ProjectTable",
            "member": "TeamMembership",
        }.items()
    },
}  # fmt: skip


def put_things(database: Database, kind: str) -> None:
    """Two things of a kind, one to go and one to take its place."""
    for name in (OLD, NEW):
        if kind == "model":
            put_model(database, f"m-{name}", name)
        elif kind == "agent":
            put_thing(database, "AgentsTable", agent_id=name, agent_name=f"the-{name}", rpm_limit=5)
        elif kind == "access-group":
            put(database, "AccessGroupTable", access_group_id=name, access_group_name=f"the-{name}",
                access_agent_ids=["a-9"])  # fmt: skip
        elif kind == "mcp":
            put(database, "MCPServerTable", server_id=name, alias=f"the_{name}", transport="http", url="http://s")
        elif kind == "vector-store":
            put_thing(database, "ManagedVectorStoresTable", vector_store_id=name)
        elif kind == "vector-store-index":
            put_thing(database, "ManagedVectorStoreIndexTable", id=f"i-{name}", index_name=name,
                      litellm_params={"vector_store_index": "i", "vector_store_name": "v"})  # fmt: skip
        elif kind == "prompt":
            put_thing(database, "PromptTable", id=f"p-{name}", prompt_id=name)
        elif kind == "guardrail":
            put_guardrail(database, name)
        elif kind == "policy":
            put_policy(database, name)
        elif kind == "budget":
            put(database, "BudgetTable", budget_id=name, max_budget=5.0)
        elif kind == "team":
            put(database, "TeamTable", team_id=name, team_alias=f"the-{name}")


def put_model(database: Database, model_id: str, name: str, **columns: Any) -> None:
    rest: Row = {"litellm_params": {"model": seal("openai/gpt-4o")}, "model_info": {}, **columns}
    database.insert("LiteLLM_ProxyModelTable", model_id=model_id, model_name=name, created_by="root",
                    updated_by="root", **rest)  # fmt: skip


def put_holder(database: Database, place: Place) -> Row:
    """The row that holds the name, and the owner of it where it is a permission row."""
    value = {place.field: place.before} if place.field else place.before
    table, _, owner = place.table.partition(" of ")
    columns = {place.column: value, **dict(place.more)}
    if not owner:
        return put_owner(database, table, **columns)
    row = put(database, table, object_permission_id="o-1", **columns)
    if owner == "key of a team that has some":
        put(database, table, object_permission_id="o-team", mcp_servers=["s-1"])
        put_team(database, "ops", object_permission_id="o-team")
        put_key(database, team_id="t-ops", object_permission_id="o-1")
    else:
        put_owner(database, OWNERS[owner], object_permission_id="o-1")
    return row


OWNERS = {
    "key": "VerificationToken", "team": "TeamTable", "user": "UserTable", "organisation": "OrganizationTable",
    "project": "ProjectTable", "customer": "EndUserTable", "agent": "AgentsTable",
}  # fmt: skip


def put_owner(database: Database, table: str, **columns: Any) -> Row:
    """A row of a table, with what such a row must have besides."""
    names: dict[str, Row] = {
        "TeamTable": {"team_id": "t-1", "team_alias": "home"},
        "UserTable": {"user_id": "ada"},
        "OrganizationTable": {"organization_id": "o-1", "organization_alias": "acme", "budget_id": "of-acme"},
        "ProjectTable": {"project_id": "p-1", "project_alias": "apollo"},
        "EndUserTable": {"user_id": "c-1"},
        "TagTable": {"tag_name": "batch", "models": []},
        "TeamMembership": {"user_id": "ada", "team_id": "t-1"},
        "AccessGroupTable": {"access_group_id": "g-1", "access_group_name": "wide"},
        "AgentsTable": {"agent_id": "a-1", "agent_name": "caller"},
        "ManagedVectorStoresTable": {"vector_store_id": "v-1"},
        "PolicyTable": {"policy_id": "p-heir-1"},
    }
    if table == "VerificationToken":
        return put_key(database, **columns)
    if table == "OrganizationTable":
        put(database, "BudgetTable", budget_id="of-acme")
    if table in ("AgentsTable", "ManagedVectorStoresTable"):
        return put_thing(database, table, **names[table], **columns)
    if table == "PolicyTable":
        return put_policy(database, "heir", **columns)
    return put(database, table, **names[table], **columns)


def held(database: Database, place: Place, row: Row) -> Any:
    table = f"LiteLLM_{place.table.partition(' of ')[0]}"
    key = {column: row[column] for column in database.keys()[table]}
    value = database.row(table, **key)[place.column]
    return value[place.field] if place.field else value


def delete(place: Place, *options: str) -> list[str]:
    group = {"policy": "policies", "vector-store-index": "vector-store-indexes", "mcp": "mcp"}
    return ["--actor", "ann", group.get(place.kind, f"{place.kind}s"), "delete", OLD, "--yes", *options]


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_refused_and_told_of_until_another_takes_its_place(gwctl: Program, database: Database, place: Place) -> None:
    put_things(database, place.kind)
    row = put_holder(database, place)
    with writes_exactly(database):
        complaint = gwctl(delete(place), code=6).stderr
        gwctl(delete(place, "--replace-with", "nobody"), code=3)
        gwctl(delete(place, "--replace-with", OLD), code=5)
        gwctl(delete(place, "--replace-with", NEW, "--dry-run"))
    assert "--replace-with" in complaint
    assert any(word in complaint for word in ("could", "would"))
    gwctl(delete(place, "--replace-with", NEW))
    assert held(database, place, row) == place.after
    before = database.counts()
    gwctl(["audit", "undo", gwctl("audit list --limit 1 -o json").json[0]["change_set"], "--yes"])
    assert held(database, place, row) == place.before
    assert sum(database.counts().values()) > sum(before.values())


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_by_force_it_opens(gwctl: Program, database: Database, place: Place) -> None:
    put_things(database, place.kind)
    row = put_holder(database, place)
    gwctl(delete(place, "--force"))
    assert held(database, place, row) == place.forced


def test_a_list_with_other_names_is_only_shorter(gwctl: Program, database: Database) -> None:
    put_things(database, "model")
    put_key(database, models=[OLD, "o3"])
    gwctl("models delete old --yes")
    assert database.row("LiteLLM_VerificationToken")["models"] == ["o3"]


def test_several_lists_are_one_complaint(gwctl: Program, database: Database) -> None:
    put_things(database, "model")
    for number in range(7):
        put_key(database, f"sk-key-number-{number}", key_alias=f"key-{number}", models=[OLD])
    complaint = gwctl("models delete old --yes", code=6).stderr
    assert complaint.count("could call every model") == 1
    assert "and 2 more" in complaint


def test_model_names_elsewhere(gwctl: Program, database: Database) -> None:
    """17: attachments, limits, aliases, fall-backs, a customer's default; patterns in lists are no names."""
    put_things(database, "model")
    row = fill(database)
    gwctl("models delete old --yes")
    team, key = database.row("LiteLLM_TeamTable"), database.row("LiteLLM_VerificationToken", token=row["token"])
    assert key["models"] == ["o*", "o3"]
    assert key["metadata"] == {"model_rpm_limit": {"o3": 2}, "owner": "ada"}
    assert key["aliases"] == {"big": "o3"}
    assert key["model_max_budget"] == {}
    assert key["router_settings"] == {"fallbacks": [{"o3": ["o4"]}], "num_retries": 2}
    assert team["router_settings"] == {"model_group_alias": {"x": "o3"}, "default_fallbacks": ["o3"]}
    assert database.rows("LiteLLM_PolicyAttachmentTable") == []
    assert database.row("LiteLLM_EndUserTable")["default_model"] is None
    assert database.row("LiteLLM_AccessGroupTable")["access_model_names"] == []
    assert database.row("LiteLLM_Config")["param_value"] == {"public_model_groups": ["o3"], "fallbacks": []}
    assert database.row("LiteLLM_PolicyTable")["condition"] == {"model": "old"}, "a condition is a pattern"


def test_model_names_replaced_elsewhere(gwctl: Program, database: Database) -> None:
    put_things(database, "model")
    row = fill(database)
    gwctl("models delete old --yes --replace-with new")
    team, key = database.row("LiteLLM_TeamTable"), database.row("LiteLLM_VerificationToken", token=row["token"])
    assert key["models"] == ["new", "o*", "o3"]
    assert key["metadata"] == {"model_rpm_limit": {"new": 1, "o3": 2}, "owner": "ada"}
    assert key["aliases"] == {"fast": "new", "big": "o3"}
    assert key["model_max_budget"] == {"new": {"max_budget": 1}}
    assert key["router_settings"] == {"fallbacks": [{"new": ["o3"]}, {"o3": ["new", "o4"]}], "num_retries": 2}
    assert team["router_settings"] == {
        "model_group_alias": {"x": "o3", "y": {"model": "new", "hidden": True}}, "default_fallbacks": ["new", "o3"],
    }  # fmt: skip
    assert database.row("LiteLLM_PolicyAttachmentTable")["models"] == ["new"]
    assert database.row("LiteLLM_EndUserTable")["default_model"] == "new"
    assert database.row("LiteLLM_AccessGroupTable")["access_model_names"] == ["new"]
    assert database.row("LiteLLM_Config")["param_value"] == {
        "public_model_groups": ["new", "o3"], "fallbacks": [{"new": ["o3"]}],
    }  # fmt: skip
    assert database.row("LiteLLM_PolicyTable")["condition"] == {"model": "new"}


def test_what_hangs_on_a_deployment_goes_with_it(gwctl: Program, database: Database) -> None:
    """Its places in tags by id, its health checks; those without an id go with the name (spend 1.9, tenancy 1.10)."""
    put_things(database, "model")
    put(database, "TagTable", tag_name="batch", models=["m-old", "m-new"], model_info={"m-old": OLD, "m-new": NEW})
    for number, (name, model_id) in enumerate([(OLD, "m-old"), (OLD, None), (NEW, "m-new"), (NEW, None)]):
        database.insert("LiteLLM_HealthCheckTable", health_check_id=f"h-{number}", model_name=name, model_id=model_id,
                        status="healthy", updated_at=LONG_AGO)  # fmt: skip
    before = database.dump()
    gwctl("models delete m-old --yes")
    tag = database.row("LiteLLM_TagTable")
    assert (tag["models"], tag["model_info"]) == (["m-new"], {"m-new": NEW})
    assert [row["health_check_id"] for row in database.rows("LiteLLM_HealthCheckTable")] == ["h-2", "h-3"]
    gwctl(["audit", "undo", gwctl("audit list --limit 1 -o json").json[0]["change_set"], "--yes"])
    assert {one for one in database.changed(before) if one.startswith("LiteLLM_")} <= {
        "LiteLLM_AuditLog", "LiteLLM_TagTable", "LiteLLM_ProxyModelTable", "LiteLLM_HealthCheckTable",
    }  # fmt: skip
    assert len(database.rows("LiteLLM_HealthCheckTable")) == 4
    put_model(database, "m-2", OLD)
    gwctl("models delete m-old --yes")
    assert [row["health_check_id"] for row in database.rows("LiteLLM_HealthCheckTable")] == ["h-1", "h-2", "h-3"]


GIVEN = ["default_internal_user_params", "default_team_params", "default_key_generate_params"]


@pytest.mark.parametrize("name", GIVEN)
def test_what_new_things_may_call_is_never_opened(gwctl: Program, database: Database, name: str) -> None:
    put_things(database, "model")
    retries = {"model_group_retry_policy": {OLD: {"TimeoutErrorRetries": 1}, "o3": {"TimeoutErrorRetries": 2}}}
    database.insert("LiteLLM_Config", param_name="router_settings", param_value=retries)
    said = {name: {"models": [OLD], "max_budget": 1}, "drop_params": True}
    database.insert("LiteLLM_Config", param_name="litellm_settings", param_value=said)

    def now() -> Any:
        return database.row("LiteLLM_Config", param_name="litellm_settings")["param_value"][name]

    with writes_exactly(database):
        assert "call every model" in gwctl("models delete old --yes", code=6).stderr
    gwctl("models delete old --yes --replace-with new")
    assert now() == {"models": [NEW], "max_budget": 1}
    retried = database.row("LiteLLM_Config", param_name="router_settings")["param_value"]["model_group_retry_policy"]
    assert retried == {NEW: {"TimeoutErrorRetries": 1}, "o3": {"TimeoutErrorRetries": 2}}
    gwctl("models delete new --yes --force")
    assert now() == {"models": [], "max_budget": 1}
    retried = database.row("LiteLLM_Config", param_name="router_settings")["param_value"]["model_group_retry_policy"]
    assert retried == {"o3": {"TimeoutErrorRetries": 2}}


def fill(database: Database) -> Row:
    put_policy(database, "p", condition={"model": OLD})
    put_attachment(database, "p", "x-1", models=[OLD])
    put(database, "EndUserTable", user_id="c-1", default_model=OLD)
    put(database, "AccessGroupTable", access_group_id="g-1", access_group_name="g", access_model_names=[OLD])
    put(
        database,
        "TeamTable",
        team_id="t-1",
        team_alias="t",
        router_settings={
            "model_group_alias": {"x": "o3", "y": {"model": OLD, "hidden": True}},
            "default_fallbacks": [OLD, "o3"],
        },
    )
    database.insert(
        "LiteLLM_Config",
        param_name="litellm_settings",
        param_value={"public_model_groups": [OLD, "o3"], "fallbacks": [{OLD: ["o3"]}]},
    )
    return put_key(
        database, models=[OLD, "o*", "o3"], metadata={"model_rpm_limit": {OLD: 1, "o3": 2}, "owner": "ada"},
        aliases={"fast": OLD, "big": "o3"}, model_max_budget={OLD: {"max_budget": 1}},
        router_settings={"fallbacks": [{OLD: ["o3"]}, {"o3": [OLD, "o4"]}], "num_retries": 2},
    )  # fmt: skip


def test_a_name_stays_while_a_model_bears_it(gwctl: Program, database: Database) -> None:
    """12: several rows of one name share its load; a deployment's pattern serves every name that fits it."""
    put_things(database, "model")
    put_model(database, "m-2", OLD)
    put_key(database, models=[OLD])
    gwctl("models delete m-old --yes")
    assert database.row("LiteLLM_VerificationToken")["models"] == [OLD]
    put_model(database, "m-3", "ol*")
    gwctl("models delete m-2 --yes")
    assert database.row("LiteLLM_VerificationToken")["models"] == [OLD]


def test_a_credential_is_replaced_under_seal(gwctl: Program, database: Database) -> None:
    for name in (OLD, NEW):
        database.insert(
            "LiteLLM_CredentialsTable", credential_id=f"c-{name}", credential_name=name, created_by="root",
            updated_by="root", credential_values={"api_key": seal("x")}, credential_info={},
        )  # fmt: skip
    params = {"model": seal("a/b"), "litellm_credential_name": seal(OLD)}
    put_model(database, "m-1", "m", litellm_params=params)
    put_thing(database, "ManagedVectorStoresTable", vector_store_id="v", litellm_credential_name=OLD)
    with writes_exactly(database):
        assert "--replace-with" in gwctl("--actor ann credentials delete old --yes", env=ENV, code=4).stderr
    gwctl("--actor ann credentials delete old --yes --replace-with new", env=ENV)
    stored = database.row("LiteLLM_ProxyModelTable")["litellm_params"]
    assert unseal(stored["litellm_credential_name"]) == NEW
    assert database.row("LiteLLM_ManagedVectorStoresTable")["litellm_credential_name"] == NEW


def test_an_organisations_budget_is_replaced(gwctl: Program, database: Database) -> None:
    """The gateway cannot delete it at all (2.11)."""
    put_things(database, "budget")
    put(database, "OrganizationTable", organization_id="o-1", organization_alias="acme", budget_id=OLD)
    database.insert("LiteLLM_Config", param_name="litellm_settings", param_value={"max_end_user_budget_id": OLD})
    gwctl("budgets delete old --yes --force", code=4)
    gwctl("budgets delete old --yes --replace-with new")
    assert database.row("LiteLLM_OrganizationTable")["budget_id"] == NEW
    assert database.row("LiteLLM_Config")["param_value"] == {"max_end_user_budget_id": NEW}


def test_a_project_hands_its_keys_on(gwctl: Program, database: Database) -> None:
    put_team(database, "ops")
    for name in (OLD, NEW):
        put(database, "ProjectTable", project_id=name, project_alias=f"the-{name}", team_id="t-ops")
    put_key(database, team_id="t-ops", project_id=OLD)
    gwctl("projects delete the-old --yes", code=4)
    gwctl("projects delete the-old --yes --replace-with the-new")
    assert database.row("LiteLLM_VerificationToken")["project_id"] == NEW


def test_a_teams_model_leaves_the_teams_lists_alone(gwctl: Program, database: Database) -> None:
    info = {"id": "m-1", "team_id": "t-ops", "team_public_model_name": OLD}
    put_model(database, "m-1", "model_name_t-ops_1", model_info=info)
    put_model(database, "m-2", NEW)
    put_team(database, "ops", models=[OLD])
    mine = put_key(database, "sk-mine-0123456789", key_alias="mine", team_id="t-ops", models=[OLD])
    other = put_key(database, "sk-other-0123456789", key_alias="other", models=[OLD])
    gwctl("models delete m-1 --yes", code=6)
    gwctl("models delete m-1 --yes --replace-with new")
    assert database.row("LiteLLM_TeamTable")["models"] == [NEW]
    assert database.row("LiteLLM_VerificationToken", token=mine["token"])["models"] == [NEW]
    assert database.row("LiteLLM_VerificationToken", token=other["token"])["models"] == [OLD]


def test_every_rule_that_can_replace_is_offered_and_no_other(gwctl: Program) -> None:
    from gwctl.cli.crud import REPLACEABLE
    from gwctl.cli.work import kinds

    able = {name for name in kinds().index if hasattr(kinds().rules(kinds().entity(name)), "replace")}
    assert able == REPLACEABLE
