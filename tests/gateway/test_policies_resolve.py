"""`policies resolve` says what the page on resources says in 7.3: random gateways, and the cases that surprise."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway import naive_policies as naive
from gateway.literals import put
from gateway.policy_rows import put_attachment, put_guardrail, put_policy
from gateway.rows import LONG_AGO, put_key
from gwctl.rules import policy_engine
from support.database import Database
from support.program import Program

Row = dict[str, Any]

NAMES = ["a", "b", "c", "d"]
RAILS = ["g1", "g2", "g3", "g4"]
MODELS = ["gpt-4o", "gpt-4*", "gpt-3", "o3", "(", "g.*"]
PATTERNS = ["*", "re*", "research", "resea", "a**", "*x", "gpt-*", "gpt-4o", "o?", "R*", "eu", "eu-*"]
VALUES = ["research", "Research", "re", "a*b", "eu", "eu-1", "nightly"]

some_rails = st.lists(st.sampled_from(RAILS), max_size=3, unique=True)
conditions = st.one_of(
    st.sampled_from([{}, {}, None, {"model": None}]),
    st.sampled_from(MODELS).map(lambda model: {"model": model}),
    st.lists(st.sampled_from(MODELS), min_size=1, max_size=2).map(lambda models: {"model": models}),
)  # fmt: skip


@st.composite
def versions(draw: Any) -> list[Row]:
    rows = []
    for name in NAMES:
        for number in range(1, draw(st.sampled_from([0, 1, 1, 2])) + 1):
            steps = [{"guardrail": rail} for rail in draw(some_rails)]
            rows.append({
                "policy_id": f"{name}{number}", "policy_name": name, "version_number": number,
                "version_status": draw(st.sampled_from(["production", "production", "draft", "published"])),
                "inherit": draw(st.sampled_from([*NAMES, *NAMES, "gone", None])),
                "guardrails_add": draw(st.permutations(RAILS))[: draw(st.integers(1, 3))],
                "guardrails_remove": draw(st.permutations(RAILS))[: draw(st.integers(0, 2))],
                "condition": draw(conditions),
                "pipeline": {"mode": "pre_call", "steps": steps} if steps and draw(st.booleans()) else None,
                "created_at": LONG_AGO + timedelta(seconds=draw(st.integers(0, 10**6))),
            })  # fmt: skip
    return rows


named = st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=2)
patterns = st.one_of(st.just([]), st.just([]), st.just(["*"]), named)


@st.composite
def attachments(draw: Any) -> list[Row]:
    return [
        {
            "attachment_id": f"at-{number}", "policy_name": draw(st.sampled_from([*NAMES, "gone"])),
            "scope": draw(st.sampled_from([None, None, None, "*", "all"])),
            **{column: draw(patterns) for column in ("teams", "keys", "models", "tags")},
            "created_at": LONG_AGO + timedelta(seconds=draw(st.permutations(range(8)))[0], milliseconds=number),
        }
        for number in range(draw(st.integers(1, 5)))
    ]  # fmt: skip


def maybe(values: list[str]) -> Any:
    return st.one_of(st.none(), st.sampled_from(values))


several = st.lists(st.sampled_from(VALUES), max_size=2, unique=True)
owners = st.fixed_dictionaries({
    "tags": several, "policies": st.lists(st.sampled_from([*NAMES, "gone"]), max_size=2, unique=True),
    "guardrails": some_rails,
})  # fmt: skip
asks = st.fixed_dictionaries(
    {"team": maybe(VALUES), "key": maybe(VALUES), "model": maybe(MODELS), "tags": several, "of_key": owners,
     "of_team": owners}
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(policies=versions(), attached=attachments(), ask=asks)
def test_as_the_page_says(standing_database: Database, policies: list[Row], attached: list[Row], ask: Row) -> None:
    build(standing_database, policies, attached, ask)
    found = Program(standing_database)(command(ask)).json
    of_key = ask["of_key"] if ask["key"] else {"tags": [], "policies": [], "guardrails": []}
    of_team = ask["of_team"] if ask["team"] else {"tags": [], "policies": [], "guardrails": []}
    context = {
        "team_alias": ask["team"], "key_alias": ask["key"], "model": ask["model"],
        "tags": [*ask["tags"], *of_key["tags"], *of_team["tags"]],
    }  # fmt: skip
    metadata = {name: [*of_key[name], *of_team[name]] for name in ("policies", "guardrails")}
    assert {
        "winners": {one["policy_name"]: one["attachment_id"] for one in found["policies"]},
        "applied": sorted(one["policy_name"] for one in found["policies"] if one["applies"]),
        "fallback": found["fallback"],
        "guardrails": [one["guardrail"] for one in found["guardrails"]],
        "pipelines": {one["policy_name"]: one["guardrails"] for one in found["pipelines"]},
        "endpoint_guardrails": found["endpoint_guardrails"],
    } == naive.resolve(policies, attached, context, metadata)


@st.composite
def chains(draw: Any) -> tuple[list[Row], str, str]:
    """Policies in one line of descent, each adding and removing of the same few guardrails, so that it counts who comes
    first; a model, for which some links hold and some do not; and the one that is attached."""
    model = draw(st.sampled_from(["gpt-4o", "o3"]))
    line = draw(st.permutations(NAMES))[: draw(st.integers(2, 4))]
    holding = st.sampled_from([{}, {}, {}, {"model": model}, {"model": "nothing"}])
    rows = [
        {
            "policy_id": f"{name}1", "policy_name": name, "version_number": 1, "version_status": "production",
            "inherit": line[place - 1] if place else draw(st.sampled_from([None, "gone"])),
            "guardrails_add": draw(st.permutations(RAILS))[: draw(st.integers(1, 3))],
            "guardrails_remove": draw(st.permutations(RAILS))[: draw(st.integers(1, 3))],
            "condition": draw(holding) if place < len(line) - 1 else {}, "pipeline": None, "created_at": LONG_AGO,
        }
        for place, name in enumerate(line)
    ]  # fmt: skip
    return rows, line[-1], model


def as_policies(rows: list[Row]) -> dict[str, policy_engine.Policy]:
    return {
        row["policy_name"]: policy_engine.Policy(
            row["policy_name"], row["inherit"], row["guardrails_add"], row["guardrails_remove"], row["condition"]
        )
        for row in rows
    }


def disagreements(examples: int) -> int:
    """In how many of some random lines of descent the program says something else than the page."""
    found = 0

    @settings(max_examples=examples, deadline=None, database=None, derandomize=True)
    @given(chain=chains())
    def look(chain: tuple[list[Row], str, str]) -> None:
        nonlocal found
        rows, leaf, model = chain
        attached = [{"attachment_id": "x", "policy_name": leaf, "scope": "*", "teams": [], "keys": [], "models": [],
                     "tags": [], "created_at": LONG_AGO}]  # fmt: skip
        context = {"team_alias": None, "key_alias": None, "model": model, "tags": []}
        page = naive.resolve(rows, attached, context, {"policies": [], "guardrails": []})["guardrails"]
        policies = as_policies(rows)
        wanted = policy_engine.Attachment(leaf, scope="*", id="x")
        outcome = policy_engine.resolve(policies, [wanted], policy_engine.Context(model=model))
        found += outcome.guardrails != page

    look()
    return found


def test_lines_of_descent() -> None:
    """6: from root to leaf, what is added first and then taken away, link by link."""
    assert disagreements(400) == 0


def removing_first(name: str, policies: Any, model: str | None, *, always: bool = False) -> dict[str, str]:
    found: dict[str, str] = {}
    for link in policy_engine.chain(name, policies):
        if always or policy_engine.holds(link.condition, model):
            found = {one: by for one, by in found.items() if one not in link.remove}
            found |= {one: link.name for one in link.add if one not in found}
    return found


def removing_last(name: str, policies: Any, model: str | None, *, always: bool = False) -> dict[str, str]:
    links = [one for one in policy_engine.chain(name, policies) if always or policy_engine.holds(one.condition, model)]
    gone = {rail for one in links for rail in one.remove}
    return {rail: one.name for one in links for rail in one.add if rail not in gone}


chain_as_it_is = policy_engine.chain

MUTANTS: dict[str, tuple[str, Any]] = {
    "the line the other way round": ("chain", lambda name, policies: chain_as_it_is(name, policies)[::-1]),
    "the leaf alone": ("chain", lambda name, policies: chain_as_it_is(name, policies)[-1:]),
    "without the root": ("chain", lambda name, policies: chain_as_it_is(name, policies)[-2:]),
    "what a link takes away goes before what it adds": ("guardrails", removing_first),
    "what any link takes away goes at the end": ("guardrails", removing_last),
    "links that do not hold count as well": ("holds", lambda _condition, _model: True),
}


@pytest.mark.parametrize(("function", "mutant"), MUTANTS.values(), ids=MUTANTS)
def test_lines_of_descent_tell_a_wrong_program(monkeypatch: pytest.MonkeyPatch, function: str, mutant: Any) -> None:
    """The lines are such that the order of links, and of what each of them does, counts."""
    monkeypatch.setattr(policy_engine, function, mutant)
    assert disagreements(400) >= 10


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chain=chains())
def test_lines_of_descent_in_the_database(standing_database: Database, chain: tuple[list[Row], str, str]) -> None:
    rows, leaf, model = chain
    attached: list[Row] = [{"attachment_id": "x", "policy_name": leaf, "scope": "*", "teams": [], "keys": [],
                            "models": [], "tags": [], "created_at": LONG_AGO}]  # fmt: skip
    nobody: Row = {"tags": [], "policies": [], "guardrails": []}
    build(standing_database, rows, attached, {"team": None, "key": None, "of_team": nobody, "of_key": nobody})
    found = Program(standing_database)(["policies", "resolve", "-o", "json", "--model", model]).json
    context = {"team_alias": None, "key_alias": None, "model": model, "tags": []}
    page = naive.resolve(rows, attached, context, {"policies": [], "guardrails": []})
    assert [one["guardrail"] for one in found["guardrails"]] == page["guardrails"]


def build(database: Database, policies: list[Row], attached: list[Row], ask: Row) -> None:
    for table in ("PolicyTable", "PolicyAttachmentTable", "VerificationToken", "TeamTable"):
        database.execute(f'DELETE FROM "LiteLLM_{table}"')
    for row in policies:
        put_policy(database, row["policy_name"], row["version_number"], **row)
    for row in attached:
        put_attachment(database, row["policy_name"], row["attachment_id"], **row)
    if ask["team"]:
        put(database, "TeamTable", team_id="t-1", team_alias=ask["team"], metadata=ask["of_team"])
    if ask["key"]:
        put_key(database, key_alias=ask["key"], metadata=ask["of_key"])


def command(ask: Row) -> list[str]:
    options = [("--team", ask["team"]), ("--key", ask["key"]), ("--model", ask["model"])]
    options += [("--tag", tag) for tag in ask["tags"]]
    return ["policies", "resolve", "-o", "json", *(word for pair in options if pair[1] for word in pair)]


@pytest.fixture
def quirks(database: Database) -> Database:
    """leaf inherits from root and is for gpt alone; it is attached to the team research."""
    put_guardrail(database, "pii")
    put_guardrail(database, "always", litellm_params={"guardrail": "x", "mode": "pre_call", "default_on": True})
    put_policy(database, "root", guardrails_add=["pii", "words"])
    put_policy(
        database, "leaf", inherit="root", guardrails_add=["topic", "step"], guardrails_remove=["words"],
        condition={"model": "gpt-.*"}, pipeline={"mode": "pre_call", "steps": [{"guardrail": "step"}]},
    )  # fmt: skip
    put_attachment(database, "leaf", "a-1", teams=["rese*"])
    put(database, "TeamTable", team_id="t-1", team_alias="research", metadata={"tags": ["eu"]})
    return database


def test_what_applies_and_why(gwctl: Program, quirks: Database) -> None:
    put_attachment(quirks, "leaf", "a-2", tags=["eu"], models=["gpt-*"], created_at=LONG_AGO + timedelta(days=1))
    found = gwctl("policies resolve --team research --model gpt-4o -o json").json
    [policy] = found["policies"]
    assert (policy["attachment_id"], policy["matched_via"]) == ("a-2", "tag:eu+model:gpt-4o")
    assert found["guardrails"] == [
        {"guardrail": "pii", "sources": ["root"], "defined": True},
        {"guardrail": "topic", "sources": ["leaf"], "defined": False},
    ]
    assert found["pipelines"] == [{"policy_name": "leaf", "guardrails": ["step"]}]
    assert found["default_on"] == ["always"]


def test_step_8_nothing_applies(gwctl: Program, quirks: Database) -> None:
    """The parent's guardrails run all the same, and the pipeline; the endpoint does not show it."""
    result = gwctl("policies resolve --team t-1 --model o3 -o json")
    found = result.json
    assert [one["why_not"] for one in found["policies"]] == ["its condition does not hold"]
    assert found["fallback"] is True
    assert [one["guardrail"] for one in found["guardrails"]] == ["pii", "words"]
    assert [one["policy_name"] for one in found["pipelines"]] == ["leaf"]
    assert found["endpoint_guardrails"] == []
    assert "no attached policy applies" in result.text


def test_step_9_metadata_of_the_key(gwctl: Program, quirks: Database) -> None:
    """No attachment needed, no pipeline; without a licence every request of the key fails."""
    put_key(quirks, metadata={"policies": ["leaf", "gone"], "guardrails": ["extra"]})
    result = gwctl("policies resolve --key nightly --model gpt-4o -o json")
    assert [one["guardrail"] for one in result.json["guardrails"]] == ["extra", "pii", "step", "topic"]
    assert result.json["pipelines"] == []
    assert result.json["metadata_policies"] == [
        {"policy_name": "leaf", "in_production": True}, {"policy_name": "gone", "in_production": False},
    ]  # fmt: skip
    assert "403" in result.text


def test_policies_that_the_request_names(gwctl: Program, quirks: Database) -> None:
    found = gwctl("policies resolve --policy root -o json").json
    assert [(one["policy_name"], one["matched_via"]) for one in found["policies"]] == [("root", "request")]
    assert [one["guardrail"] for one in found["guardrails"]] == ["pii", "words"]


def test_as_a_table(gwctl: Program, quirks: Database) -> None:
    lines = gwctl("policies resolve --team research --model gpt-4o").lines
    assert any(line.split("\t")[:2] == ["policy", "leaf"] for line in lines)
    assert any(line.split("\t")[:2] == ["pipeline", "step"] for line in lines)
    gwctl("policies resolve --team nobody", code=3)
