"""Where an export goes, and what of a gateway it tells of."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.database import Database
from support.program import Program

WORLD: dict[str, list[dict[str, Any]]] = {
    "budgets": [{"budget_id": "gold", "max_budget": 100}, {"budget_id": "zinc", "max_budget": 1}],
    "orgs": [
        {"organization_alias": "acme", "budget": "gold", "members": [{"user": "boss"}]},
        {"organization_alias": "bolt"},
    ],
    "access-groups": [{"access_group_name": "wide", "access_model_names": ["o1"]}, {"access_group_name": "slim"}],
    "users": [{"user_id": one} for one in ("ada", "boss", "cyd", "dan")],
    "teams": [
        {"team_alias": "red", "org": "acme", "members": [{"user": "ada"}], "access_groups": ["wide"]},
        {"team_alias": "green", "org": "acme"},
        {"team_alias": "blue", "org": "bolt", "members": [{"user": "dan"}]},
    ],
    "projects": [{"project_alias": "web", "team": "red"}, {"project_alias": "app", "team": "blue"}],
    "customers": [{"user_id": "c1", "budget": "gold"}],
    "tags": [{"tag_name": "night"}],
    "keys": [
        {"key_alias": "red-1", "team": "red", "user": "cyd", "token": "1" * 64},
        {"key_alias": "red-2", "team": "red", "project": "web", "token": "2" * 64},
        {"key_alias": "blue-1", "team": "blue", "budget": "zinc", "token": "3" * 64},
        {"key_alias": "acme-1", "org": "acme", "token": "4" * 64},
        {"key_alias": "alone", "user": "ada", "token": "5" * 64},
    ],
    "vector-stores": [{"vector_store_id": "vs", "custom_llm_provider": "openai", "team": "red"}],
    "models": [
        {"model_name": "own", "model_id": "m-1", "model": "openai/x", "team": "red"},
        {"model_name": "all", "model_id": "m-2", "model": "openai/y"},
    ],
}
SALT = {"LITELLM_SALT_KEY": "sk-salt-0123456789"}


@pytest.fixture
def world(gwctl: Program) -> Program:
    gwctl("apply -f - --yes", stdin=json.dumps(WORLD), env=SALT)
    return gwctl


def named(text: str) -> dict[str, list[str]]:
    """The first field of each object, by group."""
    return {
        group: sorted(str(next(iter(one.values()))) for one in objects)
        for group, objects in (yaml.safe_load(text) or {}).items()
    }


def test_a_team_with_what_belongs_to_it(world: Program) -> None:
    assert named(world("export --team red", env=SALT).stdout) == {
        "budgets": ["gold"],
        "orgs": ["acme"],
        "models": ["own"],
        "access-groups": ["wide"],
        "teams": ["red"],
        "users": ["ada", "boss", "cyd"],
        "projects": ["web"],
        "keys": ["red-1", "red-2"],
        "vector-stores": ["vs"],
    }


def test_an_organisation_with_its_teams_and_theirs(world: Program) -> None:
    assert named(world("export --org bolt", env=SALT).stdout) == {
        "budgets": ["zinc"],
        "orgs": ["bolt"],
        "teams": ["blue"],
        "users": ["dan"],
        "projects": ["app"],
        "keys": ["blue-1"],
    }
    acme = named(world("export --org acme", env=SALT).stdout)
    assert acme["teams"] == ["green", "red"]
    assert acme["keys"] == ["acme-1", "red-1", "red-2"]


def test_several_of_them_and_some_groups_alone(world: Program) -> None:
    found = named(world("export teams keys --team red --team blue", env=SALT).stdout)
    assert found == {"teams": ["blue", "red"], "keys": ["blue-1", "red-1", "red-2"]}
    assert named(world("export tags --team red").stdout) == {}


def test_an_empty_gateway_takes_a_part(world: Program, standing_database: Database) -> None:
    world("models delete m-1 --yes", env=SALT)
    text = world("export --team red --org bolt --with-hashes", env=SALT).stdout
    other = Program(standing_database)
    other("apply -f - --yes", stdin=text, env=SALT)
    assert other("export --with-hashes", env=SALT).stdout == text


def test_a_name_that_nobody_bears(world: Program) -> None:
    assert "there is no team 'pink'" in world("export --team pink", code=3).stderr


def test_a_file_is_replaced_as_a_whole(world: Program) -> None:
    Path("out.jsonl").write_text("old\n")
    Path("out.jsonl").chmod(0o640)
    result = world("export teams --to out.jsonl")
    assert result.stdout == ""
    assert Path("out.jsonl").read_text() == world("export teams -o jsonl").stdout
    assert Path("out.jsonl").stat().st_mode & 0o777 == 0o640
    assert world("export teams --to out.jsonl -o yaml").stdout == ""
    assert Path("out.jsonl").read_text() == world("export teams").stdout
    assert {one.name for one in Path().iterdir()} == {"home", "out.jsonl"}


def test_a_file_stays_when_the_export_fails(world: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("out.yaml").write_text("old\n")
    world("export --team pink --to out.yaml", code=3)

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("gwctl.core.export._document", broken)
    world("export teams --to out.yaml", code=1)
    assert Path("out.yaml").read_text() == "old\n"
    assert {one.name for one in Path().iterdir()} == {"home", "out.yaml"}


@pytest.mark.parametrize("place", ["missing/out.yaml", "home/out.yaml/x"])
def test_a_place_that_cannot_be_written(world: Program, place: str) -> None:
    Path("home/out.yaml").write_text("")
    assert "cannot be written" in world(["export", "teams", "--to", place], code=5).stderr


def test_what_is_no_file(world: Program) -> None:
    os.mkfifo("pipe")
    assert "is no file" in world("export teams --to pipe", code=2).stderr
    assert world("export teams --to -").stdout == world("export teams").stdout


@pytest.mark.parametrize("form", ["yaml", "json", "jsonl"])
def test_a_folder_has_a_file_for_each_group(world: Program, form: str) -> None:
    whole = world("export --with-hashes", env=SALT).stdout
    world(f"export --with-hashes --to gateway/ -o {form}", env=SALT)
    assert {one.name for one in Path("gateway").iterdir()} == {f"{group}.{form}" for group in WORLD}
    assert world("diff -f gateway", env=SALT).stdout == "No changes.\n"
    Path("gateway/notes.txt").write_text("mine")
    world("tags delete night --yes")
    assert "1 removed" in world(f"export --with-hashes --to gateway -o {form}", env=SALT).stderr
    assert not Path(f"gateway/tags.{form}").exists()
    assert Path("gateway/notes.txt").read_text() == "mine"
    if form == "yaml":
        assert whole.count("\n") > sum(one.read_text().count("\n") for one in Path("gateway").glob("*.yaml"))


def test_some_groups_leave_the_files_of_others(world: Program) -> None:
    world("export --to gateway/", env=SALT)
    before = Path("gateway/keys.yaml").read_text()
    world("keys delete alone --yes")
    world("export teams --to gateway/")
    assert Path("gateway/keys.yaml").read_text() == before
    world("export keys --to gateway/")
    assert "alone" not in Path("gateway/keys.yaml").read_text()


def test_json_in_pieces_is_json(world: Program) -> None:
    found = world("export -o json", env=SALT)
    assert found.stdout == json.dumps(found.json, ensure_ascii=False, indent=2) + "\n"
    assert found.json == yaml.safe_load(world("export", env=SALT).stdout)
    assert world("export search-tools -o json").stdout == "{}\n"


def test_the_order_is_the_same_in_every_database(gwctl: Program) -> None:
    names = ["b", "B", "a-1", "a_1", "ä", "A"]
    gwctl("apply -f - --yes", stdin=json.dumps({"tags": [{"tag_name": one} for one in names]}))
    assert [one["tag_name"] for one in gwctl("export tags -o json").json["tags"]] == sorted(names)
