"""Lists are filtered and sorted by the database, and by its indexes where the schema has one for a filter."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from gwctl import urls
from gwctl.cli import filters
from gwctl.cli.work import kinds
from gwctl.core import unit
from gwctl.core.listing import Query, select
from gwctl.describe import Entity, Ref
from gwctl.settings import Settings
from support.database import Database

INDEXED = """
    select a.attname as column from pg_index i
    join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
    where i.indrelid = %s::regclass and i.indpred is null"""

NAMES = sorted(kinds().index)
BY_REFERENCE = sorted(
    (name, place.column)
    for name in NAMES
    for place in filters.references(kinds().entity(name)).values()
    if isinstance(place, Ref)
)


class Planner:
    """What PostgreSQL would do for a list."""

    def __init__(self, opened: unit.Unit) -> None:
        self.unit = opened

    def without(self, *ways: str) -> None:
        """Has it do otherwise where it can: on empty tables it would not take an index."""
        for way in ways:
            self.unit.connection.execute(sa.text(f"SET LOCAL enable_{way} = off"))

    def nodes(self, entity: Entity, query: Query) -> list[dict[str, Any]]:
        statement = select(self.unit, entity, query)
        assert statement is not None
        compiled = statement.compile(self.unit.connection, compile_kwargs={"render_postcompile": True})
        found = self.unit.connection.exec_driver_sql(
            f"EXPLAIN (FORMAT JSON) {compiled}",
            {name: compiled._bind_processors.get(name, lambda v: v)(v) for name, v in compiled.params.items()},
        )
        return list(_nodes(found.scalar_one()[0]["Plan"]))


@pytest.fixture
def planner(standing_database: Database) -> Iterator[Planner]:
    place = unit.Place(Settings(urls.parse(standing_database.url), "test"), kinds(), "test")
    with unit.reading(place) as opened:
        yield Planner(opened)


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)


def indexed(database: Database, table: str) -> set[str]:
    """The columns that an index of a table begins with."""
    return {row["column"] for row in database.execute(INDEXED, f'"{table}"')}


def scans(nodes: list[dict[str, Any]], table: str) -> list[str]:
    return [node["Node Type"] for node in nodes if node.get("Relation Name") == table]


def conditions(nodes: list[dict[str, Any]]) -> str:
    return " ".join(node.get("Index Cond", "") for node in nodes)


@pytest.mark.parametrize(("name", "column"), BY_REFERENCE)
def test_a_reference_is_looked_up_in_its_index(
    planner: Planner, standing_database: Database, name: str, column: str
) -> None:
    """The clause is one that the index serves: with sequential scans out of favour, it is what the plan goes by."""
    entity = kinds().entity(name)
    if column not in indexed(standing_database, entity.table):
        pytest.skip("the schema has no index for it")
    planner.without("seqscan")
    nodes = planner.nodes(entity, Query(equal={column: "x"}))
    assert "Seq Scan" not in scans(nodes, entity.table)
    assert column in conditions(nodes), nodes


@pytest.mark.parametrize("name", NAMES)
def test_what_is_joined_is_looked_up_by_its_key(planner: Planner, name: str) -> None:
    entity = kinds().entity(name)
    planner.without("seqscan", "hashjoin", "mergejoin")
    nodes = planner.nodes(entity, Query(limit=501, reserved=True))
    others = {node["Relation Name"] for node in nodes if "Relation Name" in node} - {entity.table}
    for other in others:
        assert "Seq Scan" not in scans(nodes, other), nodes


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("descending", [False, True], ids=["up", "down"])
def test_the_first_by_key_are_read_in_its_order(planner: Planner, name: str, descending: bool) -> None:
    """Sorted by the key of its table, a page of a list needs no sort of them all."""
    entity = kinds().entity(name)
    planner.without("seqscan", "hashjoin", "mergejoin", "sort")
    nodes = planner.nodes(entity, Query(sort=entity.key, descending=descending, limit=501, reserved=True))
    assert not any("Sort" in node["Node Type"] for node in nodes), nodes


@pytest.mark.parametrize("name", NAMES)
def test_one_is_read_by_its_key(planner: Planner, name: str) -> None:
    entity = kinds().entity(name)
    planner.without("seqscan")
    nodes = planner.nodes(entity, Query(ids=["x"], reserved=True))
    assert "Seq Scan" not in scans(nodes, entity.table), nodes
    assert entity.key in conditions(nodes), nodes


def test_keys_of_one_among_many(database: Database) -> None:
    """On a table of some size the planner takes the index of its own accord, whichever reference is asked for."""
    database.execute(
        """insert into "LiteLLM_VerificationToken" (token, key_alias, team_id, user_id, models, budget_reset_at)
           select md5(n::text), 'key-' || n, 'team-' || n % 100, 'user-' || n % 100, '{}', now()
           from generate_series(1, 5000) n"""
    )
    database.execute("analyze")
    place = unit.Place(Settings(urls.parse(database.url), "test"), kinds(), "test")
    keys = kinds().entity("key")
    with unit.reading(place) as opened:
        for query in (Query(equal={"team_id": "team-7"}), Query(equal={"user_id": "user-7"}), Query(ids=["x"])):
            nodes = Planner(opened).nodes(keys, query)
            assert "Seq Scan" not in scans(nodes, keys.table), json.dumps(nodes, indent=1)
