"""One object on its way to what was asked of it, and what stands in the way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from gwctl.core.stage import Row
from gwctl.describe import Entity
from gwctl.errors import GwctlError, Invalid, Problem, Refused
from gwctl.secrets import Secret


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a change cannot be made: which kind of error it is, and which field it is about."""

    kind: type[GwctlError]
    message: str
    hint: str = ""
    field: str | None = None


@dataclass(eq=False, slots=True)
class Change:
    """One object on its way: what was asked, where it stands, and what will be written to its own row."""

    action: str
    """create, update or delete."""
    entity: Entity
    fields: dict[str, Any]
    """What was asked for, by field; references as ids."""
    row: Row | None = None
    """Its row: None until a new one is staged."""
    cleared: frozenset[str] = frozenset()
    """Of a new object, the fields that were said to be nothing, where left out they would get something."""
    spoken: dict[str, Any] = field(default_factory=dict)
    """References as they were asked for, by name."""
    columns: dict[str, Any] = field(default_factory=dict)
    """The columns to be written, by binding and rules."""
    linked: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The columns to be written to rows that its row points at, by table."""
    was: dict[str, Any] = field(default_factory=dict)
    """Its fields as they are now, of an update."""
    heir: Row | None = None
    """The row that takes its place: a new version."""
    troubles: list[Trouble] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    secret: Secret | None = None
    """The plain secret of a key that is made or rotated."""
    audited: str = ""
    """The gateway's word for the action in its audit log."""
    spend: tuple[float, float] | None = None
    """Its spend before and after, where that is what changes."""
    origin: Any = None
    """Where it was asked for: the entry of a manifest."""
    lasting: bool = False
    """Whether later batches of the same run have to know of it."""

    def refuse(
        self, message: str, field: str | None = None, *, kind: type[GwctlError] = Refused, hint: str = ""
    ) -> None:
        self.troubles.append(Trouble(kind, message, hint, field))

    def warn(self, message: str) -> None:
        if message not in self.warnings:
            self.warnings.append(message)

    def value(self, column: str) -> Any:
        """A column of its row as it will be."""
        return self.columns[column] if column in self.columns else self.row[column] if self.row else None

    @property
    def id(self) -> str:
        return str(self.value(self.entity.key) or "")

    @property
    def name(self) -> str:
        label = self.entity.names[0] if self.entity.names else self.entity.key
        return str(self.value(label) or self.id)

    def differences(self) -> dict[str, tuple[Any, Any]]:
        """For each field that was asked for: what it was and what it will be."""
        spend = {"spend": self.spend} if self.spend else {}
        return {name: (self.was.get(name), value) for name, value in self.fields.items()} | spend


def raise_troubles(changes: Iterable[Change], *, strict: bool = False) -> None:
    """Raises what is wrong with changes: one trouble as the error that it is, several as one that lists them."""
    changes = list(changes)
    troubles = [(change, trouble) for change in changes for trouble in change.troubles]
    if strict:
        troubles += [
            (c, Trouble(Refused, warning, "Without --strict it is a warning."))
            for c in changes
            for warning in c.warnings
        ]
    if not troubles:
        return
    if len(troubles) == 1:
        raise troubles[0][1].kind(troubles[0][1].message, troubles[0][1].hint)
    kind = Invalid if any(trouble.kind is Invalid for _, trouble in troubles) else troubles[0][1].kind
    problems = [Problem(trouble.message, path=f"{change.entity.group}: {change.name}") for change, trouble in troubles]
    raise kind(f"{len(troubles)} problems; nothing was changed", troubles[0][1].hint, problems)
