"""Whatever is written in a manifest: it is applied and then no difference, or refused with nothing changed."""

from __future__ import annotations

import string
from itertools import count
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.database import Database
from support.program import Program

ENVIRONMENT = {"SET": "sk-of-the-environment-01"}

TEXTS = st.one_of(
    st.sampled_from(
        ["", "a", "b", "30d", "1mo", "sk-x", "********", "admin", "a@b.c", "default", "null", "~", "=", "\u2028", "ü"]
    ),
    st.text(st.characters(codec="utf-8"), max_size=8),
)
VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-2, 2**64), st.floats(), TEXTS, st.datetimes(), st.just({"env": "SET"})
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=4,
)
LIMITS = {
    "max_budget": st.floats(0, 1e9),
    "tpm_limit": st.integers(0, 2**63 - 1),
    "budget_duration": st.sampled_from(["1d", "30d", "1mo"]),
}
NAMES = st.sampled_from(["a", "b", "ü c"])
LISTS = st.lists(st.sampled_from(["gpt-4o", "claude", "*", "all-team-models"]), max_size=2)
METADATA = st.dictionaries(NAMES, st.one_of(st.none(), st.integers(), NAMES), max_size=2)
RIGHT = {
    "budgets": {"budget_id": NAMES, **LIMITS},
    "users": {"user_id": NAMES, "user_email": st.sampled_from(["a@b.c", "A@B.C", "d@e.f"]), "models": LISTS, **LIMITS},
    "teams": {
        "team_alias": NAMES,
        "models": LISTS,
        "metadata": METADATA,
        "blocked": st.booleans(),
        **LIMITS,
        "members": st.lists(
            st.fixed_dictionaries({"user": NAMES}, optional=LIMITS), max_size=2, unique_by=lambda one: one["user"]
        ),
    },
    "keys": {
        "key_alias": NAMES,
        "team": NAMES,
        "user": NAMES,
        "budget": NAMES,
        "models": LISTS,
        "metadata": METADATA,
        "expires": st.datetimes(),
        "duration": st.just("30d"),
        "tags": LISTS,
        "mcp_servers": LISTS,
        **LIMITS,
    },
    "tags": {"tag_name": NAMES, "models": LISTS, "budget": NAMES},
}


@st.composite
def manifests(draw: st.DrawFn) -> str:
    """Objects with fields that are mostly right, names that mostly exist, and now and then anything."""
    document: dict[str, Any] = {}
    for group in draw(st.lists(st.sampled_from(list(RIGHT)), unique=True, min_size=1, max_size=3)):
        name, *others = RIGHT[group]
        optional = {one: st.one_of(st.none(), RIGHT[group][one], RIGHT[group][one]) for one in others}
        right = st.fixed_dictionaries({name: RIGHT[group][name]}, optional=optional)
        objects = draw(st.lists(right, min_size=1, max_size=2, unique_by=lambda one, name=name: one[name]))
        if draw(st.integers(0, 9)) == 9:
            objects[0][draw(st.sampled_from([*others, "zz", ""]))] = draw(VALUES)
        document[group] = objects
    return yaml.safe_dump(document, allow_unicode=draw(st.booleans()), default_flow_style=draw(st.booleans()))


@pytest.fixture
def program(standing_database: Database) -> Program:
    return Program(standing_database)


RUNS = count()
HEALTHY = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@settings(max_examples=25, deadline=None, suppress_health_check=HEALTHY, derandomize=True)
@given(manifests())
def test_any_manifest_is_applied_or_refused(program: Program, standing_database: Database, text: str) -> None:
    """All of it or nothing, never a traceback; what was applied is no difference afterwards."""
    before = standing_database.dump()
    command = ["apply", "-f", "-", "--yes", "--secrets-to", f"secrets-{next(RUNS)}"]
    result = program(command, code={0, 4, 5, 6}, stdin=text, env=ENVIRONMENT)
    assert "Traceback" not in result.stderr
    assert "defect" not in result.stderr
    if result.code:
        assert standing_database.dump() == before
    else:
        again = program("diff -f -", stdin=text, env=ENVIRONMENT, code={0, 1})
        assert again.code == 0, f"{text}\n{result}\n{again}"


@settings(max_examples=30, deadline=None, suppress_health_check=HEALTHY, derandomize=True)
@given(
    st.one_of(st.binary(max_size=60), st.text(string.printable, max_size=60)), st.sampled_from(["yaml", "jsonl", "csv"])
)
def test_any_text_is_read_or_refused(program: Program, content: str | bytes, form: str) -> None:
    kind = [] if form == "yaml" else ["--kind", "teams"]
    result = program(["validate", "-f", "-", "--format", form, *kind], code={0, 5}, stdin=content, images=False)
    assert "Traceback" not in result.stderr
