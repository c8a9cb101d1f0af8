"""Which policies and guardrails apply to a request: the gateway's own matching and precedence, without a database.

Source: proxy/litellm_pre_call_utils.py (move_guardrails_to_metadata), proxy/policy_engine/policy_matcher.py,
policy_resolver.py, condition_evaluator.py, attachment_registry.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Policy:
    """What is in force of a policy."""

    name: str
    inherit: str | None = None
    add: Sequence[str] = ()
    remove: Sequence[str] = ()
    condition: Mapping[str, Any] | None = None
    steps: Sequence[str] = ()
    """The guardrails of its pipeline, in their order."""
    version: int | None = None


@dataclass(frozen=True)
class Attachment:
    """Whom a policy applies to."""

    policy: str
    scope: str | None = None
    teams: Sequence[str] = ()
    keys: Sequence[str] = ()
    models: Sequence[str] = ()
    tags: Sequence[str] = ()
    id: str = ""


@dataclass(frozen=True)
class Context:
    """What a request is known by. `model` is the one that the client named, before any alias."""

    team: str | None = None
    key: str | None = None
    model: str | None = None
    tags: Sequence[str] = ()


@dataclass(frozen=True)
class Match:
    """A policy that an attachment gives, and why."""

    policy: str
    attachment: Attachment | None
    reason: str


@dataclass
class Outcome:
    """What becomes of a request. `sources`: for each guardrail of the flat list who brings it."""

    matches: list[Match] = field(default_factory=list)
    applied: list[str] = field(default_factory=list)
    fallback: bool = False
    """None of the policies applied, so that the gateway took all that are attached."""
    guardrails: list[str] = field(default_factory=list)
    sources: dict[str, list[str]] = field(default_factory=dict)
    pipelines: dict[str, Sequence[str]] = field(default_factory=dict)
    shown: list[str] = field(default_factory=list)
    """What the endpoint /policies/resolve would say, which knows no fallback and none of the metadata."""


def fits(value: str | None, patterns: Sequence[str]) -> bool:
    """Whether one of the patterns fits: equal, or with `*` at its end a beginning."""
    if value is None:
        return "*" in patterns
    return any(value.startswith(one[:-1]) if one.endswith("*") else value == one for one in patterns)


def attached(attachment: Attachment, context: Context) -> str | None:
    """Why an attachment fits a request, in the gateway's words; None where it does not."""
    if attachment.scope == "*":
        return "scope:*"
    pairs = ((attachment.teams, context.team), (attachment.keys, context.key), (attachment.models, context.model))
    if not all(fits(value, patterns or ["*"]) for patterns, value in pairs):
        return None
    tag = next((one for one in context.tags if fits(one, attachment.tags)), None)
    if attachment.tags and tag is None:
        return None
    reasons = [f"tag:{tag}"] if attachment.tags else []
    words = zip(("team", "key", "model"), pairs, strict=True)
    reasons += [f"{word}:{value}" for word, (patterns, value) in words if patterns and value is not None]
    return "+".join(reasons) or "scope:default"


def holds(condition: Mapping[str, Any] | None, model: str | None) -> bool:
    """Whether a policy's condition holds: on the model alone, which must be known."""
    wanted = (condition or {}).get("model")
    if wanted is None:
        return True
    if model is None:
        return False
    return any(_same_model(str(one), model) for one in (wanted if isinstance(wanted, list) else [wanted]))


def _same_model(pattern: str, model: str) -> bool:
    if pattern == model:
        return True
    try:
        return re.fullmatch(pattern, model) is not None
    except re.error:
        return False


def chain(name: str, policies: Mapping[str, Policy]) -> list[Policy]:
    """A policy and its ancestors, the root first. What is missing, or comes a second time, ends it."""
    found: list[Policy] = []
    at: str | None = name
    while at is not None and at in policies and policies[at] not in found:
        found.append(policies[at])
        at = policies[at].inherit
    return found[::-1]


def guardrails(name: str, policies: Mapping[str, Policy], model: str | None, *, always: bool = False) -> dict[str, str]:
    """The guardrails of one policy with its ancestors, each with the policy that adds it. `always`: without looking at
    conditions."""
    found: dict[str, str] = {}
    for link in chain(name, policies):
        if always or holds(link.condition, model):
            found |= {one: link.name for one in link.add if one not in found}
            for one in link.remove:
                found.pop(one, None)
    return found


def matches(attachments: Iterable[Attachment], context: Context) -> Iterator[Match]:
    """The policies that are attached to a request, each by the first attachment that fits; the newest come first."""
    seen: set[str] = set()
    for one in attachments:
        reason = attached(one, context)
        if reason is not None and one.policy not in seen:
            seen.add(one.policy)
            yield Match(one.policy, one, reason)


def resolve(
    policies: Mapping[str, Policy],
    attachments: Iterable[Attachment],
    context: Context,
    *,
    requested: Sequence[str] = (),
    owned: Sequence[str] = (),
    guarded: Sequence[str] = (),
) -> Outcome:
    """What becomes of a request. `policies`: those in production; `attachments`: the newest first.

    `requested`: policies that the request itself names; `owned`, `guarded`: policies and guardrails in the metadata of
    its key and team.
    """
    found = Outcome(matches=list(matches(attachments, context)))
    known = {match.policy for match in found.matches}
    found.matches += [Match(one, None, "request") for one in dict.fromkeys(requested) if one not in known]
    attached_names = [match.policy for match in found.matches if match.policy in policies]
    found.applied = [one for one in attached_names if holds(policies[one].condition, context.model)]
    found.shown = sorted({rail for one in found.applied for rail in guardrails(one, policies, context.model)})
    in_force = found.applied
    if not in_force:
        in_force = [match.policy for match in found.matches if match.attachment and match.policy in policies]
        found.fallback = bool(in_force)
    sources = [(rail, "metadata") for rail in guarded]
    for name in (*(one for one in owned if one in policies), *in_force):
        sources += [(rail, origin) for rail, origin in guardrails(name, policies, context.model).items()]
    found.pipelines = {one: policies[one].steps for one in in_force if policies[one].steps}
    managed = {step for steps in found.pipelines.values() for step in steps}
    for rail, source in sources:
        if rail not in managed and source not in found.sources.setdefault(rail, []):
            found.sources[rail].append(source)
    found.guardrails = sorted(found.sources)
    return found
