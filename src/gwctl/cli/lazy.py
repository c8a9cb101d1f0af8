"""A command tree that is data: names and one-line help, with doors to the modules behind them.

A door is opened, and its module imported, only when something behind it is run, completed or asked for its help. The
root's help, suggestions for a mistyped name and completion of names are made of the data alone. Every command is
shown with plain help: importing Rich would cost more than all the rest of `gwctl --help`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, ClassVar

from typer import Typer
from typer.core import TyperGroup
from typer.main import get_command

COMMAND = "gwctl.command"
"""Where the context's `meta` keeps the path of the command in use, as "keys create"."""


@dataclass(frozen=True, slots=True)
class Door:
    """One name of the tree.

    `place` is `module` (its attribute `app`, a group), `module:function` (a single command), or, with `argument`,
    `module:builder`: a function that returns the group for that argument.
    """

    kind: str
    """The heading that it is listed under."""
    place: str
    help: str
    argument: str | None = None


def group(about: str = "") -> Typer:
    """A group for the command tree: `app = group("What it holds")`."""
    return Typer(help=about, add_completion=False, no_args_is_help=True, rich_markup_mode=None)


def open_door(name: str, door: Door) -> Any:
    """The command behind a door; imports its module."""
    module, _, attribute = door.place.partition(":")
    found = getattr(import_module(module), attribute or "app")
    app = found if door.argument is None else found(door.argument)
    single = not isinstance(app, Typer)
    command: Any = get_command(_single(name, app) if single else _plain(app))
    if not single and not isinstance(command, TyperGroup):  # a group that has but one command
        command = TyperGroup(name=name, commands={command.name: command}, no_args_is_help=True, rich_markup_mode=None)
    command.name = name
    command.help = command.help or door.help
    return command


def _plain(app: Typer) -> Typer:
    app.rich_markup_mode = None
    return app


def _single(name: str, function: Any) -> Typer:
    app = group()
    app.command(name)(function)
    return app


class LazyGroup(TyperGroup):
    """The root of a tree. Its `commands` are signs, which have a name and a line of help but do nothing."""

    doors: ClassVar[Mapping[str, Door]] = {}

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for name, door in self.doors.items():
            self.commands[name] = TyperGroup(name=name, help=door.help, short_help=door.help, rich_markup_mode=None)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name, command, rest = super().resolve_command(ctx, args)
        if name is not None and name in self.doors:
            command = open_door(name, self.doors[name])
            ctx.meta[COMMAND] = " ".join([name, *_below(command, rest)])
        return name, command, rest

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """The commands first, by kind, since they are what a person looks for."""
        width = max((len(name) for name in self.doors), default=0)
        for kind in dict.fromkeys(door.kind for door in self.doors.values()):
            with formatter.section(kind):
                formatter.write_dl([(n.ljust(width), d.help) for n, d in self.doors.items() if d.kind == kind])
        super().format_options(ctx, formatter)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Nothing: `format_options` has them."""


def _below(command: Any, words: list[str]) -> list[str]:
    """The names of sub-commands at the beginning of the words that follow."""
    names: list[str] = []
    for word in words:
        if not isinstance(command, TyperGroup) or word not in command.commands:
            break
        names.append(word)
        command = command.commands[word]
    return names


def tree(doors: Mapping[str, Door]) -> type[LazyGroup]:
    """The class of a root group with these doors, for `Typer(cls=…)`."""
    return type("Tree", (LazyGroup,), {"doors": doors})
