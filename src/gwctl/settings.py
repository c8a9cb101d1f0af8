"""Where the database is and who asks: flags over environment over config file, one frozen value.

The first that is set names the database: `--database-url`, `--context` or GWCTL_CONTEXT, GWCTL_DATABASE_URL,
DATABASE_URL, the config file's current context, and last the embedded local server. That last one is taken unasked
only on a terminal, after `gwctl local start`, or with GWCTL_LOCAL=1: a script that forgot its variable shall not
provision a toy. An empty variable is not set.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gwctl import contexts, urls
from gwctl.contexts import Context, Options
from gwctl.errors import Invalid, NotFound, Unreachable, Usage
from gwctl.urls import DatabaseUrl

__all__ = ["Options", "Settings", "local_folder", "resolve"]

_HOW = "Give --database-url, --context, GWCTL_DATABASE_URL or DATABASE_URL, or choose one: gwctl contexts use NAME."


@dataclass(frozen=True)
class Settings:
    """What one command goes by."""

    url: DatabaseUrl | None
    """None only until the embedded server has said where it is."""
    source: str
    """What named the database: "--database-url", "context prod", "DATABASE_URL", "embedded", …"""
    context: str | None = None
    options: Options = field(default_factory=Options)
    actor: str = ""
    reason: str | None = None
    timeout: float = 5
    """Seconds to wait for a connection, for each host."""
    lock_timeout: float = 10
    """Seconds to wait for a lock."""
    lock_timeout_given: bool = False
    """It was asked for, so that work on many rows does not wait longer either."""
    verbose: bool = False
    quiet: bool = False
    debug: bool = False
    local: bool = False
    """The embedded server was chosen."""


def resolve(
    *,
    database_url: str | None = None,
    context: str | None = None,
    actor: str | None = None,
    reason: str | None = None,
    timeout: float | None = None,
    lock_timeout: float | None = None,
    verbose: bool = False,
    quiet: bool = False,
    debug: bool = False,
    environ: Mapping[str, str] | None = None,
    interactive: bool,
) -> Settings:
    """The settings of a command that needs a database; `interactive`: a person can see what is chosen.

    Usage for a time-out or context that is none, Invalid for a URL or config file that is, Unreachable without a
    database to go to.
    """
    environ = os.environ if environ is None else environ
    lock_timeout = _seconds(environ, "GWCTL_LOCK_TIMEOUT") if lock_timeout is None else lock_timeout
    source, found = _choose(database_url, context, environ) or _embedded(environ, interactive=interactive)
    url = found.url if isinstance(found, Context) else found
    return Settings(
        url=url,
        source=source,
        context=found.name if isinstance(found, Context) else None,
        options=found.options if isinstance(found, Context) else Options(),
        actor=actor or environ.get("GWCTL_ACTOR") or _person(),
        reason=reason,
        timeout=_timeout(timeout, url),
        lock_timeout=10 if lock_timeout is None else _positive(lock_timeout, "--lock-timeout"),
        lock_timeout_given=lock_timeout is not None,
        verbose=verbose,
        quiet=quiet,
        debug=debug,
        local=found is None,
    )


def local_folder(environ: Mapping[str, str] | None = None) -> Path:
    """Where the embedded server and what is known of it lie: GWCTL_LOCAL_DATA, else the user's data folder."""
    environ = os.environ if environ is None else environ
    if environ.get("GWCTL_LOCAL_DATA"):
        return Path(environ["GWCTL_LOCAL_DATA"]).expanduser().absolute()
    from platformdirs import user_data_path

    return user_data_path("gwctl", appauthor=False) / "local"


def local_mark(environ: Mapping[str, str] | None = None) -> Path:
    """The file that says that somebody asked for the embedded server with `gwctl local start`."""
    folder = local_folder(environ)
    return folder.with_name(f"{folder.name}.started")


_Choice = tuple[str, DatabaseUrl | Context | None]
"""What named the database, and the database; None is the embedded one."""


def _choose(database_url: str | None, context: str | None, environ: Mapping[str, str]) -> _Choice | None:
    """The first of the named ones that is set."""
    if database_url:
        return "--database-url", _parsed(database_url, "--database-url")
    if name := context or environ.get("GWCTL_CONTEXT"):
        known = contexts.load(contexts.config_file(environ))
        try:
            return f"context {name}", known.get(name).with_password()
        except NotFound as error:
            raise Usage(error.message, error.hint) from None
    for variable in ("GWCTL_DATABASE_URL", "DATABASE_URL"):
        if environ.get(variable):
            return variable, _parsed(environ[variable], variable)
    return _current(environ)


def _current(environ: Mapping[str, str]) -> _Choice | None:
    known = contexts.load(contexts.config_file(environ))
    if not known.current:
        return None
    if known.current not in known.all:
        names = ", ".join(known.all) or "none"
        raise Invalid(f'{known.file}: the current context "{known.current}" is not there', f"There are: {names}.")
    return f"context {known.current}", known.all[known.current].with_password()


def _embedded(environ: Mapping[str, str], *, interactive: bool) -> _Choice:
    """The embedded server, if it may be taken unasked."""
    if _is_on(environ, "GWCTL_NO_LOCAL"):
        raise Unreachable("no database is named, and GWCTL_NO_LOCAL forbids the embedded one", _HOW)
    if interactive or _is_on(environ, "GWCTL_LOCAL") or local_mark(environ).exists():
        return "embedded", None
    raise Unreachable("no database is named", f"{_HOW} GWCTL_LOCAL=1 takes the embedded one, for trying things out.")


def _is_on(environ: Mapping[str, str], name: str) -> bool:
    return environ.get(name, "").lower() not in ("", "0", "no", "false", "off")


def _parsed(text: str, source: str) -> DatabaseUrl:
    try:
        return urls.parse(text)
    except Invalid as error:
        raise Invalid(f"{source}: {error.message}", error.hint) from None


def _timeout(asked: float | None, url: DatabaseUrl | None) -> float:
    """The time-out that was asked for, else the URL's own, else 5 s; 0 in a URL means for ever, here an hour."""
    if asked is not None:
        return _positive(asked, "--timeout")
    text = url.as_dict().get("connect_timeout") if url else None
    if text is None:
        return 5
    if not re.fullmatch(r"-?\d+", text):
        raise Invalid("connect_timeout in the database URL is no number of seconds", "Write it as connect_timeout=10.")
    return float(text) if int(text) > 0 else 3600


def _seconds(environ: Mapping[str, str], name: str) -> float | None:
    if not environ.get(name):
        return None
    try:
        return _positive(float(environ[name]), name)
    except ValueError:
        raise Usage(f"{name} should be a number of seconds") from None


def _positive(seconds: float, option: str) -> float:
    if not 0 < seconds < 1e6:
        raise Usage(f"{option} must be more than 0 seconds")
    return seconds


def _person() -> str:
    """The operating system's user."""
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return f"uid {os.getuid()}"
