"""`prompts` write these rows (resources 10)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gateway.literals import Row, changed, gone, writes_exactly
from gateway.resource_rows import PROMPT_PARAMS, made, put_thing
from gateway.rows import put_key
from support.database import Database
from support.program import Program

DOT: Row = {**PROMPT_PARAMS, "prompt_integration": "dotprompt"}

CREATED: dict[str, tuple[str, Row]] = {
    "10 version 1, the full parameters": ("", {}),
    "10 its text": ("--dotprompt-content 'Say {{x}}'", {"litellm_params": {**DOT, "dotprompt_content": "Say {{x}}"}}),
    "10 another integration": (
        "--prompt-integration langfuse --litellm-params prompt_id=greet --api-key env:LF --prompt-info owner=ada",
        {
            "litellm_params": {**DOT, "prompt_integration": "langfuse", "prompt_id": "greet", "api_key": "s3cret"},
            "prompt_info": {"owner": "ada"},
        },
    ),
}


@pytest.mark.parametrize(("options", "columns"), CREATED.values(), ids=CREATED)
def test_create(gwctl: Program, database: Database, options: str, columns: Row) -> None:
    integration = "" if "integration" in options else "--prompt-integration dotprompt"
    expected = made("PromptTable", prompt_id="greet", **{"litellm_params": DOT, **columns})
    with writes_exactly(database, PromptTable=[expected]):
        result = gwctl(f"--actor ann prompts create greet {integration} {options}", env={"LF": "s3cret"})
    assert "s3cret" not in result.text


def put_prompt(database: Database, version: int, text: str = "Hi", prompt_id: str = "greet") -> Row:
    return put_thing(
        database, "PromptTable", id=f"{prompt_id}-{version}", prompt_id=prompt_id, version=version,
        litellm_params={**DOT, "dotprompt_content": text},
    )  # fmt: skip


def test_update_is_a_new_version(gwctl: Program, database: Database) -> None:
    put_prompt(database, 1)
    put_prompt(database, 2)
    text = {**DOT, "dotprompt_content": "Ho"}
    with writes_exactly(database, PromptTable=[made("PromptTable", prompt_id="greet", version=3, litellm_params=text)]):
        shown = gwctl("--actor ann prompts update greet --dotprompt-content Ho --yes -o json").json
    assert shown["version"] == 3
    with writes_exactly(database):
        gwctl("--actor ann prompts update greet --dotprompt-content Ho --yes")


def test_delete_all_versions_or_one(gwctl: Program, database: Database) -> None:
    for version in (1, 2, 3):
        put_prompt(database, version)
    put_prompt(database, 1, prompt_id="bye")
    key = put_key(database, metadata={"prompts": ["greet", "bye"]})
    with writes_exactly(database, PromptTable=[gone("greet-2")]):
        gwctl("--actor ann prompts delete greet@2 --yes")
    with writes_exactly(
        database,
        PromptTable=[gone("greet-1"), gone("greet-3")],
        VerificationToken=[changed(key["token"], metadata={"prompts": ["bye"]})],
    ):
        gwctl("--actor ann prompts delete greet --yes")
    with writes_exactly(database):
        result = gwctl("--actor ann prompts delete bye --yes", code=6)
    assert "use every prompt" in result.text


REFUSED: dict[str, tuple[str, int]] = {
    "10 create: there already": ("create greet --prompt-integration dotprompt", 4),
    "10 create: no integration": ("create x", 5),
    "10 create: another integration": ("create x --prompt-integration mine", 5),
    "10 create: .v in the id": ("create my.video --prompt-integration dotprompt", 5),
    "10 create: _v in the id": ("create my_video --prompt-integration dotprompt", 5),
    "10 create: nobody has environments here": ("create x --prompt-integration dotprompt --environment production", 8),
    "10 update: no such prompt": ("update nobody --dotprompt-content x --yes", 3),
    "10 delete: no such version": ("delete greet@7 --yes", 3),
}


@pytest.mark.parametrize(("command", "code"), REFUSED.values(), ids=REFUSED)
def test_writes_nothing(gwctl: Program, database: Database, command: str, code: int) -> None:
    put_prompt(database, 1)
    with writes_exactly(database):
        gwctl(f"--actor ann prompts {command}", code=code)


def test_reads(gwctl: Program, database: Database) -> None:
    put_prompt(database, 1)
    put_prompt(database, 2, "Ho")
    assert [one["version"] for one in gwctl("prompts list -o json").json] == [2]
    assert [one["version"] for one in gwctl("prompts versions greet -o json").json] == [1, 2]
    assert gwctl("prompts get greet@1 -o json").json["litellm_params"]["dotprompt_content"] == "Hi"


def test_versions_are_counted_in_their_environment(foreign_database: Callable[[str], Database], tmp_path: Any) -> None:
    """From 1.100 on."""
    database = foreign_database("gateway-1.100.0")
    gwctl = Program(database)
    file = tmp_path / "prompts.yaml"
    entry = "{prompt_id: a, prompt_integration: dotprompt, dotprompt_content: TEXT, environment: ENV}"
    one = entry.replace("TEXT", "one")
    both = [one.replace("ENV", "development"), one.replace("ENV", "production")]
    file.write_text(f"prompts: [{', '.join(both)}]")
    gwctl(f"apply -f {file} --yes")
    gwctl(f"diff -f {file}")
    file.write_text(f"prompts: [{entry.replace('TEXT', 'two').replace('ENV', 'production')}]")
    gwctl(f"apply -f {file} --yes")
    rows = database.rows("LiteLLM_PromptTable")
    assert sorted((row["environment"], row["version"]) for row in rows) == [
        ("development", 1), ("production", 1), ("production", 2),
    ]  # fmt: skip
    assert gwctl("prompts get a@production -o json").json["version"] == 2
    gwctl("prompts get a", code=4)
