"""`gwctl contexts`: what is set is listed, and no password is ever shown."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from support.program import Program


@pytest.fixture
def config() -> Path:
    return Path(os.environ["XDG_CONFIG_HOME"]) / "gwctl" / "config.toml"


def test_a_context_is_set_used_shown_and_deleted(bare_gwctl: Program, config: Path) -> None:
    made = bare_gwctl("contexts set prod --url - --protected -o json", stdin="postgresql://ada:hidden@db/x\n").json
    assert (made["name"], made["url"], made["password"]) == ("prod", "postgresql://ada@db/x", "url")
    assert (made["protected"], made["current"]) == (True, False)
    bare_gwctl("contexts set test --url postgresql://db/test")
    assert bare_gwctl("contexts use prod -o json").json["current"] is True
    assert [(row["name"], row["current"]) for row in bare_gwctl("contexts list -o json").json] == [
        ("prod", True),
        ("test", False),
    ]
    assert bare_gwctl("contexts show -o json").json["name"] == "prod"
    bare_gwctl("contexts delete prod --yes")
    assert bare_gwctl("contexts list -o name").lines == ["test"]
    assert "hidden" not in config.read_text()


def test_no_password_is_shown(bare_gwctl: Program, config: Path) -> None:
    result = bare_gwctl(
        "contexts set prod --url postgresql://ada:hidden1@db/x?sslpassword=hidden2 --read-url postgresql://ada:hidden3@r/x"
    )
    assert "warning: the password was on the command line" in result.stderr
    assert "hidden1" in config.read_text()
    for command in ("contexts list", "contexts show prod", "contexts use prod"):
        for output in ("table", "wide", "json", "yaml", "csv"):
            assert "hidden" not in bare_gwctl(f"{command} -o {output}").text
    assert "hidden" not in result.text


def test_what_is_not_named_stays(bare_gwctl: Program) -> None:
    bare_gwctl("contexts set prod --url postgresql://db/x --timezone Europe/Berlin --read-only")
    changed = bare_gwctl("contexts set prod --no-read-only --password-command 'pass show x' -o json").json
    assert (changed["timezone"], changed["read_only"], changed["password"]) == ("Europe/Berlin", False, "command")
    cleared = bare_gwctl("contexts set prod --set-null timezone,password-command -o json").json
    assert (cleared["timezone"], cleared["password"]) == ("UTC", None)


@pytest.mark.parametrize(
    ("command", "code", "says"),
    [
        ("contexts use nowhere", 3, 'there is no context "nowhere"'),
        ("contexts show", 3, "there is no current context"),
        ("contexts delete nowhere --yes", 3, 'there is no context "nowhere"'),
        ("contexts set new --protected", 5, "--url"),
        ("contexts set new --url mysql://ada:hidden@db/x", 5, "mysql://"),
        ("contexts set 'no good' --url postgresql://db/x", 5, "cannot name"),
        ("contexts set", 2, "NAME"),
    ],
)
def test_what_is_refused(bare_gwctl: Program, command: str, code: int, says: str) -> None:
    result = bare_gwctl(command, code=code)
    assert says in result.stderr
    assert "hidden" not in result.stderr


def test_deleting_asks(bare_gwctl: Program) -> None:
    bare_gwctl("contexts set prod --url postgresql://db/x")
    bare_gwctl("contexts delete prod", code=2)
    assert bare_gwctl("contexts list -o name").lines == ["prod"]
    assert "[y/N]" in bare_gwctl("contexts delete prod", tty=True, stdin="n\n", code=130).stdout
    bare_gwctl("contexts delete prod", tty=True, stdin="y\n")
    assert bare_gwctl("contexts list -o name").lines == []
    bare_gwctl("contexts delete prod --ignore-missing")


def test_a_config_file_that_is_wrong_is_told_with_its_lines(bare_gwctl: Program, config: Path) -> None:
    config.parent.mkdir(parents=True)
    config.write_text('[contexts.prod]\nurl = "postgresql://db/x"\nprotectd = true\n')
    problem = bare_gwctl("contexts list -o json", code=5)
    assert f"{config}:3: contexts.prod.protectd: unknown key" in problem.stderr
