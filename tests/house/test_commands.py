"""Every command of the tree opens, has help with an example, and says what each option is for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from typer.core import TyperGroup

from gwctl.cli.lazy import open_door
from gwctl.cli.root import TREE


@pytest.mark.parametrize("name", TREE)
def test_command_tells_how_it_is_used(name: str) -> None:
    complaints = [f"{path}: {what}" for path, command in leaves(name) for what in _complaints(path, command)]
    assert complaints == []


@pytest.mark.parametrize("name", TREE)
def test_listed_line_is_one_short_line(name: str) -> None:
    assert 0 < len(TREE[name].help) <= 80
    assert not TREE[name].help.endswith(".")


def leaves(name: str) -> Iterator[tuple[str, Any]]:
    """The commands behind a door that do something, by their full names."""
    yield from _below(name, open_door(name, TREE[name]))


def _below(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(command, TyperGroup):
        for name, child in command.commands.items():
            yield from _below(f"{path} {name}", child)
    else:
        yield path, command


def _complaints(path: str, command: Any) -> Iterator[str]:
    text = f"{command.help or ''}\n{command.epilog or ''}"
    if not (command.help or "").strip():
        yield "no help"
    if not re.search(rf"\bgwctl\b.* {re.escape(path)}\b|\bgwctl {re.escape(path)}\b", text):
        yield "no example"
    for option in command.params:
        if option.param_type_name == "option" and not (option.help or "").strip():
            yield f"{option.opts[0]} has no help"
