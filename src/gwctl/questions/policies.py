"""Policies, as questions about them are answered: versions and what differs, attachments, and who gets which guardrail.

Source: proxy/litellm_pre_call_utils.py (move_guardrails_to_metadata), proxy/policy_engine/policy_endpoints.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from gwctl.core import references
from gwctl.core.stage import Row, Stage
from gwctl.core.unit import Unit
from gwctl.rules import attachments, policy_engine, proxy_defined
from gwctl.rules.policy_engine import Attachment, Context, Match, Outcome, Policy
from gwctl.rules.policy_states import CONTENT, POLICIES

GUARDRAILS = "LiteLLM_GuardrailsTable"


def compared(one: Row, other: Row) -> list[dict[str, Any]]:
    """What differs between two versions, field by field. The order of a list counts."""
    return [
        {"field": name, "old": one[name] or None, "new": other[name] or None}
        for name in CONTENT
        if (one[name] or None) != (other[name] or None)
    ]


def attached(unit: Unit, policy: str | None = None) -> Iterator[dict[str, Any]]:
    """Attachments, the newest first, which is the order in which the gateway asks them."""
    table = unit.table(attachments.ATTACHMENTS)
    if table is None:
        return
    statement = sa.select(table).order_by(table.c.created_at.desc(), table.c.attachment_id)
    if policy is not None:
        statement = statement.where(table.c.policy_name == policy)
    yield from (dict(row) for row in unit.connection.execute(statement).mappings())


@dataclass(frozen=True)
class Asker:
    """Whose request it is: what the metadata of key, team and project brings to it."""

    team: str | None = None
    key: str | None = None
    tags: Sequence[str] = ()
    policies: Sequence[str] = ()
    guardrails: Sequence[str] = ()


def asker(stage: Stage, team: str | None, key: str | None) -> Asker:
    """A team, or a key with its team. Raises NotFound."""
    kinds = stage.unit.kinds
    owner = references.one(stage, kinds.entity("key"), key) if key else None
    group = references.one(stage, kinds.entity("team"), team) if team else None
    if owner is not None and group is None and owner["team_id"]:
        group = stage.get("LiteLLM_TeamTable", owner["team_id"])
    project = stage.get("LiteLLM_ProjectTable", owner["project_id"]) if owner and owner["project_id"] else None
    return Asker(
        team=group["team_alias"] if group else None,
        key=owner["key_alias"] if owner else None,
        tags=_listed("tags", owner, group, project),
        policies=_listed("policies", owner, group),
        guardrails=_listed("guardrails", owner, group),
    )


def _listed(name: str, *rows: Row | None) -> list[str]:
    found: list[str] = []
    for row in rows:
        value = row.object("metadata").get(name) if row else None
        found += [str(one) for one in value] if isinstance(value, list) else []
    return list(dict.fromkeys(found))


@dataclass
class Resolution:
    """What applies to a request, and why."""

    context: Context
    outcome: Outcome
    policies: Mapping[str, Policy]
    asker: Asker
    loaded: frozenset[str]
    """Guardrails that a proxy loads, out of the database or of its own file where that is known."""
    always: Sequence[str]
    """Guardrails that run for everybody."""


def resolve(
    unit: Unit, who: Asker, *, model: str | None = None, tags: Sequence[str] = (), requested: Sequence[str] = ()
) -> Resolution:
    """Policies and guardrails of a request by `who`. `tags`, `requested`: what the request itself brings."""
    context = Context(who.team, who.key, model, list(dict.fromkeys([*tags, *who.tags])))
    policies = in_production(unit)
    outcome = policy_engine.resolve(
        policies, _attachments(unit), context, requested=requested, owned=who.policies, guarded=who.guardrails
    )
    rails = _guardrails(unit)
    always = sorted(name for name, params in rails.items() if params.get("default_on") is True)
    return Resolution(context, outcome, policies, who, frozenset(rails), always)


def in_production(unit: Unit) -> dict[str, Policy]:
    """What is in force, by name. Of two rows the gateway reads the older one last, which so counts."""
    table = unit.table(POLICIES)
    if table is None:
        return {}
    statement = sa.select(table).order_by(table.c.created_at.desc())
    if "version_status" in table.c:
        statement = statement.where(table.c.version_status == "production")
    rows = unit.connection.execute(statement).mappings()
    return {row["policy_name"]: _policy(dict(row)) for row in rows}


def _policy(row: Mapping[str, Any]) -> Policy:
    condition, pipeline = row["condition"], row["pipeline"]
    steps = pipeline.get("steps", []) if isinstance(pipeline, dict) else []
    return Policy(
        row["policy_name"],
        row["inherit"],
        row["guardrails_add"] or (),
        row["guardrails_remove"] or (),
        condition if isinstance(condition, dict) else None,
        tuple(step["guardrail"] for step in steps if isinstance(step, dict) and "guardrail" in step),
        row.get("version_number"),
    )


def _attachments(unit: Unit) -> Iterator[Attachment]:
    for row in attached(unit):
        lists = {name: row[name] or () for name in attachments.LISTS}
        yield Attachment(row["policy_name"], row["scope"], id=row["attachment_id"], **lists)


def _guardrails(unit: Unit) -> dict[str, Mapping[str, Any]]:
    """The parameters of guardrails that a proxy loads: those of its own file, as far as that is known, and the active
    ones of the database."""
    found = {name: entry.get("litellm_params") or {} for name, entry in proxy_defined.guardrails(unit).items()}
    table = unit.table(GUARDRAILS)
    if table is None:
        return found
    statement = sa.select(table.c.guardrail_name, table.c.litellm_params)
    if "status" in table.c:
        statement = statement.where(table.c.status == "active")
    rows = unit.connection.execute(statement).all()
    return found | {name: params if isinstance(params, dict) else {} for name, params in rows}


def as_json(found: Resolution) -> dict[str, Any]:
    """All of it, for machines."""
    outcome = found.outcome
    return {
        "context": {
            "team_alias": found.context.team,
            "key_alias": found.context.key,
            "model": found.context.model,
            "tags": list(found.context.tags),
        },
        "policies": [_matched(found, match) for match in outcome.matches],
        "metadata_policies": [
            {"policy_name": name, "in_production": name in found.policies} for name in found.asker.policies
        ],
        "guardrails": [_guardrail(found, name) for name in outcome.guardrails],
        "pipelines": [{"policy_name": name, "guardrails": list(steps)} for name, steps in outcome.pipelines.items()],
        "default_on": list(found.always),
        "fallback": outcome.fallback,
        "endpoint_guardrails": outcome.shown,
    }


def _guardrail(found: Resolution, name: str) -> dict[str, Any]:
    return {"guardrail": name, "sources": found.outcome.sources[name], "defined": name in found.loaded}


def _matched(found: Resolution, match: Match) -> dict[str, Any]:
    policy, name = found.policies.get(match.policy), match.policy
    applies = name in found.outcome.applied
    return {
        "policy_name": name,
        "version_number": policy.version if policy else None,
        "matched_via": match.reason,
        "attachment_id": match.attachment.id if match.attachment else None,
        "applies": applies,
        "why_not": None if applies else "not in production" if policy is None else "its condition does not hold",
        "guardrails": sorted(policy_engine.guardrails(name, found.policies, found.context.model)) if applies else [],
    }
