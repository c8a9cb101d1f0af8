"""What PostgreSQL complains of, as gwctl's own errors: by SQLSTATE and diagnostics, never by the words.

The server's words are shown, since they name the object; what kind of error it is, the state alone decides. No message
holds a password.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable

import psycopg
import sqlalchemy as sa

from gwctl.core import refusals
from gwctl.errors import Conflict, GwctlError, Invalid, SchemaMismatch, Unreachable
from gwctl.settings import Settings
from gwctl.urls import DatabaseUrl

_AGAIN = "Nothing was changed. Run the command again."
_SCHEMA = "gwctl db check says what is different; gwctl db upgrade brings a database of gwctl's own up to date."


def translate(error: BaseException, settings: Settings) -> GwctlError:
    """An error of gwctl's for one of psycopg, SQLAlchemy or the operating system."""
    if isinstance(error, GwctlError):
        return error
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    statement = (error.statement or "") if isinstance(error, sa.exc.DBAPIError) else ""
    if isinstance(cause, psycopg.Error) and cause.sqlstate:
        found = _answered(cause, cause.sqlstate, statement, settings)
    elif isinstance(cause, psycopg.Error):
        # By COPY, which goes past SQLAlchemy, an error comes bare; one of connecting bears its connection.
        bare = error is cause and isinstance(cause, psycopg.OperationalError) and cause.pgconn is None
        lost = bare or (isinstance(error, sa.exc.DBAPIError) and error.connection_invalidated)
        found = _unanswered(cause, settings, lost=lost)
    elif isinstance(cause, OSError):
        found = Unreachable(f"the connection to {_place(settings)} failed: {cause.strerror or cause}", _AGAIN)
    else:
        reason = next(iter(str(cause).splitlines()), type(cause).__name__)
        found = GwctlError(f"the statement cannot be made: {reason}", "This is a defect of gwctl; --debug shows where.")
    return _without_secrets(found, settings.url)


def _answered(error: psycopg.Error, state: str, statement: str, settings: Settings) -> GwctlError:
    """The database said what is wrong. The whole state is looked up first, then its class."""
    make = _STATES.get(state) or _STATES.get(state[:2])
    if make:
        return make(error, statement, settings)
    return Unreachable(f"the database says: {_said(error)} (SQLSTATE {state})", "The server's log may say more.")


def _unanswered(error: psycopg.Error, settings: Settings, *, lost: bool) -> GwctlError:
    """There is no SQLSTATE: the connection was lost, was never made, or psycopg itself refused."""
    if isinstance(error, psycopg.DataError):
        return Invalid(f"a value cannot be stored: {error}", "Take out what PostgreSQL has no form for.")
    if isinstance(error, psycopg.ProgrammingError):
        return Invalid(f"the database URL {_place(settings)} is not understood: {str(error).strip()}")
    if lost or settings.url is None:
        return Unreachable(f"the connection to {_place(settings)} was lost", _AGAIN)
    return _refused(refusals.why(error, settings.url, settings.timeout), settings)


def _refused(refusal: refusals.Refusal, settings: Settings) -> GwctlError:
    """The connection was never made."""
    if refusal.needs_password:
        reason, hint = "the server wants a password, and none is given", _PASSWORD
    else:
        reason, hint = refusal.reason, _REFUSALS.get(refusal.sqlstate or "", "")
    known = refusal.sqlstate or refusal.needs_password
    hint = hint or ("The server's log may say more." if known else "Check host, port, firewall and TLS of the address.")
    return Unreachable(f"cannot connect to {_place(settings)}: {reason}", hint)


_PASSWORD = "Give it in the URL, PGPASSWORD or ~/.pgpass, or let the context's password_command print it."  # noqa: S105
_REFUSALS = {
    "28P01": f"The password is wrong. {_PASSWORD}",
    "28000": "The server's pg_hba.conf lets this role in from elsewhere only, or not without TLS: try sslmode=require.",
    "3D000": "Check the database's name in the URL, or create it.",
    "42501": "Ask for GRANT CONNECT ON DATABASE.",
    "53300": "All connections are taken. Wait, or let gwctl go through the pooler.",
    "57P03": "The server is starting or stopping. Wait a moment.",
}


def _permission(error: psycopg.Error, statement: str, settings: Settings) -> GwctlError:
    """Says the GRANT to ask for; the diagnostics of 42501 do not name the object, so it is looked for in the words."""
    said = _said(error)
    role = (settings.url.as_dict().get("user") if settings.url else None) or "the role"
    table = error.diag.table_name or next(iter(re.findall(r"LiteLLM_\w+", said)), None)
    holder = re.search(r"\b(schema|database)\b\W*([\w-]+)", said)
    if table:
        place = "" if settings.url is None or settings.url.schema == "public" else f'"{settings.url.schema}".'
        rights = _privileges(statement) if table in statement else "SELECT, INSERT, UPDATE"  # by COPY, or a trigger
        hint = f'Ask for: GRANT {rights} ON {place}"{table}" TO {role};'
    elif holder:
        right = "CREATE" if statement.lstrip().upper().startswith("CREATE") else _ENTRY[holder[1]]
        hint = f'Ask for: GRANT {right} ON {holder[1].upper()} "{holder[2]}" TO {role};'
    else:
        hint = f"Ask the database's owner for the right, for {role}."
    return Unreachable(f"no permission: {said}", hint)


_ENTRY = {"schema": "USAGE", "database": "CONNECT"}


def _privileges(statement: str) -> str:
    words = set(re.findall(r"[A-Z]+", statement.upper()))
    verb = next(iter(statement.upper().split()), "")
    if verb in ("INSERT", "COPY"):
        return "SELECT, INSERT" if "RETURNING" in words else "INSERT"
    if verb == "DELETE":
        return "SELECT, DELETE"
    if verb == "UPDATE" or {"FOR", "UPDATE"} <= words or {"FOR", "SHARE"} <= words:
        return "SELECT, UPDATE"
    return "SELECT"


def _lock(_error: psycopg.Error, statement: str, settings: Settings) -> GwctlError:
    holder = _holder(settings)
    reason = f"; the oldest change under way is {holder}" if holder else ""
    waited = (
        ""
        if settings.lock_timeout_given is False and "advisory" in statement
        else f" within {settings.lock_timeout:g} seconds"
    )
    return Unreachable(f"a lock was not had{waited}{reason}", _AGAIN)


_HOLDERS = """
    SELECT a.pid, coalesce(nullif(a.application_name, ''), 'unnamed'), a.usename,
           extract(epoch FROM clock_timestamp() - a.xact_start)
    FROM pg_stat_activity a
    WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.xact_start IS NOT NULL
      AND (a.backend_xid IS NOT NULL
           OR EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND l.granted AND l.locktype = 'advisory'))
    ORDER BY a.xact_start LIMIT 1"""


def _holder(settings: Settings) -> str:
    """Who most likely holds a lock, if the database tells at once."""
    if settings.url is None:
        return ""
    with contextlib.suppress(psycopg.Error):
        conninfo = settings.url.conninfo
        with psycopg.connect(conninfo, autocommit=True, prepare_threshold=None, connect_timeout=2) as connection:
            if row := connection.execute(_HOLDERS).fetchone():
                return f'"{row[1]}" of {row[2]} (pid {row[0]}), for {row[3]:.0f} seconds'
    return ""


def _taken(error: psycopg.Error, _statement: str, _settings: Settings) -> GwctlError:
    return Conflict(
        f"{_of_table(error)}: {_detail(error)}", "Another name or identifier is needed, or it was just made."
    )


def _referenced(error: psycopg.Error, _statement: str, _settings: Settings) -> GwctlError:
    rule = error.diag.constraint_name or "a foreign key"
    return Conflict(f"{_of_table(error)}: {_detail(error)}", f"The database's own rule {rule} forbids it.")


def _missing_value(error: psycopg.Error, _statement: str, _settings: Settings) -> GwctlError:
    column = f"{error.diag.table_name}.{error.diag.column_name}"
    return SchemaMismatch(f"this database wants a value for {column}", "The gateway may be newer than this gwctl.")


def _invalid(error: psycopg.Error, _statement: str, _settings: Settings) -> GwctlError:
    return Invalid(f"the database does not take a value: {_said(error)}", error.diag.message_hint or "")


def _mismatch(error: psycopg.Error, _statement: str, _settings: Settings) -> GwctlError:
    return SchemaMismatch(f"this database is not one that the command can work on: {_said(error)}", _SCHEMA)


def _plain(message: str, hint: str = _AGAIN) -> Callable[[psycopg.Error, str, Settings], GwctlError]:
    return lambda error, _statement, _settings: Unreachable(message.format(said=_said(error)), hint)


_STATES: dict[str, Callable[[psycopg.Error, str, Settings], GwctlError]] = {
    "08": _plain("the connection broke: {said}"),
    "22": _invalid,
    "23502": _missing_value,
    "23503": _referenced,
    "23505": _taken,
    "23514": _invalid,
    "23P01": _taken,
    "25006": _plain(
        "this is a replica, or a database that is set to read only: {said}", "Give the URL of the primary for changes."
    ),
    "25P03": _plain("the database ended the transaction, which stood idle: {said}"),
    "3F": _mismatch,
    "40001": _plain(
        "others changed the same rows at the same time, again and again: {said}",
        "Run the command again. On a replica, hot_standby_feedback = on keeps reports from being cancelled.",
    ),
    "40P01": _plain("the locks of this command and of another stood in each other's way: {said}"),
    "42": _mismatch,
    "42501": _permission,
    "53100": _plain("the database's disk is full: {said}", "Make room there."),
    "53300": _plain("the database has no connection left: {said}", _REFUSALS["53300"]),
    "55P03": _lock,
    "57014": _plain(
        "the database cancelled the statement: {said}",
        "statement_timeout may be too short for it: ask for less at once.",
    ),
    "57": _plain("the server is going down or starting: {said}"),
}


def _said(error: psycopg.Error) -> str:
    return (error.diag.message_primary or str(error)).strip()


def _detail(error: psycopg.Error) -> str:
    return error.diag.message_detail or _said(error)


def _of_table(error: psycopg.Error) -> str:
    return error.diag.table_name or "the database"


def _place(settings: Settings) -> str:
    return settings.url.safe if settings.url else settings.source


def _without_secrets(error: GwctlError, url: DatabaseUrl | None) -> GwctlError:
    """The last net: whatever somebody put into a text, the URL's passwords are not in it."""
    for secret in url.secrets if url else ():
        error.message = error.message.replace(secret, "***")
        error.hint = error.hint.replace(secret, "***")
    error.args = (error.message,)
    return error
