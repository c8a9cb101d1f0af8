"""Writes docs/commands.md: every command with its options, as `--help` shows them. `make docs`, or run it.

A test fails where the page and the program no longer agree.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typer.core import TyperGroup

from gwctl.cli.lazy import open_door
from gwctl.cli.root import TREE, app

PAGE = Path(__file__).with_name("commands.md")
WIDTH = 100

HEAD = """\
# Commands

Written by `python docs/generate.py`; what it says is what `--help` says. Global options stand before the command:
`gwctl --context prod keys list`.
"""


def text() -> str:
    """The page."""
    from typer.main import get_command

    root = get_command(app([]))
    parts = [HEAD, _help("gwctl", root), _contents()]
    for name, door in TREE.items():
        parts.append(f"## {name}\n\n{door.help}.\n")
        parts += [_section(path, command) for path, command in _leaves(name, open_door(name, door))]
    return "\n".join(parts)


def _contents() -> str:
    return "".join(f"- [{name}](#{name}): {door.help}\n" for name, door in TREE.items())


def _leaves(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    """The commands that do something, by their full names."""
    if isinstance(command, TyperGroup):
        for name, child in command.commands.items():
            yield from _leaves(f"{path} {name}", child)
    else:
        yield path, command


def _section(path: str, command: Any) -> str:
    return f"### gwctl {path}\n\n{_help(f'gwctl {path}', command)}"


def _help(path: str, command: Any) -> str:
    settings = {"help_option_names": ["-h", "--help"], "terminal_width": WIDTH, "max_content_width": WIDTH}
    context = command.make_context(path, [], resilient_parsing=True, **settings)
    lines = [line.rstrip() for line in command.get_help(context).splitlines()]
    return "```text\n" + "\n".join(lines) + "\n```\n"


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
