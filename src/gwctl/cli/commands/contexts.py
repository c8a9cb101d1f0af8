"""`gwctl contexts`: the named databases in the config file. No database is asked, and no password is shown."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any

import typer

from gwctl import contexts, urls
from gwctl.cli import render, session
from gwctl.cli.confirmation import confirm
from gwctl.cli.lazy import group
from gwctl.cli.options import OutputOption, YesOption
from gwctl.cli.render import Column, Kind
from gwctl.contexts import Context, Options
from gwctl.errors import Invalid, NotFound

app = group("Named databases in the config file")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The context.", autocompletion=lambda: _names())]

COLUMNS = (
    Column("name", Kind.NAME),
    Column("current", Kind.FLAG),
    Column("url", Kind.NAME),
    Column("password"),
    Column("protected", Kind.FLAG),
    Column("read_only", Kind.FLAG),
    *(Column(f.name, wide=True) for f in fields(Options) if f.name not in ("protected", "read_only")),
)


@app.command("list", epilog="Example: gwctl contexts list")
def list_contexts(output: OutputOption = "table") -> None:
    """All contexts; the current one is marked."""
    known = contexts.load(_file())
    rows = [_row(context, current=known.current) for context in known.all.values()]
    empty = f"There is no context in {known.file}; gwctl contexts set NAME --url URL makes one."
    render.listing(rows, COLUMNS, output=output, identity="name", session=session.current(), empty=empty)


@app.command("show", epilog="Example: gwctl contexts show prod -o yaml")
def show(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="The context; the current one if left out.")
    ] = None,
    output: OutputOption = "table",
) -> None:
    """One context with all its settings."""
    known = contexts.load(_file())
    chosen = name or known.current
    if not chosen:
        raise NotFound("there is no current context", "gwctl contexts list shows all, gwctl contexts use NAME chooses.")
    _print(known.get(chosen), output, current=known.current)


@app.command("use", epilog="Example: gwctl contexts use prod")
def use(name: Name, output: OutputOption = "table") -> None:
    """Make a context the current one: it is used where nothing else names a database."""
    _print(contexts.use(_file(), name), output, current=name)


@app.command("set", epilog="Example: gwctl contexts set prod --url - --password-command 'pass show litellm' < url.txt")
def set_context(
    name: Name,
    url: Annotated[
        str | None, typer.Option("--url", metavar="URL", help="Where the database is; - reads it from stdin.")
    ] = None,
    password_command: Annotated[
        str | None, typer.Option(metavar="COMMAND", help="A command that prints the password; run without a shell.")
    ] = None,
    read_url: Annotated[str | None, typer.Option(metavar="URL", help="A replica, for reports.")] = None,
    protected: Annotated[
        bool | None, typer.Option("--protected/--no-protected", help="Changes ask for the context's name.")
    ] = None,
    read_only: Annotated[bool | None, typer.Option("--read-only/--no-read-only", help="Changes are refused.")] = None,
    licensed: Annotated[
        bool | None, typer.Option("--licensed/--no-licensed", help="The proxy has an enterprise licence.")
    ] = None,
    key_inherits_org: Annotated[
        bool | None,
        typer.Option("--key-inherits-org/--no-key-inherits-org", help="New keys of a team get its organisation."),
    ] = None,
    gateway_audit: Annotated[
        bool | None, typer.Option("--gateway-audit/--no-gateway-audit", help="Write the gateway's own audit rows too.")
    ] = None,
    gateway_version: Annotated[str | None, typer.Option(metavar="RELEASE", help="The gateway's release.")] = None,
    timezone: Annotated[
        str | None, typer.Option(metavar="ZONE", help="The zone that the gateway reckons days in.")
    ] = None,
    salt_key_command: Annotated[
        str | None, typer.Option(metavar="COMMAND", help="A command that prints the proxy's salt key.")
    ] = None,
    config_file: Annotated[str | None, typer.Option(metavar="FILE", help="The proxy's own config.yaml.")] = None,
    default_key_generate_params: Annotated[
        str | None, typer.Option(metavar="JSON", help="What the proxy gives new keys that do not say.")
    ] = None,
    upperbound_key_generate_params: Annotated[
        str | None, typer.Option(metavar="JSON", help="The most that the proxy gives a new key.")
    ] = None,
    default_team_params: Annotated[
        str | None, typer.Option(metavar="JSON", help="What the proxy gives new teams that do not say.")
    ] = None,
    default_internal_user_params: Annotated[
        str | None, typer.Option(metavar="JSON", help="What the proxy gives new users that do not say.")
    ] = None,
    set_null: Annotated[list[str] | None, typer.Option(metavar="FIELD", help="Take a setting out; repeats.")] = None,
    output: OutputOption = "table",
) -> None:
    """Make a context, or change what is named of it."""
    given = {
        "url": _address(url),
        "password_command": password_command,
        "read_url": read_url,
        "protected": protected,
        "read_only": read_only,
        "licensed": licensed,
        "key_inherits_org": key_inherits_org,
        "gateway_audit": gateway_audit,
        "gateway_version": gateway_version,
        "timezone": timezone,
        "salt_key_command": salt_key_command,
        "config_file": config_file,
        "default_key_generate_params": _object("--default-key-generate-params", default_key_generate_params),
        "upperbound_key_generate_params": _object("--upperbound-key-generate-params", upperbound_key_generate_params),
        "default_team_params": _object("--default-team-params", default_team_params),
        "default_internal_user_params": _object("--default-internal-user-params", default_internal_user_params),
    }
    values = {key: value for key, value in given.items() if value is not None}
    unset = [field.replace("-", "_") for text in set_null or () for field in text.split(",") if field]
    known = contexts.load(_file())
    if name not in known.all and "url" not in values:
        raise Invalid(
            f'the context "{name}" is new, so it needs a URL', "Give --url URL, or --url - to read it from stdin."
        )
    made = contexts.put(_file(), name, values, unset)
    _advise([text for text in (url, read_url) if text and text != "-"], made, current=known.current)
    _print(made, output, current=known.current)


@app.command("delete", epilog="Example: gwctl contexts delete old --yes")
def delete(
    name: Name,
    ignore_missing: Annotated[bool, typer.Option("--ignore-missing", help="It is no error if there is none.")] = False,
    yes: YesOption = False,
) -> None:
    """Take a context out of the config file. Its database is not touched."""
    known = contexts.load(_file())
    if ignore_missing and name not in known.all:
        return
    context = known.get(name)
    confirm(f"Take the context {name} ({context.url.safe}) out of {known.file}", yes=yes)
    contexts.delete(_file(), name)
    session.current().note(f'took the context "{name}" out of {known.file}')


def _file() -> Path:
    return contexts.config_file(os.environ)


def _names() -> list[str]:
    return list(contexts.load(_file()).all)


def _object(option: str, text: str | None) -> dict[str, Any] | None:
    if text is None:
        return None
    try:
        value = json.loads(text)
    except json.JSONDecodeError:
        value = None
    if not isinstance(value, dict) or None in value.values():
        raise Invalid(f'{option} should be a JSON object without null, as {{"max_budget": 10}}')
    return value


def _address(url: str | None) -> str | None:
    """The URL that was given or comes on stdin, judged before anything else is."""
    if url == "-":
        url = sys.stdin.read().strip()
    if url is not None:
        urls.parse(url)
    return url


def _advise(typed: Sequence[str], made: Context, *, current: str | None) -> None:
    running = session.current()
    if any(urls.parse(text).secrets for text in typed):
        running.warn(
            "the password was on the command line, where others can see it; --url - reads the URL from stdin, "
            "and --password-command keeps it out of the config file"
        )
    if current is None:
        running.note(f"gwctl contexts use {made.name} makes it the current one")


def _print(context: Context, output: str, *, current: str | None) -> None:
    row = _row(context, current=current)
    columns = [Column(column.name, column.kind) for column in COLUMNS]
    render.one(row, columns, output=output, identity="name", session=session.current())


def _row(context: Context, *, current: str | None) -> Mapping[str, Any]:
    """A context as it may be shown: of the password it is said where it comes from."""
    options = {f.name: getattr(context.options, f.name) for f in fields(Options)}
    in_url = "url" if "password" in context.url.as_dict() else None
    return {
        "name": context.name,
        "current": context.name == current,
        "url": context.url.safe,
        "password": "command" if context.password_command else in_url,
        **options,
        "read_url": context.options.read_url.safe if context.options.read_url else None,
    }
