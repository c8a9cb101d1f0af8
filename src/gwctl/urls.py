"""Where a database is: any spelling of a PostgreSQL address, and what of it may be shown.

Taken are libpq's URLs and key=value strings, SQLAlchemy's `postgresql+driver://`, and URLs that were written for the
gateway itself (Prisma): what Prisma alone knows is translated where libpq has a word for it, and dropped where not.
Neither `repr`, `str`, `safe` nor an error message ever holds a password. No database driver is imported here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from urllib.parse import quote, unquote

from gwctl.errors import Invalid

_LIBPQ = """
    application_name channel_binding client_encoding connect_timeout dbname fallback_application_name gssdelegation
    gssencmode gsslib host hostaddr keepalives keepalives_count keepalives_idle keepalives_interval krbsrvname
    load_balance_hosts max_protocol_version min_protocol_version oauth_client_id oauth_client_secret oauth_issuer
    oauth_scope options passfile password port replication require_auth requirepeer scram_client_key
    scram_server_key service ssl_max_protocol_version ssl_min_protocol_version sslcert sslcertmode sslcompression
    sslcrl sslcrldir sslkey sslkeylogfile sslmode sslnegotiation sslpassword sslrootcert sslsni
    target_session_attrs tcp_user_timeout user"""
_PRISMA = """
    schema connection_limit pool_timeout pgbouncer statement_cache_size socket_timeout sslaccept sslidentity
    max_connection_lifetime max_idle_connection_lifetime single_use_connections"""
# words of other drivers and of hosters, which URLs are copied with; they mean nothing to libpq
_FOREIGN = """
    async_fallback command_timeout max_cached_statement_lifetime max_cacheable_statement_size prepare_threshold
    prepared_statement_cache_size prepared_statement_name_func prepared_statements pool_mode pool_size supa
    uselibpqcompat workaround"""
LIBPQ = frozenset(_LIBPQ.split())
PRISMA = frozenset(_PRISMA.split())
KNOWN = LIBPQ | PRISMA | frozenset(_FOREIGN.split()) | {"ssl"}

SECRET = frozenset({"password", "sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key"})

_SCHEME = re.compile(r"(?P<name>(jdbc:)?[A-Za-z][A-Za-z0-9.+-]*)://")
_OURS = re.compile(r"postgres(ql)?(\+[a-z0-9_]+)?")
_PAIR = re.compile(r"\s*(?P<key>[^\s=]+)\s*=\s*(?:'(?P<quoted>(?:[^'\\]|\\.)*)'|(?P<bare>(?:[^\s'\\]|\\.)*))(?=\s|$)")
_SEARCH_PATH = re.compile(r"(?:^|\s)(?:-c\s*|--)search_path=(?P<path>(?:\\.|\S)+)")
_ENCODE = "Percent-encode special characters of user and password, for example @ as %40 and / as %2F."
_FORM = "Write it as postgresql://USER@HOST:5432/DATABASE."


@dataclass(frozen=True, repr=False)
class DatabaseUrl:
    """An address as libpq takes it, the gateway's PostgreSQL schema there, and the form that may be printed."""

    parameters: tuple[tuple[str, str], ...]
    schema: str = "public"

    @property
    def conninfo(self) -> str:
        """The text for libpq, password and all: never to be printed."""
        return " ".join(f"{key}={_quoted(value)}" for key, value in self.parameters)

    @property
    def safe(self) -> str:
        """The address as a URL without any password; it is a valid URL itself."""
        given = self.as_dict()
        user = f"{quote(given['user'], safe='')}@" if "user" in given else ""
        hosts, shown = _authority(given)
        path = f"/{quote(given['dbname'], safe='')}" if "dbname" in given else ("" if hosts else "/")
        rest = {k: v for k, v in given.items() if k not in shown and k not in SECRET and k not in ("user", "dbname")}
        if self.schema != "public":
            rest["schema"] = self.schema
        query = "&".join(f"{key}={quote(value, safe='/,:*')}" for key, value in rest.items())
        return f"postgresql://{user}{hosts}{path}" + (f"?{query}" if query else "")

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be seen in any text; longest first, so that one that holds another is found whole."""
        return tuple(sorted((v for k, v in self.parameters if k in SECRET and v), key=len, reverse=True))

    def as_dict(self) -> dict[str, str]:
        return dict(self.parameters)

    def with_password(self, password: str) -> DatabaseUrl:
        """The same address with another password."""
        return DatabaseUrl(_frozen({**self.as_dict(), "password": password}), self.schema)

    def __repr__(self) -> str:
        return f"<DatabaseUrl {self.safe}>"

    def __str__(self) -> str:
        return self.safe


def parse(text: str) -> DatabaseUrl:
    """An address from any of its spellings; Invalid where it is none, without repeating what might be a password."""
    text = text.strip()
    if "\0" in text or "%00" in text:
        raise Invalid("the database URL holds a NUL character", _FORM)
    if scheme := _SCHEME.match(text):
        if not _OURS.fullmatch(scheme["name"].lower()):
            raise Invalid(f"a database URL cannot begin with {scheme[0]}", "gwctl works on PostgreSQL: postgresql://…")
        given = _from_url(text[scheme.end() :])
    elif "=" in text:
        given = _from_pairs(text)
    else:
        raise Invalid("the database URL is neither a URL nor a key=value string", _FORM)
    _refuse_unknown(given)
    return DatabaseUrl(_frozen(_for_libpq(given)), _schema(given))


def _from_url(rest: str) -> dict[str, str]:
    """User, password, hosts, database and query of what follows `postgresql://`, split as libpq splits it."""
    head, _, tail = rest.partition("/")
    if (cut := _query_start(head)) >= 0:
        head, tail = head[:cut], rest[cut:]
    path, _, query = tail.partition("?")
    if "@" in path:
        raise Invalid("the database URL cannot be read: an @ follows the host", _ENCODE)
    userinfo, at, hosts = head.rpartition("@")
    user, colon, password = userinfo.partition(":")
    given = _hosts(hosts)
    if at and user:
        given["user"] = unquote(user)
    if colon:
        given["password"] = unquote(password)
    if path:
        given["dbname"] = unquote(path)
    return given | _query(query)


def _query_start(head: str) -> int:
    """Where a query begins in an address that has no path; -1 where the ? belongs to a password before the @."""
    at = head.rfind("@")
    known = (mark.start() for mark in re.finditer(r"\?(\w+)=", head) if mark.start() > at or mark[1] in KNOWN)
    return next(known, head.find("?", at + 1))


def _hosts(text: str) -> dict[str, str]:
    """`host` and `port` of `one:5432,[::1]:5433,%2Frun%2Fpg` as libpq's lists; an empty port is the default one."""
    if not text:
        return {}
    hosts, ports = [], []
    for part in text.split(","):
        found = re.fullmatch(r"(\[[^\]\[]*\]|[^:\[\]=&?\s]*)(?::(.*))?", part)
        if not found or (found[2] and not found[2].isdecimal()):
            raise Invalid("the host or the port in the database URL cannot be read", _ENCODE)
        hosts.append(unquote(found[1].strip("[]")))
        ports.append(found[2] or "")
    given = {"host": ",".join(hosts)} if any(hosts) else {}
    return given | ({"port": ",".join(ports)} if any(ports) else {})


def _query(text: str) -> dict[str, str]:
    given = {}
    for pair in filter(None, text.split("&")):
        key, equals, value = pair.partition("=")
        if not equals or "@" in key:
            raise Invalid("what follows the ? in the database URL must be key=value", _ENCODE)
        given[unquote(key)] = unquote(value)
    return given


def _from_pairs(text: str) -> dict[str, str]:
    """libpq's `host=db dbname='my db'`; a backslash takes the next character as it is."""
    given, at = {}, 0
    while at < len(text):
        found = _PAIR.match(text, at)
        if not found:
            raise Invalid("the database's key=value string cannot be read", "Quote values with blanks: password='a b'.")
        value = found["quoted"] if found["quoted"] is not None else found["bare"]
        given[found["key"]] = re.sub(r"\\(.)", r"\1", value, flags=re.DOTALL)
        at = found.end()
    return given


def _refuse_unknown(given: Mapping[str, str]) -> None:
    for key in given.keys() - KNOWN:
        near = get_close_matches(key, sorted(LIBPQ), n=1, cutoff=0.75)
        spoken = re.fullmatch(r"\w+", key) and (near or not SECRET & given.keys())  # else it may be a password's end
        name = f' "{key}"' if spoken else ""
        hint = f"Did you mean {near[0]}?" if near else "Take it out, or percent-encode the & and = of values."
        raise Invalid(f"the database URL has a parameter{name} that PostgreSQL does not know", hint)


def _for_libpq(given: Mapping[str, str]) -> dict[str, str]:
    """Only libpq's own parameters, with Prisma's and JDBC's ways of asking for TLS in libpq's words.

    Prisma's `sslcert` is the server's certificate, libpq's a client's, which comes with an `sslkey`. Prisma's
    `sslaccept=strict` checks certificate and name (against the system's authorities if it is given none). An
    `sslidentity` (PKCS 12) is nothing that libpq can read, so it goes, and its `sslpassword` with it.
    """
    kept = {key: value for key, value in given.items() if key in LIBPQ and value != ""}
    if PRISMA & given.keys() and "sslcert" in kept and "sslkey" not in kept:
        certificate = kept.pop("sslcert")
        if given.get("sslaccept") != "accept_invalid_certs":
            kept.setdefault("sslrootcert", certificate)
    if given.get("sslidentity"):
        kept.pop("sslpassword", None)
    if given.get("ssl"):
        kept.setdefault("sslmode", "require" if given["ssl"] in ("true", "1", "") else _sslmode(given["ssl"]))
    if given.get("sslaccept") == "strict" and kept.get("sslmode") != "disable":
        kept["sslmode"] = "verify-full"
        kept.setdefault("sslrootcert", "system")
    return kept


def _sslmode(text: str) -> str:
    return {"false": "disable", "0": "disable", "no-verify": "require"}.get(text, text)


def _schema(given: Mapping[str, str]) -> str:
    """`?schema=`, else the first of the `search_path` in `options` that is a name, else public."""
    if given.get("schema"):
        return given["schema"]
    found = _SEARCH_PATH.search(given.get("options", ""))
    names = re.sub(r"\\(.)", r"\1", found["path"]).split(",") if found else []
    return next((name for part in names if (name := part.strip().strip('"')) and name != "$user"), "public")


def _authority(given: Mapping[str, str]) -> tuple[str, frozenset[str]]:
    """The hosts as a URL has them, and the parameters that are thereby told; none if a URL cannot say them."""
    hosts = given.get("host", "").split(",")
    ports = given.get("port", "").split(",")
    if len(ports) == 1:
        ports = ports * len(hosts)
    if not given.get("host") or len(ports) != len(hosts) or any(host.startswith(("/", "@")) for host in hosts):
        return "", frozenset()
    written = (f"[{host}]" if ":" in host else quote(host, safe="") for host in hosts)
    return ",".join(f"{h}:{p}" if p else h for h, p in zip(written, ports, strict=True)), frozenset({"host", "port"})


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _frozen(given: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(given.items())
