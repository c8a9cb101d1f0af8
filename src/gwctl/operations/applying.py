"""Apply and diff: one function plans for both, batch by batch; apply writes each batch as soon as it is planned.

Kinds come in the order in which they refer to one another, each in batches of a fixed size, so that the memory needed
does not grow with the manifests. What is wrong is collected over all batches and told at once; since everything
happens in one transaction, nothing of it is kept then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gwctl.core import sets, store, sync
from gwctl.core.asked import Asked
from gwctl.core.change import Change
from gwctl.core.judging import Manifest
from gwctl.core.plan import Plan
from gwctl.core.sets import Claim
from gwctl.core.spool import Wanted
from gwctl.core.stage import Stage
from gwctl.core.sync import Faults
from gwctl.core.unit import Unit
from gwctl.errors import Conflict

Batch = Callable[[Sequence[Change]], None]
Seen = Callable[[int], None]


def nothing(_: object) -> None:
    """For those who need not be told."""


def rehearse(unit: Unit, manifest: Manifest, asked: Asked, seen: Seen = nothing) -> Plan:
    """What would be done, by reading alone. Raises all that is wrong at once, and what a guard refuses."""
    return _Applying(unit, manifest, asked, nothing, seen).run()


def apply(
    unit: Unit,
    manifest: Manifest,
    asked: Asked,
    expected: str | None = None,
    *,
    before: Batch = nothing,
    seen: Seen = nothing,
) -> Plan:
    """Does it. `before` is told of the changes of each batch before they are written, `seen` how many objects are done.

    Raises what `rehearse` does, and Conflict where it is not what was reviewed (`expected`, a checksum).
    """
    plan = _Applying(unit, manifest, asked, before, seen).run()
    if expected is not None and plan.checksum != expected:
        message = "the plan is not the one that was reviewed: database or manifests changed since"
        raise Conflict(message, "Look at it again: gwctl diff.")
    return plan


class _Applying:
    """One run over manifests."""

    def __init__(self, unit: Unit, manifest: Manifest, asked: Asked, before: Batch, seen: Seen) -> None:
        self.unit = unit
        self.manifest = manifest
        self.asked = asked
        self.before = before
        self.seen = seen
        self.stage = Stage(unit)
        self.stage.force = asked.force
        self.plan = Plan(asked.most_created)
        self.faults = Faults(manifest, strict=asked.strict, need_place=asked.need_place)
        self.of_others: list[tuple[Claim, str]] = []
        self.written = 0
        """How many batches are."""
        self.brought: set[str] = set()
        """The ids of objects that are in the plan, where a set may change them once more."""

    def run(self) -> Plan:
        size = self._begin_set()
        try:
            self._batches()
        except Exception:
            self.faults.check()  # what was wrong before is the reason, and the database may say so a batch later
            raise
        self.faults.check()
        sets.refuse_others(self.of_others)
        if self.asked.prune:
            self._prune(size)
        return self.plan

    def _batches(self) -> None:
        order, done = self.unit.kinds.in_reference_order(set(self.manifest.spool.counts)), 0
        for number, kind in enumerate(order):
            lasting = self.unit.kinds.are_referred_to(kind, order[number + 1 :])
            for wanted in self.manifest.spool.batches(kind):
                self._batch(wanted, lasting=lasting)
                done += len(wanted)
                self.seen(done)
                if self.faults.are_too_many:
                    self.faults.check()

    def _batch(self, wanted: Sequence[Wanted], *, lasting: bool) -> None:
        changes = sync.plan(self.stage, wanted, create_only=self.asked.create_only)
        self.faults.look(changes)
        if self.asked.set_name is not None:
            self._claim(self.asked.set_name, wanted, changes)
        self._write(changes)
        self.plan.extend(self.stage, changes, unchanged=len(wanted) - len(changes))  # while the server takes the rows
        self.stage.forget(changes, lasting=lasting)

    def _write(self, changes: Sequence[Change]) -> None:
        if not (self.unit.writing and changes):
            return
        self.before(changes)
        store.run(self.stage)
        self.written += 1
        self.unit.place.point(f"batch {self.written} written")

    # Sets

    def _begin_set(self) -> int:
        """How many objects the set owned before."""
        if self.asked.set_name is None:
            return 0
        sets.need(self.unit)
        return sets.size(self.unit, self.asked.set_name)

    def _claim(self, name: str, wanted: Sequence[Wanted], changes: Sequence[Change]) -> None:
        """Objects of a batch are the set's from now on; items of lists, where this run adds them."""
        claims = [claim for one in wanted for claim in sets.claims_of(one)]
        owners = sets.owner_of(self.unit, claims)
        self.of_others += [(one, owner) for one, owner in owners.items() if owner != name and "." not in one.kind]
        if self.asked.prune:
            self.brought.update(change.id for change in changes if change.action == "update")
        by_name = {(change.entity.name, change.name): change for change in changes}
        new = [one for one in claims if one not in owners and ("." not in one.kind or _is_new(one, by_name))]
        if self.asked.prune:
            for claim in claims:
                self.manifest.names.first(claim.kind, claim.object_id, "", "")
        if self.unit.writing:
            store.own(self.unit, name, new, ())

    def _prune(self, size: int) -> None:
        name = self.asked.set_name
        assert name is not None
        gone = [one for one in sets.owned(self.unit, name) if not self.manifest.names_object(one.kind, one.object_id)]
        pruned = sets.prune(self.stage, self.manifest, gone)
        self.faults.look(pruned)
        self.faults.check()
        if not self.asked.force:
            sets.guard(self.stage, self.manifest, pruned, size)
        extra = [one for one in pruned if one.action == "delete" or one.id not in self.brought]
        self.plan.extend(self.stage, extra, unchanged=-sum(one.action == "update" for one in extra))
        self._write(pruned)
        if self.unit.writing:
            store.own(self.unit, name, (), gone)


def _is_new(claim: Claim, changes: dict[tuple[str, str], Change]) -> bool:
    """Whether an item of a list is one that this run adds; who was there before came another way."""
    kind, _, field_name = claim.kind.partition(".")
    for at in (index for index, character in enumerate(claim.object_id) if character == ":"):
        change = changes.get((kind, claim.object_id[:at]))
        if change is not None and field_name in change.fields:
            before = {str(item.get("user")) for item in change.was.get(field_name) or ()}
            return claim.object_id[at + 1 :] not in before
    return False
