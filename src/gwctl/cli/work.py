"""How a command does its work: where it works, and the way of every change from plan to result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from gwctl import __version__
from gwctl.cli import session as sessions
from gwctl.core.kinds import Kinds
from gwctl.entities import INDEX, entity

if TYPE_CHECKING:
    from gwctl.core.change import Change
    from gwctl.core.plan import Plan
    from gwctl.core.stage import Stage
    from gwctl.core.unit import Place, Unit

T = TypeVar("T")


@lru_cache(maxsize=1)
def kinds() -> Kinds:
    """All entities and their rules."""
    return Kinds(INDEX, entity, "gwctl.rules")


def place() -> Place:
    """Where the running command works: the database that was named, or the embedded server, ready for use."""
    from gwctl.core.unit import Place

    session = sessions.current()
    settings = session.settings
    if settings.local:
        from gwctl import urls
        from gwctl.core import local

        settings = replace(settings, url=urls.parse(local.ensure()))
        session.settings = settings
        if local.schema_revision() != __version__:
            _prepare_local(session)
    echo = session.debug_line if settings.verbose else None
    return Place(settings, kinds(), session.command, session.command_line, session.note, echo, session.point)


def _prepare_local(session: sessions.Session) -> None:
    from gwctl.core import local, migrations
    from gwctl.core.connection import open_engine

    with open_engine(session.settings, "db upgrade").connect() as connection:
        assert session.settings.url is not None
        migrations.upgrade(connection, session.settings.url.schema)
    local.mark_ready(__version__)


class Work:
    """One change: `plan` says on a stage what becomes of things. The same function serves question, rehearsal and deed.

    `bulk`: it is about many things, so it excludes every other writer while it lasts.
    """

    def __init__(
        self,
        plan: Callable[[Unit, Stage], Sequence[Change]],
        *,
        strict: bool = False,
        force: bool = False,
        bulk: bool = False,
    ) -> None:
        self.plan = plan
        self.strict = strict
        self.force = force
        self.bulk = bulk

    def rehearse(self) -> Plan:
        """The plan, read and nothing else."""
        from gwctl.core import unit

        with unit.reading(place()) as opened:
            return self._planned(opened)[2]

    def run(self, after: Callable[[Unit, Sequence[Change]], T], *, keep: bool = True) -> tuple[Plan, T]:
        """Plans and does it, in one transaction; `after` reads the result in it. Warnings go to stderr."""
        from gwctl.core import store, unit

        def work(opened: Unit) -> tuple[Plan, T]:
            opened.lock(exclusive=self.bulk)
            stage, changes, plan = self._planned(opened)
            if changes:
                store.run(stage)
            return plan, after(opened, changes)

        plan, result = unit.write(place(), work, keep=keep)
        for warning in plan.warnings:
            sessions.current().warn(warning)
        return plan, result

    def _planned(self, opened: Unit) -> tuple[Stage, list[Change], Plan]:
        from gwctl.core import change as core_change
        from gwctl.core import dependants
        from gwctl.core import plan as plans
        from gwctl.core.stage import Stage

        stage = Stage(opened)
        stage.force = self.force
        changes = list(self.plan(opened, stage))
        dependants.check(stage, changes)
        core_change.raise_troubles(changes, strict=self.strict)
        return stage, changes, plans.of(stage, changes)
