"""A gateway, however it came to be, exported and applied to an empty one, is exported with the same text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.commands import SALT, Command, commands, fill
from support.database import Database, copy_of
from support.program import Program

MASK = re.compile(r"""(["']?)\*{8}\1""")
RUNS = count()
HEALTHY = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]


@pytest.fixture(scope="module")
def worlds(standing_database: Database) -> Iterator[tuple[str, str]]:
    """The names of two databases to copy: one with a row of everything, and one without any."""
    empty = standing_database.url.rpartition("/")[2]
    standing_database.close()
    with copy_of(empty) as world:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("GWCTL_ACTOR", "tester")
            patch.setenv("GWCTL_NO_LOCAL", "1")
            fill(Program(world), world)
        world.close()
        yield world.url.rpartition("/")[2], empty


def carried_over(world: str, empty: str, steps: list[Command], options: str) -> tuple[str, str, list[str]]:
    """What the one exports, what the other exports after that was applied to it, and what had been done."""
    told = []
    with copy_of(world) as database:
        program = Program(database)
        for words, stdin in steps:
            told.append(str(program(words, stdin=stdin, env=SALT, code={0, 2, 3, 4, 5, 6})))
        first = program(f"export {options}", env=SALT).stdout
    with copy_of(empty) as database:
        program = Program(database)
        manifest = MASK.sub("{env: SECRET}", first)
        apply = f"apply -f - --yes --secrets-to secrets-{next(RUNS)}"
        result = program(apply, stdin=manifest, env=SALT, code={0, 6})
        if result.code == 6:  # what a rule would not let anybody make now, and lies there since before
            program(f"{apply} --force", stdin=manifest, env=SALT)
        return first, program(f"export {options}", env=SALT).stdout, told


@settings(max_examples=4, deadline=None, suppress_health_check=HEALTHY, derandomize=True)
@given(st.lists(commands(), min_size=4, max_size=14), st.sampled_from(["", "--with-hashes"]))
def test_what_is_exported_comes_back(worlds: tuple[str, str], steps: list[Command], options: str) -> None:
    first, second, told = carried_over(*worlds, steps, options)
    assert second == first, "\n".join(told)
