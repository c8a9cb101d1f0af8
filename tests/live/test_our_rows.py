"""What gwctl makes, the gateway lists as gwctl wrote it, field by field, and uses: models and credentials lead to the
provider that they name, with the key that was sealed, and MCP servers are reached by those who were let in."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest

from live.gateway import POLL, Gateway, eventually, settle
from live.program import LiveProgram
from live.provider import Asked, Provider, provider
from live.sides import fill
from live.turns import Name
from live.views import VIEWS, contained

pytestmark = pytest.mark.live


@dataclass(frozen=True)
class Ours:
    """A command that makes something named {word}."""

    command: Sequence[str]
    at: str = ""
    """Where the gateway shows more of it than in its list; {} is its id, in the field of gwctl's that `id` names."""
    id: str = ""
    otherwise: Mapping[str, Any] = field(default_factory=dict)
    """What the gateway shows otherwise than gwctl: `...` where it is no column but what this proxy knows of it."""


SECRETS = {"SECRET": "sk-none", "OWN": "sk-own", "LENT": "sk-lent", "NEW": "sk-new", "OTHER": "sk-other"}
HEALTH = {"status": ..., "last_health_check": ..., "health_check_error": ...}
CARD = {
    "protocolVersion": "1.0", "name": "helper", "description": "d", "url": "http://127.0.0.1:9", "version": "1",
    "defaultInputModes": ["text"], "defaultOutputModes": ["text"], "capabilities": {}, "skills": [],
}  # fmt: skip
PIPELINE = {"mode": "pre_call", "steps": [{"guardrail": "g1", "on_fail": "next"}]}

OURS = {
    "mcp": Ours(
        ["mcp", "create", "{word}", "--url", "http://127.0.0.1:9/mcp", "--transport", "http", "--auth-type",
         "bearer_token", "--credentials", "auth_value=env:SECRET", "--description", "d", "--mcp-access-groups", "g,h",
         "--allowed-tools", "search", "--extra-headers", "X-Trace", "--static-headers", "X-Site=bern",
         "--mcp-info", '{"server_name": "n", "mcp_server_cost_info": {"default_cost_per_query": 0.1}}',
         "--tool-name-to-display-name", '{"search": "Find"}', "--server-name", "{word}.2"],
        "/v1/mcp/server/{}", "server_id",
        {**HEALTH, "credentials": None, "static_headers": {"X-Site": "bern"}},
    ),
    "mcp of the other kind": Ours(
        ["mcp", "create", "{word}", "--transport", "stdio", "--command", "true", "--args", "a,b", "--env", "A=b",
         "--no-available-on-public-internet", "--allow-all-keys"],
        "/v1/mcp/server/{}", "server_id", {**HEALTH, "credentials": None, "env": {"A": "b"}},
    ),
    "guardrails": Ours(
        ["guardrails", "create", "{word}", "--guardrail", "tool_permission", "--mode", "pre_call", "--no-default-on",
         "--guardrail-info", "description=d", "--litellm-params", "default_action=allow"],
    ),
    "policies": Ours(
        ["policies", "create", "{word}", "--guardrails-add", "g1,g2", "--guardrails-remove", "g3", "--description", "d",
         "--condition", '{"model": "gpt-.*"}', "--pipeline", json.dumps(PIPELINE)],
    ),
    "agents": Ours(
        ["agents", "create", "{word}", "--agent-card-params", json.dumps(CARD), "--litellm-params", "model=m",
         "--tpm-limit", "7", "--rpm-limit", "5", "--session-rpm-limit", "3", "--static-headers", "X-Site=bern",
         "--extra-headers", "X-Trace", "--mcp-servers", "s", "--models", "m"],
        otherwise={"static_headers": {"X-Site": "bern"}},
    ),
    "prompts": Ours(
        ["prompts", "create", "{word}", "--prompt-integration", "dotprompt", "--dotprompt-content", "Say {{x}}"],
    ),
    "search-tools": Ours(
        ["search-tools", "create", "{word}", "--search-provider", "tavily", "--search-tool-info", "description=d"],
    ),
    "vector-stores": Ours(
        ["vector-stores", "create", "{word}", "--custom-llm-provider", "openai", "--vector-store-name", "n"],
    ),
    "access-groups": Ours(
        ["access-groups", "create", "{word}", "--description", "d", "--access-model-names", "m,n"],
    ),
    "plugins": Ours(
        ["plugins", "create", "{word}", "--source", '{"source": "github", "repo": "a/b"}', "--version", "1",
         "--description", "d", "--keywords", "a,b"],
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def upstream() -> Iterator[Provider]:
    name = os.environ.get("GWCTL_LIVE_PROVIDER_HOST")
    with provider("0.0.0.0" if name else "127.0.0.1", name or "127.0.0.1") as found:
        yield found


@dataclass(frozen=True)
class Made:
    """Names, by kind, of all that the tests look at: made together, so that the gateway's own clock is waited for
    once."""

    words: dict[str, str]
    own: str
    lent: str
    credential: str
    grouped: str
    group: str
    owned: str
    team: str
    server: str


@pytest.fixture(scope="module")
def made(live_gateway: Gateway, live: LiveProgram, upstream: Provider, name: Name) -> Made:
    words = {kind: _word(name(kind), kind) for kind in OURS}
    for kind, ours in OURS.items():
        live([*fill(list(ours.command), words[kind]), "--yes"], env=SECRETS)
    kinds = ("own", "lent", "credential", "grouped", "group", "owned", "team")
    made = Made(words, *(name(kind) for kind in kinds), name("server").replace("-", "_"))
    live(["teams", "create", made.team, "--models", live_gateway.models[0]])
    values = ["--credential-values", "api_key=env:LENT", "--credential-values", f"api_base={upstream.url}"]
    live(["credentials", "create", made.credential, *values], env=SECRETS)
    address = ["--api-base", upstream.url, "--api-key", "env:OWN"]
    for model, at_provider, *words_of_it in (
        (made.own, "of-its-own", *address),
        (made.lent, "lent", "--litellm-credential-name", made.credential),
        (made.grouped, "grouped", "--access-groups", made.group, *address),
        (made.owned, "owned", "--team", made.team, *address),
    ):
        live(["models", "create", model, "--model", f"openai/{at_provider}", *words_of_it], env=SECRETS)
    live(["mcp", "create", made.server, "--url", "http://127.0.0.1:9/mcp", "--transport", "http"])
    return made


def _word(text: str, kind: str) -> str:
    """MCP servers may have no dash in their names, plugins nothing else."""
    plain = text.replace(" ", "-")
    return plain if kind == "plugins" else plain.replace("-", "_")


@pytest.mark.parametrize("kind", OURS)
def test_gateway_lists_it_as_gwctl_wrote_it(live_gateway: Gateway, live: LiveProgram, made: Made, kind: str) -> None:
    ours, word = OURS[kind], made.words[kind]
    group = ours.command[0]
    shown = eventually(lambda: VIEWS[group](live_gateway, word), within=POLL)
    got = live([group, "get", word, "-o", "json"]).json
    if ours.at:
        shown = live_gateway.get(ours.at.format(got[ours.id])).body
    wanted = {name: value for name, value in {**got, **ours.otherwise}.items() if name in shown and value is not ...}
    assert len(wanted) > 3, shown
    assert [name for name, value in wanted.items() if not contained(_plain(value), _plain(shown[name]))] == [], shown


def _plain(value: Any) -> Any:
    """Moments without how they are written."""
    is_moment = isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\dT", value)
    return datetime.fromisoformat(value) if is_moment else value


def test_models_and_credentials_lead_to_their_provider(
    live_gateway: Gateway, live: LiveProgram, made: Made, upstream: Provider, name: Name
) -> None:
    """Each key lay sealed in the database and is opened by the gateway; so is the one that it is changed to."""
    key = live.key(["keys", "create", name("key"), "--models", f"{made.own},{made.lent}"])

    def asked(model: str) -> Asked | None:
        """What the provider was asked, if it was; then its answer is the gateway's."""
        before = len(upstream.asked)
        answer = live_gateway.chat(key, model)
        if len(upstream.asked) == before:
            return None
        assert answer.status == 200, answer
        assert answer.body["choices"][0]["message"]["content"] == "hello"
        return upstream.asked[-1]

    eventually(lambda: asked(made.own) == Asked("of-its-own", SECRETS["OWN"]), within=POLL)
    eventually(lambda: asked(made.lent) == Asked("lent", SECRETS["LENT"]), within=POLL)
    live(["models", "update", made.own, "--api-key", "env:NEW", "--yes"], env=SECRETS)
    live(["credentials", "update", made.credential, "--credential-values", "api_key=env:OTHER", "--yes"], env=SECRETS)
    eventually(lambda: asked(made.own) == Asked("of-its-own", SECRETS["NEW"]), within=POLL)
    eventually(lambda: asked(made.lent) == Asked("lent", SECRETS["OTHER"]), within=POLL)


def test_models_of_groups_and_teams(
    live_gateway: Gateway, live: LiveProgram, made: Made, upstream: Provider, name: Name
) -> None:
    of_group = live.key(["keys", "create", name("key"), "--models", made.group])
    of_another = live.key(["keys", "create", name("key"), "--models", name("group")])
    of_team, of_nobody = live.key(["keys", "create", name("key"), "--team", made.team]), live.key("keys create")
    eventually(lambda: live_gateway.chat(of_group, made.grouped).status == 200, within=POLL)
    assert upstream.asked[-1].model == "grouped"
    eventually(lambda: live_gateway.chat(of_team, made.owned).status == 200, within=POLL)
    assert upstream.asked[-1].model == "owned"
    assert live_gateway.chat(of_another, made.grouped).verdict == "401 key_model_access_denied"
    assert live_gateway.chat(of_nobody, made.owned).status == 400


def test_mcp_server_is_reached_by_those_who_were_let_in(
    live_gateway: Gateway, live: LiveProgram, made: Made, name: Name
) -> None:
    of_team = live.key(["keys", "create", name("key"), "--team", made.team])
    of_nobody = live.key(["keys", "create", name("key")])

    def reached() -> list[bool]:
        found = [live_gateway.ask("GET", "/v1/mcp/server", key=key).body for key in (of_team, of_nobody)]
        return [made.server in {one["alias"] for one in servers} for servers in found]

    eventually(lambda: VIEWS["mcp"](live_gateway, made.server), within=POLL)
    assert reached() == [False, False]
    live(["mcp", "grant", made.server, "--team", made.team, "--yes"])
    settle()
    assert reached() == [True, False]
    live(["mcp", "revoke", made.server, "--team", made.team, "--yes", "--force"])
    settle()
    assert reached() == [False, False]
