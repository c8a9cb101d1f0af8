"""How a database is opened, and what its complaints become."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from gwctl import settings
from gwctl.core.connection import attach_echo, open_engine, translate
from gwctl.core.values import JSON_NULL
from gwctl.errors import Conflict, GwctlError, Invalid, SchemaMismatch, Unreachable
from support.database import Database
from support.guarded import ENCODED, PASSWORD, Guarded, guarded_server


def on(url: str, **options: Any) -> settings.Settings:
    return settings.resolve(database_url=url, environ={}, interactive=False, **options)


def run(chosen: settings.Settings, statements: Sequence[str]) -> None:
    with open_engine(chosen, "test").begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def failure(url: str, *statements: str, **options: Any) -> GwctlError:
    """What a command would say."""
    chosen = on(url, **options)
    with pytest.raises((sa.exc.SQLAlchemyError, OSError)) as caught:
        run(chosen, statements)
    found = translate(caught.value, chosen)
    assert "\n" not in found.message + found.hint
    for secret in (PASSWORD, ENCODED, "wrong-one"):
        assert secret not in f"{found.message} {found.hint} {found!r} {found.args}"
    return found


# Opening


def test_it_opens_with_one_round_trip_for_each_statement(empty_database: Database) -> None:
    engine = open_engine(on(empty_database.url), "teams list")
    seen: list[str] = []
    sa.event.listen(engine, "before_cursor_execute", lambda _c, _k, sql, *_: seen.append(sql))
    with engine.connect() as connection, connection.execution_options(isolation_level="REPEATABLE READ").begin():
        asked = "select current_setting('application_name'), current_setting('transaction_isolation')"
        assert connection.exec_driver_sql(asked).one() == ("gwctl teams list", "repeatable read")
        assert connection.dialect.server_version_info is not None
        assert connection.dialect.server_version_info >= (14,)
    assert seen == [asked]


def test_json_null_is_not_sql_null(empty_database: Database) -> None:
    table = sa.Table("t", sa.MetaData(), sa.Column("id", sa.Integer), sa.Column("v", JSONB(none_as_null=True)))
    values = [None, JSON_NULL, {"a": None}, [JSON_NULL, 1], "null", "é"]
    with open_engine(on(empty_database.url), "test").begin() as connection:
        table.create(connection)
        connection.execute(table.insert(), [{"id": n, "v": value} for n, value in enumerate(values)])
        read = [row.v for row in connection.execute(table.select().order_by(table.c.id))]
        nulls = connection.exec_driver_sql("select v is null, v = 'null' from t order by id").all()
    assert [type(value) for value in read[:2]] == [type(None), type(JSON_NULL)]
    assert read[2:] == [{"a": None}, [None, 1], "null", "é"]
    assert nulls[:2] == [(True, None), (False, True)]


def test_statements_are_echoed_without_their_values(empty_database: Database) -> None:
    lines: list[str] = []
    engine = open_engine(on(empty_database.url), "test")
    attach_echo(engine, lines.append)
    with engine.begin() as connection:
        connection.execute(sa.text("select\n  :x"), {"x": "private"})
    assert lines[0] == "BEGIN"
    assert lines[1].startswith("select %(x)s")
    assert lines[1].endswith("-- 1 parameters")
    assert lines[2] == "COMMIT"


def test_the_engine_itself_does_not_know_the_password(guarded: Guarded) -> None:
    engine = open_engine(on(guarded.url()), "test")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("select 1").scalar() == 1
    assert PASSWORD not in f"{engine!r} {engine.url} {engine.url.render_as_string(hide_password=False)}"


# Never connected


@pytest.fixture(scope="module")
def guarded() -> Iterator[Guarded]:
    with tempfile.TemporaryDirectory(prefix="gw") as folder:
        Path(folder).chmod(0o755)
        with guarded_server(Path(folder)) as server:
            yield server


def test_a_wrong_password(guarded: Guarded) -> None:
    found = failure(guarded.url("wrong-one"))
    assert found.exit_status == 7
    assert found.message == (
        f"cannot connect to postgresql://admin@127.0.0.1:{guarded.port}/postgres: "
        'password authentication failed for user "admin"'
    )
    assert "password is wrong" in found.hint
    assert "password_command" in found.hint


def test_no_password(guarded: Guarded) -> None:
    found = failure(guarded.url(""))
    assert "wants a password, and none is given" in found.message
    assert "password_command" in found.hint


def test_an_unknown_database(guarded: Guarded) -> None:
    found = failure(guarded.url(database="nowhere"))
    assert 'database "nowhere" does not exist' in found.message
    assert "database's name" in found.hint


def test_an_unknown_database_over_a_socket(guarded: Guarded) -> None:
    found = failure(f"postgresql:///nowhere?host={guarded.sockets}&port={guarded.port}&user=admin&password={ENCODED}")
    assert "database's name" in found.hint


def test_a_closed_port(free_port: int) -> None:
    found = failure(f"postgresql://ada:{ENCODED}@127.0.0.1:{free_port}/x")
    assert found.exit_status == 7
    assert found.message.endswith(f"127.0.0.1:{free_port}/x: nothing listens on port {free_port} there")
    assert found.hint


def test_a_socket_that_is_not_there(tmp_path: Path) -> None:
    assert "no server listens there" in failure(f"postgresql:///x?host={tmp_path}&password={ENCODED}").message


def test_an_unknown_host() -> None:
    found = failure(f"postgresql://ada:{ENCODED}@nowhere.invalid/x")
    assert (
        found.message == "cannot connect to postgresql://ada@nowhere.invalid/x: the host nowhere.invalid is not known"
    )


def test_a_server_that_does_not_answer() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        found = failure(f"postgresql://ada:{ENCODED}@127.0.0.1:{silent.getsockname()[1]}/x", timeout=1)
    assert "no answer within 1 seconds" in found.message


def test_tls_that_the_server_does_not_speak(guarded: Guarded) -> None:
    found = failure(guarded.url() + "?sslmode=require")
    assert found.exit_status == 7
    assert "SSL" in found.message


def test_a_value_that_libpq_does_not_take(guarded: Guarded) -> None:
    assert "sslmode" in failure(guarded.url() + "?sslmode=maybe").message


def test_of_several_hosts_one_is_enough(guarded: Guarded, free_port: int) -> None:
    url = guarded.url().replace("@127", f"@127.0.0.1:{free_port},127")
    with open_engine(on(url), "test").connect() as connection:
        assert connection.exec_driver_sql("select 1").scalar() == 1


def test_no_connection_left(guarded: Guarded) -> None:
    held = []
    try:
        while len(held) < 20:
            held.append(psycopg.connect(guarded.url()))
    except psycopg.OperationalError:
        found = failure(guarded.url())
    finally:
        for connection in held:
            connection.close()
    assert "All connections are taken" in found.hint


# Connected, and refused


@pytest.fixture
def stranger(empty_database: Database) -> Iterator[str]:
    """The URL of a role without any right, in a database with one of the gateway's tables."""
    name = empty_database.url.rpartition("/")[2] + "_role"
    empty_database.execute(f'create role "{name}" login')
    empty_database.execute('create table "LiteLLM_TeamTable" (team_id text primary key, n int check (n > 0))')
    empty_database.execute("create schema gwctl")
    yield empty_database.url.replace("//postgres@", f"//{name}@")
    empty_database.execute(f'drop role "{name}"')


@pytest.mark.parametrize(
    ("statement", "grant"),
    [
        ('select * from "LiteLLM_TeamTable"', 'GRANT SELECT ON "LiteLLM_TeamTable" TO gwctl_test'),
        ('select * from "LiteLLM_TeamTable" for share', 'GRANT SELECT, UPDATE ON "LiteLLM_TeamTable"'),
        ("insert into \"LiteLLM_TeamTable\" values ('a')", 'GRANT INSERT ON "LiteLLM_TeamTable"'),
        ('update "LiteLLM_TeamTable" set n = 1', 'GRANT SELECT, UPDATE ON "LiteLLM_TeamTable"'),
        ('delete from "LiteLLM_TeamTable"', 'GRANT SELECT, DELETE ON "LiteLLM_TeamTable"'),
        ("select * from gwctl.change_set", 'GRANT USAGE ON SCHEMA "gwctl"'),
        ("create table gwctl.t ()", 'GRANT CREATE ON SCHEMA "gwctl"'),
        ("create schema other", 'GRANT CREATE ON DATABASE "gwctl_test'),
    ],
)
def test_a_right_that_is_missing_is_named(statement: str, grant: str, stranger: str) -> None:
    found = failure(stranger, statement)
    assert isinstance(found, Unreachable)
    assert found.message.startswith("no permission: permission denied for ")
    assert grant in found.hint


INSERT = "insert into \"LiteLLM_TeamTable\" values ('a', 1)"


@pytest.mark.parametrize(
    ("statements", "kind", "says"),
    [
        ([INSERT, INSERT], Conflict, "LiteLLM_TeamTable: Key (team_id)=(a) already exists."),
        (["insert into \"LiteLLM_TeamTable\" values ('a', 0)"], Invalid, "check constraint"),
        (['insert into "LiteLLM_TeamTable" values (null, 1)'], SchemaMismatch, "LiteLLM_TeamTable.team_id"),
        (['create table u (t text references "LiteLLM_TeamTable")', "insert into u values ('x')"], Conflict, "u: Key"),
        (["select 'x'::int"], Invalid, "invalid input syntax"),
        (["select 1 / 0"], Invalid, "division by zero"),
        (["select * from nowhere"], SchemaMismatch, '"nowhere" does not exist'),
        (["select nowhere"], SchemaMismatch, '"nowhere" does not exist'),
        (["set transaction read only", "create table u ()"], Unreachable, "this is a replica"),
        (["set statement_timeout = 20", "select pg_sleep(5)"], Unreachable, "cancelled the statement"),
        (["select pg_terminate_backend(pg_backend_pid())"], Unreachable, "going down"),
        (["do $$ begin raise sqlstate '40001'; end $$"], Unreachable, "again and again"),
        (["do $$ begin raise sqlstate '40P01'; end $$"], Unreachable, "in each other's way"),
        (["do $$ begin raise sqlstate 'XX000'; end $$"], Unreachable, "SQLSTATE XX000"),
    ],
)
def test_what_the_database_says(
    statements: list[str], kind: type[GwctlError], says: str, stranger: str, empty_database: Database
) -> None:
    found = failure(empty_database.url, *statements)
    assert type(found) is kind
    assert says in found.message


def test_who_holds_a_lock_is_said(stranger: str, empty_database: Database) -> None:
    with psycopg.connect(empty_database.url, application_name="slow proxy") as other:
        other.execute(INSERT)
        found = failure(empty_database.url, "set local lock_timeout = 50", 'lock table "LiteLLM_TeamTable"')
    assert isinstance(found, Unreachable)
    assert 'the oldest change under way is "slow proxy" of postgres (pid' in found.message


def test_a_connection_that_breaks(
    empty_database: Database, cut: Callable[[str], tuple[str, Callable[[], None]]]
) -> None:
    url, break_it = cut(empty_database.url)
    chosen = on(url)
    with open_engine(chosen, "test").connect() as connection:
        connection.exec_driver_sql("select 1")
        break_it()
        with pytest.raises(sa.exc.DBAPIError) as caught:
            connection.exec_driver_sql("select 2")
    found = translate(caught.value, chosen)
    assert isinstance(found, Unreachable)
    assert found.message == f"the connection to {url} was lost"


def test_gwctls_own_errors_and_the_systems(guarded: Guarded) -> None:
    own = Conflict("x")
    chosen = on(guarded.url())
    assert translate(own, chosen) is own
    assert translate(ConnectionResetError(104, "Connection reset by peer"), chosen).exit_status == 7
    assert PASSWORD not in translate(ValueError(f"boo {PASSWORD}"), chosen).message


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def cut() -> Iterator[Callable[[str], tuple[str, Callable[[], None]]]]:
    """A way to the server that can be cut: the URL through it, and what cuts it."""
    import threading

    sockets: list[socket.socket] = []

    def carry(source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                target.sendall(data)
        except OSError:
            pass

    def break_all() -> None:
        for each in sockets:
            with closing(each):
                try:
                    each.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue

    def through(url: str) -> tuple[str, Callable[[], None]]:
        parts = psycopg.conninfo.conninfo_to_dict(url)
        listener = socket.create_server(("127.0.0.1", 0))
        sockets.append(listener)

        def serve() -> None:
            near, _ = listener.accept()
            far = socket.create_connection((str(parts["host"]), int(str(parts["port"]))))
            sockets.extend((near, far))
            threading.Thread(target=carry, args=(near, far), daemon=True).start()
            threading.Thread(target=carry, args=(far, near), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        return url.replace(f":{parts['port']}/", f":{listener.getsockname()[1]}/"), break_all

    yield through
    break_all()
