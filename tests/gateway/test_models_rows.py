"""`models` write these rows (resources 2, 12)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.literals import put
from gateway.rows import LONG_AGO, NOW, UUID, Like, put_key, put_team, writes
from gateway.seals import ENV, SALT, SECRET, seal, sealed, unseal
from support.database import Database
from support.program import Program

Row = dict[str, Any]
DEFAULTS: Row = {"use_in_pass_through": False, "use_litellm_proxy": False, "merge_reasoning_content_in_choices": False}
TIMES: Row = {"created_at": NOW, "updated_at": NOW, "created_by": "ann", "updated_by": "ann"}


def put_model(database: Database, name: str = "gpt-4o", model_id: str = "m-1", **columns: Any) -> Row:
    """A deployment as the proxy stored it a while ago."""
    params = {
        "model": seal("openai/gpt-4o"), "api_key": seal("sk-old-provider-0123456789"), "api_base": seal("https://x.org"),
        "rpm": 5, **DEFAULTS,
    }  # fmt: skip
    old: Row = {
        "model_id": model_id, "model_name": name, "litellm_params": params,
        "model_info": {"id": model_id, "db_model": False, "mode": "chat"}, "created_at": LONG_AGO,
        "updated_at": LONG_AGO, "created_by": "root", "updated_by": "root",
    }  # fmt: skip
    return database.insert("LiteLLM_ProxyModelTable", **{**old, **columns})


def the_model(database: Database, **where: Any) -> Row:
    return database.row("LiteLLM_ProxyModelTable", **where)


CREATED: dict[str, tuple[str, Like, Row]] = {  # options; parameters; what model_info has besides id and db_model
    "12 parameters text by text, the model too": (
        "--model openai/gpt-4o --api-key env:PROVIDER_KEY --api-base https://x.org --litellm-params rpm:=5",
        sealed(model="openai/gpt-4o", api_key=SECRET, api_base="https://x.org", rpm=5, **DEFAULTS),
        {},
    ),
    "2 nested objects and lists stay plain": (
        """--litellm-params '{"model": "a/b", "headers": {"x": "y"}, "tags": ["t"], "drop": true}'""",
        sealed(model="a/b", headers={"x": "y"}, tags=["t"], drop=True, **DEFAULTS),
        {},
    ),
    "2 a wildcard is sealed, or it would open to nothing": ("--model '*'", sealed(model="*", **DEFAULTS), {}),
    "2 a variable of the proxy is sealed like any text": (
        "--model openai/o3 --litellm-params api_key=os.environ/OPENAI_API_KEY",
        sealed(model="openai/o3", api_key="os.environ/OPENAI_API_KEY", **DEFAULTS),
        {},
    ),
    "12 prices are copied": (
        "--model a/b --litellm-params input_cost_per_token:=0.5 --base-model azure/g --access-groups beta --tier paid",
        sealed(model="a/b", input_cost_per_token=0.5, **DEFAULTS),
        {"input_cost_per_token": 0.5, "base_model": "azure/g", "access_groups": ["beta"], "tier": "paid"},
    ),
    "12 nulls are dropped": ("--model a/b --litellm-params api_base:=null", sealed(model="a/b", **DEFAULTS), {}),
}  # fmt: skip


@pytest.mark.parametrize(("options", "params", "info"), CREATED.values(), ids=CREATED)
def test_create(gwctl: Program, database: Database, options: str, params: Like, info: Row) -> None:
    with writes(database, ProxyModelTable="+1", AuditLog="+1"):
        gwctl(f"--actor ann models create gpt-4o {options}", env=ENV)
    row = the_model(database)
    assert row == {
        "model_id": UUID, "model_name": "gpt-4o", "litellm_params": params,
        "model_info": {"id": row["model_id"], "db_model": False, **info}, **TIMES,
    }  # fmt: skip
    assert SECRET not in repr(dict(database.dump()))


def test_several_models_of_one_name(gwctl: Program, database: Database) -> None:
    put_model(database)
    gwctl("--actor ann models create gpt-4o --model a/b --model-id m-2", env=ENV)
    assert len(database.rows("LiteLLM_ProxyModelTable", model_name="gpt-4o")) == 2
    with writes(database):
        gwctl("--actor ann models create gpt-4o --model a/b --if-not-exists", env=ENV)
        complaint = gwctl("--actor ann models update gpt-4o --model c/d", env=ENV, code=4).stderr
    assert "m-1" in complaint
    assert "m-2" in complaint


def test_create_for_a_team_keeps_its_other_aliases(gwctl: Program, database: Database) -> None:
    """12: the alias map is added to, where the gateway replaces it; the list names the public name."""
    number = put(database, "ModelTable", id=7, aliases={"fast": "o3"})["id"]
    put_team(database, "research", models=["o3"], model_id=number)
    with writes(database, ProxyModelTable="+1", ModelTable="~1", TeamTable="~1", AuditLog="+1"):
        gwctl("--actor ann models create gpt-4o --model a/b --team research", env=ENV)
    row = the_model(database)
    assert row["model_name"].startswith("model_name_t-research_")
    assert row["model_info"] == {
        "id": row["model_id"], "db_model": False, "team_id": "t-research", "team_public_model_name": "gpt-4o",
    }  # fmt: skip
    assert database.row("LiteLLM_ModelTable")["aliases"] == {"fast": "o3", "gpt-4o": row["model_name"]}
    assert database.row("LiteLLM_TeamTable")["models"] == ["o3", "gpt-4o"]


def test_create_for_a_team_that_may_call_all(gwctl: Program, database: Database) -> None:
    """12: an empty list means all, and stays so."""
    put_team(database, "research")
    gwctl("--actor ann models create gpt-4o --model a/b --team research", env=ENV)
    team, aliases = database.row("LiteLLM_TeamTable"), database.row("LiteLLM_ModelTable")
    assert team["models"] == ["gpt-4o", "all-proxy-models"]
    assert team["model_id"] == aliases["id"]
    assert aliases["aliases"] == {"gpt-4o": the_model(database)["model_name"]}
    with writes(database):
        gwctl("--actor ann models create gpt-4o --model a/b --team research", env=ENV, code=4)


UPDATED: dict[str, tuple[str, Row]] = {  # options; the columns that differ
    "12 parameters are merged, the others keep their seals": (
        "--api-base https://y.org --litellm-params tpm:=9",
        {"litellm_params": sealed(model="openai/gpt-4o", api_key="sk-old-provider-0123456789", api_base="https://y.org",
                                  rpm=5, tpm=9, **DEFAULTS)},
    ),
    "a secret": (
        "--api-key env:PROVIDER_KEY",
        {"litellm_params": sealed(model="openai/gpt-4o", api_key=SECRET, api_base="https://x.org", rpm=5, **DEFAULTS)},
    ),
    "a parameter goes, which the gateway cannot": (
        "--set-null api_base --litellm-params rpm=",
        {"litellm_params": sealed(model="openai/gpt-4o", api_key="sk-old-provider-0123456789", **DEFAULTS)},
    ),
    "12 model_info is merged": (
        "--tier paid --model-info note=x",
        {"model_info": {"id": "m-1", "db_model": False, "mode": "chat", "tier": "paid", "note": "x"}},
    ),
    "another name": ("--model-name gpt-5", {"model_name": "gpt-5"}),
}  # fmt: skip


@pytest.mark.parametrize(("options", "columns"), UPDATED.values(), ids=UPDATED)
def test_update(gwctl: Program, database: Database, options: str, columns: Row) -> None:
    old = put_model(database)
    with writes(database, ProxyModelTable="~1", AuditLog="+1"):
        gwctl(f"--actor ann models update m-1 {options}", env=ENV)
    row = the_model(database)
    assert row == {**old, **columns, "updated_at": NOW, "updated_by": "ann"}
    for name, text in old["litellm_params"].items():
        new = row["litellm_params"].get(name)
        assert new == text or new is None or unseal(str(new)) != unseal(str(text)), f"{name} was sealed anew"


def test_what_is_so_already(gwctl: Program, database: Database) -> None:
    put_model(database)
    env = {**ENV, "SAME": "sk-old-provider-0123456789"}
    with writes(database):
        gwctl("models update m-1 --api-base https://x.org --api-key env:SAME --litellm-params rpm:=5", env=env)


def test_a_model_moves_into_a_team_and_out_of_it(gwctl: Program, database: Database) -> None:
    """12: PATCH with a team; out of it again, which the gateway cannot."""
    old = put_model(database)
    put_team(database, "research", models=["o3"])
    gwctl("--actor ann models update gpt-4o --team research", env=ENV)
    row = the_model(database)
    assert row["model_name"].startswith("model_name_t-research_")
    assert row["model_info"] == {**old["model_info"], "team_id": "t-research", "team_public_model_name": "gpt-4o"}
    assert database.row("LiteLLM_TeamTable")["models"] == ["o3", "gpt-4o"]
    assert database.row("LiteLLM_ModelTable")["aliases"] == {"gpt-4o": row["model_name"]}
    gwctl("--actor ann models update gpt-4o --model-name gpt-5", env=ENV)
    assert the_model(database)["model_name"] == row["model_name"], "the name of its own making stays"
    assert database.row("LiteLLM_TeamTable")["models"] == ["o3", "gpt-5"]
    assert database.row("LiteLLM_ModelTable")["aliases"] == {"gpt-5": row["model_name"]}
    with writes(database):
        gwctl("--actor ann models update gpt-5 --team research --tier paid --dry-run", env=ENV)
    gwctl("--actor ann models update gpt-5 --set-null team", env=ENV)
    assert the_model(database) == {**old, "model_name": "gpt-5", "updated_at": NOW, "updated_by": "ann"}
    assert database.row("LiteLLM_TeamTable")["models"] == ["o3"]
    assert database.row("LiteLLM_ModelTable")["aliases"] == {}


def test_what_is_no_text_needs_no_salt_key(gwctl: Program, database: Database) -> None:
    put_model(database)
    gwctl("models update m-1 --litellm-params rpm:=7 --litellm-params api_base=")
    params = the_model(database)["litellm_params"]
    assert params["rpm"] == 7
    assert "api_base" not in params


def test_delete_of_a_teams_model(gwctl: Program, database: Database) -> None:
    """12: its alias and its name in the team's list go; 17: other lists keep the name, and are told of."""
    put(database, "ModelTable", id=7, aliases={"fast": "o3", "gpt-4o": "model_name_t-research_x"})
    put_team(database, "research", models=["o3", "gpt-4o"], model_id=7)
    info = {"id": "m-1", "team_id": "t-research", "team_public_model_name": "gpt-4o"}
    put_model(database, "model_name_t-research_x", model_info=info)
    with writes(database, ProxyModelTable="-1", ModelTable="~1", TeamTable="~1", AuditLog="+2"):
        gwctl("--actor ann models delete m-1 --yes", env=ENV)
    assert database.row("LiteLLM_ModelTable")["aliases"] == {"fast": "o3"}
    assert database.row("LiteLLM_TeamTable")["models"] == ["o3"]


def test_delete_never_opens_a_team(gwctl: Program, database: Database) -> None:
    put_team(database, "research", models=["gpt-4o"])
    info = {"id": "m-1", "team_id": "t-research", "team_public_model_name": "gpt-4o"}
    put_model(database, "model_name_t-research_x", model_info=info)
    with writes(database):
        assert "could call every model" in gwctl("models delete m-1 --yes", code=6).stderr
    gwctl("models delete m-1 --yes --force")
    assert database.counts()["LiteLLM_ProxyModelTable"] == 0


def test_delete_takes_the_name_from_lists_unless_the_proxys_file_has_it(
    gwctl: Program, database: Database, tmp_path: Path
) -> None:
    """17, #26785: the gateway leaves it in every list."""
    put_model(database)
    put_key(database, models=["gpt-4o", "o3"], aliases={}, agent_id=None)
    put_team(database, "ops", models=["o3", "gpt-4o"])
    gwctl("models delete gpt-4o --yes --dry-run")
    file = tmp_path / "config.yaml"
    file.write_text("model_list: [{model_name: gpt-4o, litellm_params: {model: openai/gpt-4o}}]")
    gwctl(f"contexts set prod --url - --config-file {file}", stdin=database.url)
    with writes(database, ProxyModelTable="-1", AuditLog="+1"):
        gwctl("--context prod models delete gpt-4o --yes")
    put_model(database)
    with writes(database, ProxyModelTable="-1", VerificationToken="~1", TeamTable="~1", AuditLog="+3"):
        gwctl("models delete gpt-4o --yes")
    assert database.row("LiteLLM_TeamTable")["models"] == ["o3"]


def test_names_without_a_model(gwctl: Program, database: Database) -> None:
    put_key(database)
    put_team(database, "ops", models=["gpt-4o"])
    unused = gwctl("models unused -o json").json
    assert unused == [
        {"state": "missing", "model_name": "gpt-4o", "model_id": None, "named_by": ["team ops", "key nightly"]}
    ]


REFUSED: dict[str, tuple[str, int, Row]] = {
    "no provider's model": ("create x", 5, ENV),
    "no salt key": ("create x --model a/b", 5, {}),
    "no salt key, an update": ("update m-1 --api-base https://y.org", 5, {}),
    "another salt key than the proxy's": ("create x --model a/b", 6, {"LITELLM_SALT_KEY": "another"}),
    "a secret in the command line": ("update m-1 --litellm-params api_key=abc", 5, ENV),
    "a secret from nowhere": ("update m-1 --api-key env:NOTHING", 5, ENV),
    "no such team": ("create x --model a/b --team nobody", 3, ENV),
    "no such model": ("update nobody --model a/b", 3, ENV),
    "id taken": ("create x --model a/b --model-id m-1", 4, ENV),
    "a rehearsal": ("create x --model a/b --dry-run", 0, ENV),
}


@pytest.mark.parametrize(("command", "code", "env"), REFUSED.values(), ids=REFUSED)
def test_writes_nothing(gwctl: Program, database: Database, command: str, code: int, env: Row) -> None:
    put_model(database)
    with writes(database):
        gwctl(f"--actor ann models {command}", code=code, env=env)


def test_the_master_key_seals_where_there_is_no_salt_key(gwctl: Program, database: Database) -> None:
    """2: a salt key that is set counts, even an empty one."""
    gwctl("models create x --model a/b", env={"LITELLM_MASTER_KEY": "sk-master-0123456789"})
    assert unseal(the_model(database)["litellm_params"]["model"], "sk-master-0123456789") == "a/b"
    gwctl("models delete x --yes")
    gwctl("models create x --model a/b", env={"LITELLM_MASTER_KEY": "sk-master-0123456789", "LITELLM_SALT_KEY": ""})
    assert unseal(the_model(database)["litellm_params"]["model"], "") == "a/b"


def test_sealed_values_are_read_by_who_has_the_key(gwctl: Program, database: Database) -> None:
    put_model(database)
    shown = gwctl("models get m-1 -o json", env=ENV).json["litellm_params"]
    assert shown == {
        "model": "openai/gpt-4o", "api_base": "https://x.org", "api_key": "********", "rpm": 5, **DEFAULTS,
    }  # fmt: skip
    assert gwctl("models get m-1 -o json").json["litellm_params"]["model"] == "(sealed)"
    assert "openai/gpt-4o" in gwctl("models list", env=ENV).stdout


def test_manifests(gwctl: Program, database: Database) -> None:
    """Export, apply, no change; a secret that differs is a change that shows nothing."""
    gwctl("models create gpt-4o --model openai/gpt-4o --api-base https://x.org --model-id m-1 --tier paid", env=ENV)
    gwctl("models create gpt-4o --model openai/gpt-4o --model-id m-2", env=ENV)
    exported = gwctl("export models", env=ENV).stdout
    with writes(database):
        assert gwctl("apply -f - --yes -o json", stdin=exported, env=ENV).json["changes"] == []
    entry = {"model_name": "gpt-4o", "model_id": "m-1", "litellm_params": {"api_key": {"env": "PROVIDER_KEY"}}}
    manifest = json.dumps({"models": [entry]})
    plan = gwctl("apply -f - --yes -o json", stdin=manifest, env=ENV).json["changes"]
    assert [change["fields"] for change in plan] == [{"api_key": {"old": None, "new": "(changed)"}}]
    with writes(database):
        assert gwctl("apply -f - --yes -o json", stdin=manifest, env=ENV).json["changes"] == []
        without = gwctl("diff -f -", stdin=manifest, env={"PROVIDER_KEY": "other"})
    assert "cannot be compared" in without.stderr
    assert unseal(the_model(database, model_id="m-1")["litellm_params"]["api_key"]) == SECRET
    assert "********" in gwctl("export models", env=ENV).stdout
    assert SECRET not in gwctl("export models", env=ENV).stdout


def test_a_secret_deep_down_in_a_manifest(gwctl: Program, database: Database) -> None:
    """What an export masks below the first names is named again like any secret; elsewhere `env: prod` is a value."""
    headers, body = {"X-Key": {"env": "PROVIDER_KEY"}}, {"env": "prod", "a": [{"file": "f"}]}
    params = {"extra_headers": headers, "extra_body": {"deep": body, "more": [{"api_key": {"env": "PROVIDER_KEY"}}]}}
    manifest = json.dumps({"models": [{"model_name": "gpt-4o", "model": "a/b", "litellm_params": params}]})
    gwctl("apply -f - --yes", stdin=manifest, env=ENV)
    stored = the_model(database)["litellm_params"]
    assert stored["extra_headers"] == {"X-Key": SECRET}
    assert stored["extra_body"] == {"deep": body, "more": [{"api_key": SECRET}]}
    with writes(database):
        assert gwctl("apply -f - --yes -o json", stdin=manifest, env=ENV).json["changes"] == []
        refused = gwctl("apply -f - --yes", stdin=manifest, env={**ENV, "PROVIDER_KEY": ""}, code=5).stderr
    assert "litellm_params.extra_headers.X-Key: the environment variable PROVIDER_KEY is empty" in refused
    exported = gwctl("export models", env=ENV).stdout
    assert SECRET not in exported
    again = exported.replace("'********'", "{env: PROVIDER_KEY}")
    with writes(database):
        assert gwctl("apply -f - --yes -o json", stdin=again, env=ENV).json["changes"] == []
    other = {**ENV, "PROVIDER_KEY": "sk-another-0123456789"}
    shown = gwctl("apply -f - --yes", stdin=again, env=other).stdout
    assert "sk-another" not in shown
    assert the_model(database)["litellm_params"]["extra_headers"] == {"X-Key": "sk-another-0123456789"}


def test_a_secret_deep_down_in_a_command(gwctl: Program, database: Database) -> None:
    params = json.dumps({"extra_headers": {"X-Key": {"env": "PROVIDER_KEY"}}, "extra_body": {"deep": {"env": "prod"}}})
    gwctl(["models", "create", "gpt-4o", "--model", "a/b", "--litellm-params", params], env=ENV)
    stored = the_model(database)["litellm_params"]
    assert (stored["extra_headers"], stored["extra_body"]) == ({"X-Key": SECRET}, {"deep": {"env": "prod"}})
    callback = {"callback_name": "langfuse", "callback_vars": {"langfuse_secret_key": {"env": "PROVIDER_KEY"}}}
    told = gwctl(["teams", "create", "research", "--logging", json.dumps([callback]), "-o", "json"], env=ENV).stdout
    assert SECRET not in told
    [logged] = database.row("LiteLLM_TeamTable")["metadata"]["logging"]
    assert logged["callback_vars"] == {"langfuse_secret_key": SECRET}


def test_a_secret_in_a_field_that_is_not_sealed(gwctl: Program, database: Database) -> None:
    callback = {"callback_name": "langfuse", "callback_vars": {"langfuse_secret_key": {"env": "PROVIDER_KEY"}}}
    team = {"team_alias": "research", "logging": [callback], "metadata": {"stage": {"env": "prod"}}}
    manifest = json.dumps({"teams": [team]})
    told = gwctl("apply -f - --yes", stdin=manifest, env=ENV).stdout
    stored = database.row("LiteLLM_TeamTable")["metadata"]
    assert stored["stage"] == {"env": "prod"}
    assert stored["logging"][0]["callback_vars"] == {"langfuse_secret_key": SECRET}
    assert SECRET not in told + repr(database.rows("LiteLLM_AuditLog"))
    again = gwctl("export teams", env=ENV).stdout.replace("'********'", "{env: PROVIDER_KEY}")
    assert "{env: PROVIDER_KEY}" in again
    with writes(database):
        assert gwctl("apply -f - --yes -o json", stdin=again, env=ENV).json["changes"] == []


def test_an_object_in_the_place_of_a_text(gwctl: Program, database: Database) -> None:
    entry = {"model_name": "gpt-4o", "model": "a/b"}
    for own in ("text", {"a": {"b": 5}}, {"a": "text"}):
        manifest = json.dumps({"models": [{**entry, "litellm_params": {"own": own}}]})
        gwctl("apply -f - --yes", stdin=manifest, env=ENV)
        with writes(database):
            assert gwctl("apply -f - --yes -o json", stdin=manifest, env=ENV).json["changes"] == []
    assert the_model(database)["litellm_params"]["own"] == {"a": "text"}


def test_images_hold_what_is_stored(gwctl: Program, database: Database) -> None:
    """The change is taken back with the seals that were there."""
    old = put_model(database)
    gwctl("models update m-1 --api-key env:PROVIDER_KEY", env=ENV)
    change = gwctl("audit list -o json").json[0]["change_set"]
    gwctl(f"audit undo {change} --yes", env=ENV)
    assert the_model(database)["litellm_params"] == old["litellm_params"]
    logged = repr(database.rows("LiteLLM_AuditLog"))
    assert old["litellm_params"]["api_key"] not in logged
    assert SALT not in repr(dict(database.dump()))


def test_manifest_of_a_team_and_its_model(gwctl: Program, database: Database) -> None:
    """The team comes first, whatever the order; a model of a team is known by its id."""
    model = {"model_name": "gpt-4o", "model_id": "m-1", "team": "research", "model": "a/b"}
    manifest = json.dumps({"models": [model], "teams": [{"team_alias": "research"}]})
    assert gwctl("diff -f -", stdin=manifest, code=1).stdout, "a diff needs no salt key"
    with writes(database):
        gwctl("apply -f - --yes", stdin=manifest, code=5)
    gwctl("apply -f - --yes", stdin=manifest, env=ENV)
    with writes(database):
        assert gwctl("apply -f - --yes -o json", stdin=manifest, env=ENV).json["changes"] == []
    exported = gwctl("export models -o json", env=ENV).json["models"]
    assert [(one["model_name"], one["team"], one["model_id"]) for one in exported] == [("gpt-4o", "research", "m-1")]


def test_models_of_one_name_in_a_manifest(gwctl: Program, database: Database) -> None:
    """Ids tell them apart; without ids they are one thing told of twice, or in doubt."""
    one, two = ({"model_name": "gpt-4o", "model_id": model_id, "model": "a/b"} for model_id in ("m-1", "m-2"))
    gwctl("apply -f - --yes", stdin=json.dumps({"models": [one, two]}), env=ENV)
    assert len(database.rows("LiteLLM_ProxyModelTable", model_name="gpt-4o")) == 2
    bare = {"model_name": "gpt-4o", "model": "c/d"}
    with writes(database):
        assert "twice" in gwctl("validate -f -", stdin=json.dumps({"models": [bare, bare]}), code=5).stderr
        assert "m-1" in gwctl("apply -f - --yes", stdin=json.dumps({"models": [bare]}), env=ENV, code=4).stderr
        masked = {**one, "api_key": "********"}
        gwctl("validate -f -", stdin=json.dumps({"models": [masked]}), code=5)
