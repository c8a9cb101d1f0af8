"""Apply and diff: one function plans for both; apply runs what it plans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from gwctl.core import plan as plans
from gwctl.core import sets, store, sync
from gwctl.core.asked import Asked
from gwctl.core.change import Change
from gwctl.core.plan import Plan
from gwctl.core.sets import Claim
from gwctl.core.stage import Stage
from gwctl.core.sync import Manifest
from gwctl.core.unit import Unit
from gwctl.errors import Conflict


@dataclass(frozen=True)
class Planned:
    stage: Stage
    changes: Sequence[Change]
    plan: Plan
    claims: frozenset[Claim] = frozenset()
    """What the set owns from now on."""
    released: frozenset[Claim] = field(default_factory=frozenset)

    @property
    def minted(self) -> list[Change]:
        """The changes with a secret that nobody knows yet."""
        return [change for change in self.changes if change.secret is not None and "key" not in change.fields]


def plan(unit: Unit, manifest: Manifest, asked: Asked) -> Planned:
    """What would be done, by reading alone. Raises all that is wrong at once, and what a guard refuses."""
    stage = Stage(unit)
    stage.force = asked.force
    changes, unchanged = sync.plan(stage, manifest, create_only=asked.create_only)
    sync.check(manifest, changes, strict=asked.strict)
    if asked.need_place:
        sync.need_place_for_secrets(manifest, changes)
    if asked.set_name is None:
        return Planned(stage, changes, plans.of(stage, changes, unchanged))
    return _of_set(unit, manifest, asked, asked.set_name, Planned(stage, changes, Plan(), frozenset()), unchanged)


def _of_set(unit: Unit, manifest: Manifest, asked: Asked, name: str, planned: Planned, unchanged: int) -> Planned:
    claims, owned = frozenset(sets.claims_of(manifest)), sets.owned(unit, name)
    sets.refuse_others(unit, name, claims)
    gone = frozenset(owned - claims) if asked.prune else frozenset()
    brought = {change.id for change in planned.changes}
    pruned = sets.prune(planned.stage, manifest, gone) if gone else []
    sync.check(manifest, pruned)
    if not asked.force:
        sets.guard(planned.stage, manifest, pruned, sum("." not in claim.kind for claim in owned))
    extra = [change for change in pruned if change.action == "delete" or change.id not in brought]
    changes = [*planned.changes, *extra]
    unchanged -= sum(change.action == "update" for change in extra)
    kept = frozenset(
        claim for claim in claims if "." not in claim.kind or claim in owned or _is_new(claim, planned.changes)
    )
    return Planned(planned.stage, changes, plans.of(planned.stage, changes, unchanged), kept - owned, gone)


def _is_new(claim: Claim, changes: Sequence[Change]) -> bool:
    """Whether a member is one that this run adds; who was there before came another way."""
    kind, _, field_name = claim.kind.partition(".")
    name, _, user = claim.object_id.rpartition(":")
    for change in changes:
        if change.entity.name == kind and change.name == name and field_name in change.fields:
            before = {str(item.get("user")) for item in change.was.get(field_name) or ()}
            return user not in before
    return False


def run(planned: Planned, expected: str | None, set_name: str | None) -> Plan:
    """Does what was planned. Raises Conflict where it is not what was reviewed (`expected`, a checksum)."""
    if expected is not None and planned.plan.checksum != expected:
        message = "the plan is not the one that was reviewed: database or manifests changed since"
        raise Conflict(message, "Look at it again: gwctl diff.")
    if planned.changes:
        store.run(planned.stage)
    if set_name is not None and (planned.claims or planned.released):
        store.own(planned.stage.unit, set_name, planned.claims, planned.released)
    return planned.plan
