"""`vector-stores`, `vector-store-indexes` and `search-tools` write these rows (resources 4, 11, 14)."""

from __future__ import annotations

import pytest

from gateway.literals import Step, build_tenancy, changed, gone, put, writes_exactly
from gateway.resource_rows import made, put_thing
from gateway.rows import put_key
from support.database import Database
from support.program import Program

Case = tuple[str, dict[str, list[Step]]]

STORE = {"vector_store_id": "vs-1"}

CREATED: dict[str, Case] = {
    "14 a store": (
        "vector-stores create vs-1 --custom-llm-provider openai",
        {"ManagedVectorStoresTable": [made("ManagedVectorStoresTable", **STORE)]},
    ),
    "14 a store of a team, with all": (
        "vector-stores create vs-1 --custom-llm-provider openai --vector-store-name docs "
        "--vector-store-description Papers --vector-store-metadata owner=ada --litellm-credential-name c "
        "--litellm-params api_key=env:K --team research --user ada",
        {
            "ManagedVectorStoresTable": [
                made("ManagedVectorStoresTable", **STORE, vector_store_name="docs", vector_store_description="Papers",
                     vector_store_metadata={"owner": "ada"}, litellm_credential_name="c",
                     litellm_params={"api_key": "s3cret"}, team_id="t-research", user_id="ada")
            ]
        },
    ),
    "14 an index": (
        "vector-store-indexes create idx --vector-store-index i --vector-store-name docs",
        {
            "ManagedVectorStoreIndexTable": [
                made("ManagedVectorStoreIndexTable", index_name="idx",
                     litellm_params={"vector_store_index": "i", "vector_store_name": "docs"})
            ]
        },
    ),
    "11 a search tool": (
        "search-tools create web --search-provider tavily",
        {"SearchToolsTable": [made("SearchToolsTable", search_tool_name="web")]},
    ),
    "11 a search tool with all": (
        "search-tools create web --search-provider tavily --api-key env:K --litellm-params timeout:=5 "
        "--search-tool-info owner=ada --search-tool-id st",
        {
            "SearchToolsTable": [
                made("SearchToolsTable", search_tool_name="web", search_tool_id="st", search_tool_info={"owner": "ada"},
                     litellm_params={"search_provider": "tavily", "api_key": "s3cret", "timeout": 5})
            ]
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize(("command", "tables"), CREATED.values(), ids=CREATED)
def test_create(gwctl: Program, database: Database, command: str, tables: dict[str, list[Step]]) -> None:
    build_tenancy(database)
    with writes_exactly(database, **tables):
        result = gwctl(f"--actor ann {command}", env={"K": "s3cret"})
    assert "s3cret" not in result.text


def build(database: Database) -> None:
    build_tenancy(database)
    put_thing(database, "ManagedVectorStoresTable", **STORE, vector_store_name="docs", litellm_params={"a": 1})
    put_thing(database, "ManagedVectorStoreIndexTable", id="i-1", index_name="idx", litellm_params={"a": 1})
    for name in ("web", "news"):
        put_thing(database, "SearchToolsTable", search_tool_id=f"st-{name}", search_tool_name=name)


CHANGED: dict[str, Case] = {
    "14 a store, by its name": (
        "vector-stores update docs --vector-store-description Papers --litellm-params b:=2",
        {
            "ManagedVectorStoresTable": [
                changed("vs-1", vector_store_description="Papers", litellm_params={"a": 1, "b": 2})
            ]
        },
    ),
    "14 a store for everybody": (
        "vector-stores update vs-1 --set-null team", {},
    ),
    "11 a search tool: what is not sent stays": (
        "search-tools update web --litellm-params timeout:=5",
        {"SearchToolsTable": [changed("st-web", litellm_params={"search_provider": "tavily", "timeout": 5})]},
    ),
    "14 a store goes": ("vector-stores delete vs-1", {"ManagedVectorStoresTable": [gone("vs-1")]}),
    "14 an index goes": (
        "vector-store-indexes delete idx", {"ManagedVectorStoreIndexTable": [gone("i-1")]},
    ),
    "11 a search tool goes": ("search-tools delete web", {"SearchToolsTable": [gone("st-web")]}),
}  # fmt: skip


@pytest.mark.parametrize(("command", "tables"), CHANGED.values(), ids=CHANGED)
def test_change(gwctl: Program, database: Database, command: str, tables: dict[str, list[Step]]) -> None:
    build(database)
    with writes_exactly(database, **tables):
        gwctl(f"--actor ann {command} --yes")


def test_store_leaves_lists_and_opens_none(gwctl: Program, database: Database) -> None:
    build(database)
    put(database, "ObjectPermissionTable", object_permission_id="o-1", vector_stores=["vs-1", "vs-2"])
    put_key(database, object_permission_id="o-1")
    with writes_exactly(
        database,
        ManagedVectorStoresTable=[gone("vs-1")],
        ObjectPermissionTable=[changed("o-1", vector_stores=["vs-2"])],
    ):
        gwctl("--actor ann vector-stores delete vs-1 --yes")
    put_thing(database, "ManagedVectorStoresTable", vector_store_id="vs-2")
    with writes_exactly(database):
        result = gwctl("--actor ann vector-stores delete vs-2 --yes", code=6)
    assert "key nightly could search every vector store" in result.text


REFUSED: dict[str, tuple[str, int]] = {
    "14 store: no provider": ("vector-stores create vs-9", 5),
    "14 store: no id": ("vector-stores create --custom-llm-provider openai", 5),
    "14 store: exists": ("vector-stores create vs-1 --custom-llm-provider openai", 4),
    "14 store: no such team": ("vector-stores create vs-9 --custom-llm-provider openai --team nobody", 3),
    "14 store: unknown": ("vector-stores update vs-9 --vector-store-name x --yes", 3),
    "14 index: exists": ("vector-store-indexes create idx --vector-store-index i --vector-store-name docs", 4),
    "14 index: no store": ("vector-store-indexes create x --vector-store-index i", 5),
    "11 search tool: exists": ("search-tools create web --search-provider tavily", 4),
    "11 search tool: no provider": ("search-tools create x", 5),
    "11 search tool: another provider": ("search-tools create x --search-provider mine", 5),
    "11 search tool: unknown": ("search-tools delete nobody --yes", 3),
}


@pytest.mark.parametrize(("command", "code"), REFUSED.values(), ids=REFUSED)
def test_writes_nothing(gwctl: Program, database: Database, command: str, code: int) -> None:
    build(database)
    with writes_exactly(database):
        gwctl(f"--actor ann {command}", code=code)
