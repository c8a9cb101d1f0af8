"""A command tree that is data: names and one-line help, with doors to the modules behind them.

A door is opened, and its module imported, only when something behind it is run, completed or asked for its help. The
root's help, suggestions for a mistyped name and completion of names are made of the data alone. Every command is
shown with plain help: importing Rich would cost more than all the rest of `gwctl --help`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
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


class Group(Typer):
    """A group of the tree. What makes its commands may wait until one of them is wanted."""

    def __init__(self, about: str) -> None:
        super().__init__(help=about, add_completion=False, no_args_is_help=True, rich_markup_mode=None)
        self._waiting: dict[str, Callable[[], None]] = {}
        self._order: list[str] = []

    def later(self, name: str, make: Callable[[], None]) -> None:
        """`make` will add the command `name`. Those that waited are listed first, in the order they were announced."""
        self._waiting[name] = make
        self._order.append(name)

    def ready(self, wanted: str | None) -> Typer:
        """The group with its commands; where one is called `wanted`, with that one alone."""
        names = {command.name for command in self.registered_commands}
        for name in [wanted] if wanted in self._waiting else [] if wanted in names else list(self._waiting):
            self._waiting.pop(str(name))()
        found = [command for command in self.registered_commands if wanted and command.name == wanted]
        if not found:
            rank = {name: place for place, name in enumerate(self._order)}
            self.registered_commands.sort(key=lambda command: rank.get(command.name or "", len(rank)))
            return self
        alone = copy(self)
        alone.registered_commands, alone.registered_groups = found, []
        return alone


def group(about: str = "") -> Group:
    """A group for the command tree: `app = group("What it holds")`."""
    return Group(about)


def open_door(name: str, door: Door, wanted: str | None = None) -> Any:
    """The command behind a door; imports its module. Of a group that has a command `wanted`, no other is made ready."""
    module, _, attribute = door.place.partition(":")
    found = getattr(import_module(module), attribute or "app")
    app = found if door.argument is None else found(door.argument)
    single = not isinstance(app, Typer)
    command: Any = get_command(_single(name, app) if single else _plain(app, wanted))
    if not single and not isinstance(command, TyperGroup):  # a group that has but one command
        command = TyperGroup(name=name, commands={command.name: command}, no_args_is_help=True, rich_markup_mode=None)
    command.name = name
    command.help = command.help or door.help
    return command


def _plain(app: Typer, wanted: str | None) -> Typer:
    app.rich_markup_mode = None
    return app.ready(wanted) if isinstance(app, Group) else app


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
            command = open_door(name, self.doors[name], rest[0] if rest else None)
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
