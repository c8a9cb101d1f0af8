"""Which database a command goes to, and on whose behalf."""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from gwctl import settings
from gwctl.errors import GwctlError, Invalid, Unreachable, Usage

CONFIG = """
current = "current"
[contexts.current]
url = "postgresql://current/db"
[contexts.named]
url = "postgresql://ada@named/db"
protected = true
password_command = ["printf", "%s\\n", "from command"]
read_url = "postgresql://replica/db"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG)
    return path


def resolve(environ: Mapping[str, str], tmp_path: Path, **options: Any) -> settings.Settings:
    places = {"GWCTL_CONFIG": str(tmp_path / "config.toml"), "GWCTL_LOCAL_DATA": str(tmp_path / "local")}
    options.setdefault("interactive", False)
    return settings.resolve(environ={**places, **environ}, **options)


ALL = {
    "GWCTL_CONTEXT": "named",
    "GWCTL_DATABASE_URL": "postgresql://first/db",
    "DATABASE_URL": "postgresql://second/db",
}


@pytest.mark.parametrize(
    ("options", "unset", "source", "host"),
    [
        ({"database_url": "postgresql://option/db", "context": "current"}, (), "--database-url", "option"),
        ({"context": "current"}, (), "context current", "current"),
        ({}, (), "context named", "named"),
        ({}, ("GWCTL_CONTEXT",), "GWCTL_DATABASE_URL", "first"),
        ({}, ("GWCTL_CONTEXT", "GWCTL_DATABASE_URL"), "DATABASE_URL", "second"),
        ({}, tuple(ALL), "context current", "current"),
    ],
)
def test_the_first_that_is_set_wins(
    options: dict[str, str], unset: tuple[str, ...], source: str, host: str, config: Path, tmp_path: Path
) -> None:
    for blank in ({name: ALL[name] for name in ALL if name not in unset}, {**ALL, **dict.fromkeys(unset, "")}):
        found = resolve(blank, tmp_path, **options)
        assert found.url is not None
        assert (found.source, found.url.as_dict()["host"], found.local) == (source, host, False)


def test_a_context_brings_its_options_and_its_password(config: Path, tmp_path: Path) -> None:
    found = resolve({}, tmp_path, context="named")
    assert found.context == "named"
    assert found.options.protected
    assert not found.options.read_only
    assert found.url is not None
    assert found.options.read_url is not None
    assert found.url.as_dict()["password"] == found.options.read_url.as_dict()["password"] == "from command"
    assert "from command" not in repr(found)


def test_without_a_context_there_are_no_options(config: Path, tmp_path: Path) -> None:
    found = resolve({"DATABASE_URL": "postgresql://h/d"}, tmp_path)
    assert (found.context, found.options) == (None, settings.Options())


@pytest.mark.parametrize("how", ["terminal", "variable", "started"])
def test_the_embedded_server_is_the_last_resort(how: str, tmp_path: Path) -> None:
    if how == "started":
        (tmp_path / "local.started").touch()
    found = resolve({"GWCTL_LOCAL": "1"} if how == "variable" else {}, tmp_path, interactive=how == "terminal")
    assert (found.local, found.url, found.source) == (True, None, "embedded")


@pytest.mark.parametrize("environ", [{}, {"GWCTL_LOCAL": "0"}, {"GWCTL_LOCAL": ""}])
def test_a_script_that_names_no_database_gets_none(environ: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="no database is named") as caught:
        resolve(environ, tmp_path)
    assert "GWCTL_DATABASE_URL" in caught.value.hint
    assert "GWCTL_LOCAL=1" in caught.value.hint


def test_the_embedded_server_can_be_forbidden(tmp_path: Path) -> None:
    (tmp_path / "local.started").touch()
    with pytest.raises(Unreachable, match="GWCTL_NO_LOCAL"):
        resolve({"GWCTL_NO_LOCAL": "1", "GWCTL_LOCAL": "1"}, tmp_path, interactive=True)
    assert resolve({"GWCTL_NO_LOCAL": "0"}, tmp_path, interactive=True).local


def test_who_asks(tmp_path: Path) -> None:
    at = {"DATABASE_URL": "postgresql://h/d"}
    assert resolve({**at, "GWCTL_ACTOR": "robot"}, tmp_path, actor="ada").actor == "ada"
    assert resolve({**at, "GWCTL_ACTOR": "robot"}, tmp_path).actor == "robot"
    assert resolve({**at, "GWCTL_ACTOR": ""}, tmp_path).actor == getpass.getuser()


@pytest.mark.parametrize(
    ("url", "asked", "seconds"),
    [
        ("", None, 5),
        ("?connect_timeout=9", None, 9),
        ("?connect_timeout=9", 2.5, 2.5),
        ("?connect_timeout=0", None, 3600),
    ],
)
def test_how_long_to_wait(url: str, asked: float | None, seconds: float, tmp_path: Path) -> None:
    assert resolve({}, tmp_path, database_url=f"postgresql://h/d{url}", timeout=asked).timeout == seconds


def test_a_lock_time_out_is_known_to_be_asked_for(tmp_path: Path) -> None:
    url = "postgresql://h/d"
    assert resolve({}, tmp_path, database_url=url).lock_timeout_given is False
    found = resolve({}, tmp_path, database_url=url, lock_timeout=2)
    assert (found.lock_timeout, found.lock_timeout_given) == (2, True)


@pytest.mark.parametrize(
    ("options", "environ", "kind", "says"),
    [
        ({"context": "nmaed"}, {}, Usage, 'there is no context "nmaed"'),
        ({}, {"GWCTL_DATABASE_URL": "mysql://u:hidden@h/d"}, Invalid, "GWCTL_DATABASE_URL: "),
        ({"database_url": "u:hidden@h"}, {}, Invalid, "--database-url: "),
        ({"database_url": "postgresql://h/d", "timeout": 0}, {}, Usage, "--timeout"),
        ({"database_url": "postgresql://h/d?connect_timeout=x"}, {}, Invalid, "connect_timeout"),
    ],
)
def test_what_is_refused(
    options: dict[str, Any], environ: dict[str, str], kind: type[GwctlError], says: str, config: Path, tmp_path: Path
) -> None:
    with pytest.raises(kind) as caught:
        resolve(environ, tmp_path, **options)
    assert says in caught.value.message
    assert "hidden" not in f"{caught.value.message} {caught.value.hint}"


def test_a_current_context_that_is_not_there(config: Path, tmp_path: Path) -> None:
    config.write_text(config.read_text().replace('"current"', '"gone"', 1))
    with pytest.raises(Invalid, match='"gone" is not there'):
        resolve({}, tmp_path)
    assert resolve({}, tmp_path, context="named").context == "named"


def test_a_broken_config_file_stops_only_who_needs_it(config: Path, tmp_path: Path) -> None:
    config.write_text("nonsense")
    assert resolve({"DATABASE_URL": "postgresql://h/d"}, tmp_path).url is not None
    with pytest.raises(Invalid, match="not TOML"):
        resolve({}, tmp_path)
