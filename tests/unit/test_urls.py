"""Every spelling of an address is taken, and no password is ever shown."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from psycopg.conninfo import conninfo_to_dict

from gwctl.errors import Invalid
from gwctl.urls import LIBPQ, SECRET, parse


def libpq(text: str) -> dict[str, object]:
    """What libpq itself makes of our text for it."""
    return dict(conninfo_to_dict(parse(text).conninfo))


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg", "postgresql+asyncpg", "POSTGRESQL"])
def test_every_scheme_means_postgresql(scheme: str) -> None:
    expected = {"host": "db", "port": "5432", "user": "ada", "password": "pw", "dbname": "litellm"}
    assert libpq(f"{scheme}://ada:pw@db:5432/litellm") == expected


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("postgresql://one:1,two,[::1]:3/db", "one,two,::1", "1,,3"),
        ("postgresql://[fe80::1]/db", "fe80::1", None),
        ("postgresql://%2Frun%2Fpostgresql/db", "/run/postgresql", None),
        ("postgresql:///db?host=/run/postgresql&port=5433", "/run/postgresql", "5433"),
        ("postgresql://db:1/db?port=2", "db", "2"),
        ("postgresql://db", "db", None),
        ("postgresql://", None, None),
        ("postgresql://db?user=ada@server&password=pw", "db", None),
    ],
)
def test_hosts_and_ports(text: str, host: str | None, port: str | None) -> None:
    found = libpq(text)
    assert (found.get("host"), found.get("port")) == (host, port)


@pytest.mark.parametrize(
    ("written", "meant"),
    [("p%40ss", "p@ss"), ("p@ss", "p@ss"), ("a:b", "a:b"), ("100%", "100%"), ("a#b?c", "a#b?c"), ("%C3%A9", "é")],
)
def test_a_password_is_decoded_and_may_be_written_carelessly(written: str, meant: str) -> None:
    found = libpq(f"postgresql://ada:{written}@db/litellm")
    assert (found["password"], found["host"], found["dbname"]) == (meant, "db", "litellm")


def test_key_value_strings() -> None:
    found = libpq(r"host = db dbname='my db' password='it\'s \\' user=ada\ b")
    assert found == {"host": "db", "dbname": "my db", "password": "it's \\", "user": "ada b"}


def test_every_parameter_of_libpq_is_taken() -> None:
    assert set(dict(parse("postgresql://h/d?" + "&".join(f"{key}=1" for key in sorted(LIBPQ))).parameters)) == LIBPQ


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("connection_limit=5&pool_timeout=0&pgbouncer=true&statement_cache_size=0&socket_timeout=3", {}),
        ("connect_timeout=7", {"connect_timeout": "7"}),
        ("sslaccept=strict", {"sslmode": "verify-full", "sslrootcert": "system"}),
        ("sslaccept=strict&sslcert=/ca.pem", {"sslmode": "verify-full", "sslrootcert": "/ca.pem"}),
        ("sslaccept=strict&sslmode=disable", {"sslmode": "disable"}),
        ("sslaccept=accept_invalid_certs&sslcert=/ca.pem&sslmode=require", {"sslmode": "require"}),
        ("schema=public&sslcert=/ca.pem&sslmode=require", {"sslmode": "require", "sslrootcert": "/ca.pem"}),
        ("sslcert=/me.pem&sslkey=/me.key", {"sslcert": "/me.pem", "sslkey": "/me.key"}),
        ("sslcert=/me.pem", {"sslcert": "/me.pem"}),
        ("sslidentity=/me.p12&sslpassword=hidden", {}),
        ("ssl=true", {"sslmode": "require"}),
        ("ssl=verify-full", {"sslmode": "verify-full"}),
        ("sslmode=", {}),
    ],
)
def test_prismas_words_are_understood_or_dropped(query: str, kept: dict[str, str]) -> None:
    assert libpq(f"postgresql:///?{query}") == kept


@pytest.mark.parametrize(
    ("text", "schema"),
    [
        ("postgresql://h/d", "public"),
        ("postgresql://h/d?schema=gateway", "gateway"),
        ("postgresql://h/d?schema=", "public"),
        ("postgresql://h/d?options=-c%20search_path%3Dtwo,public", "two"),
        ("postgresql://h/d?options=-csearch_path%3Dtwo%20-c%20geqo%3Doff", "two"),
        ('postgresql://h/d?options=--search_path%3D"$user",Two', "Two"),
        ("postgresql://h/d?schema=one&options=-c%20search_path%3Dtwo", "one"),
    ],
)
def test_the_gateways_schema(text: str, schema: str) -> None:
    assert parse(text).schema == schema


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("postgresql://ada:pw@db:5432/litellm?schema=gw", "postgresql://ada@db:5432/litellm?schema=gw"),
        ("postgres://ada:pw@[::1]:1,b/x?sslmode=require", "postgresql://ada@[::1]:1,b/x?sslmode=require"),
        ("host=/run/pg user=ada password=pw", "postgresql://ada@/?host=/run/pg"),
        ("postgresql://h/d?password=pw&sslpassword=pw&passfile=/x", "postgresql://h/d?passfile=/x"),
        ("postgresql://", "postgresql:///"),
    ],
)
def test_the_safe_form(text: str, safe: str) -> None:
    assert parse(text).safe == safe
    assert parse(safe).safe == safe


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("mysql://ada:hidden1@db/x", "mysql://"),
        ("ada:hidden1@db/x", "neither a URL"),
        ("hidden1", "neither a URL"),
        ("", "neither a URL"),
        ("postgresql://ada:hidden1@db:54x/x", "the port"),
        ("postgresql://ada:hidden1/more@db/x", "host"),
        ("postgresql://ada:12/hidden1@db/x", "an @ follows the host"),
        ("postgresql://ada:hidden1@[::1/x", "host"),
        ("postgresql://db/x?password=hidden1&hidden1", "key=value"),
        ("postgresql://db/x?password=a&hidden1=b", "has a parameter that"),
        ("host=db password='hidden1", "cannot be read"),
        ("postgresql://ada:hidden1%00@db/x", "NUL"),
    ],
)
def test_what_is_no_address_is_refused_without_repeating_it(text: str, says: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse(text)
    assert says in caught.value.message
    assert "hidden1" not in caught.value.message + caught.value.hint
    assert caught.value.hint


def test_an_unknown_parameter_is_named_with_the_nearest() -> None:
    with pytest.raises(Invalid, match='"sslmod"') as caught:
        parse("postgresql://db/x?sslmod=verify-full")
    assert caught.value.hint == "Did you mean sslmode?"


def test_another_password() -> None:
    url = parse("postgresql://ada:old@db/x?schema=gw").with_password("n'w \\")
    assert conninfo_to_dict(url.conninfo)["password"] == "n'w \\"
    assert (url.schema, url.safe) == ("gw", "postgresql://ada@db/x?schema=gw")


passwords = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=5, max_size=30).map("pw".__add__)


@given(passwords, st.sampled_from(["encoded", "raw", "query", "pairs", "added"]))
def test_a_password_never_appears(password: str, place: str) -> None:
    escaped = password.replace("\\", "\\\\").replace("'", "\\'")
    text = {
        "encoded": f"postgresql://ada:{quote(password, safe='')}@db:5432/litellm",
        "raw": f"postgresql://ada:{password}@db:5432/litellm",
        "query": "postgresql://ada@db/litellm?" + "&".join(f"{k}={quote(password, safe='')}" for k in SECRET),
        "pairs": f"host=db user=ada password='{escaped}' dbname=litellm",
        "added": "postgresql://ada@db/litellm",
    }[place]
    assume(not (place == "raw" and password != password.strip()))
    try:
        url = parse(text)
    except Invalid as error:
        assert place == "raw"
        shown = f"{error.message} {error.hint} {error!r} {error.problems}"
    else:
        url = url.with_password(password) if place == "added" else url
        shown = f"{url} {url!r} {url.safe}"
        if place != "raw":
            assert conninfo_to_dict(url.conninfo)["password"] == password
    assert password not in shown
    assert quote(password, safe="") not in shown
