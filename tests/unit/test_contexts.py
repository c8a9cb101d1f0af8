"""The config file is judged whole, and changed without losing what else is in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gwctl import contexts
from gwctl.errors import Invalid, NotFound, Unreachable
from gwctl.urls import parse

TEXT = """\
# our databases
current = "prod"   # careful

[contexts.prod]
url = "postgresql://ada:hidden@db/litellm"  # the real one
protected = true

[contexts."test.eu"]
url = "postgresql://db/test"
timezone = "Europe/Berlin"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(TEXT)
    return path


def test_it_is_read(file: Path) -> None:
    found = contexts.load(file)
    assert (found.current, list(found.all)) == ("prod", ["prod", "test.eu"])
    assert found.get("prod").options.protected
    assert found.get("test.eu").options.timezone == "Europe/Berlin"
    assert "hidden" not in repr(found)


def test_no_file_means_no_contexts(tmp_path: Path) -> None:
    found = contexts.load(tmp_path / "none.toml")
    assert (found.current, dict(found.all)) == (None, {})


def test_where_it_is(tmp_path: Path) -> None:
    assert contexts.config_file({"GWCTL_CONFIG": "/etc/gwctl.toml"}) == Path("/etc/gwctl.toml")
    assert contexts.config_file({"GWCTL_CONFIG": ""}) == tmp_path / "home/config/gwctl/config.toml"


def test_changes_keep_the_rest_and_its_comments(file: Path) -> None:
    contexts.use(file, "test.eu")
    contexts.put(file, "prod", {"url": 'postgresql://db/"q"\\', "read_only": True}, unset=["protected"])
    text = file.read_text()
    assert text.startswith('# our databases\ncurrent = "test.eu"   # careful\n')
    found = contexts.load(file)
    assert found.get("prod").url == parse('postgresql://db/"q"\\')
    assert (found.get("prod").options.read_only, found.get("prod").options.protected) == (True, False)
    assert found.get("test.eu").options.timezone == "Europe/Berlin"


def test_a_first_context_makes_the_file_private(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "config.toml"
    made = contexts.put(file, "prod", {"url": "postgresql://ada:pw@db/x", "password_command": ["a", "b c"]})
    assert made.password_command == ("a", "b c")
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["config.toml"]
    assert contexts.load(file).get("prod") == made


def test_a_file_with_wide_permissions_becomes_private(file: Path) -> None:
    file.chmod(0o644)
    contexts.use(file, "test.eu")
    assert file.stat().st_mode & 0o777 == 0o600


def test_deleting_the_current_one_leaves_none(file: Path) -> None:
    contexts.delete(file, "prod")
    found = contexts.load(file)
    assert (found.current, list(found.all)) == (None, ["test.eu"])
    contexts.delete(file, "test.eu")
    assert contexts.load(file).all == {}
    contexts.put(file, "again", {"url": "postgresql://db/x"})
    assert list(contexts.load(file).all) == ["again"]


@pytest.mark.parametrize("change", [contexts.use, contexts.delete])
def test_an_unknown_name_changes_nothing(change: object, file: Path) -> None:
    with pytest.raises(NotFound) as caught:
        change(file, "prd")  # type: ignore[operator]
    assert caught.value.hint == 'Did you mean "prod"?'
    assert file.read_text() == TEXT


@pytest.mark.parametrize(
    ("name", "values", "unset", "says"),
    [
        ("a b", {"url": "postgresql://h/d"}, [], "cannot name"),
        ("new", {"protected": True}, [], "has no url"),
        ("new", {"url": "mysql://u:hidden@h/d"}, [], "mysql"),
        ("prod", {"timezone": "Mars/Olympus"}, [], "Mars/Olympus"),
        ("prod", {}, ["url"], '"url"'),
        ("prod", {}, ["colour"], '"colour"'),
    ],
)
def test_a_change_that_would_not_be_valid_is_not_made(
    name: str, values: dict[str, object], unset: list[str], says: str, file: Path
) -> None:
    with pytest.raises(Invalid) as caught:
        contexts.put(file, name, values, unset)
    assert says in caught.value.message
    assert "hidden" not in caught.value.message
    assert file.read_text() == TEXT


def test_all_that_is_wrong_is_said_at_once_with_its_line(file: Path) -> None:
    file.write_text(
        'curent = "x"\n[contexts.prod]\nurl = "u:hidden@db"\nprotectd = true\n'
        '[contexts.dev]\nread_only = "yes"\n[contexts.eu]\nurl = "postgresql://h/d"\npassword_command = []\n'
    )
    with pytest.raises(Invalid) as caught:
        contexts.load(file)
    told = {(problem.line, problem.path) for problem in caught.value.problems}
    assert told == {
        (1, "curent"),
        (3, "contexts.prod.url"),
        (4, "contexts.prod.protectd"),
        (5, "contexts.dev"),
        (6, "contexts.dev.read_only"),
        (9, "contexts.eu.password_command"),
    }
    text = f"{caught.value.message} {[str(problem) for problem in caught.value.problems]}"
    assert "did you mean protected?" in text
    assert "hidden" not in text


def test_what_is_not_toml_is_placed_but_not_repeated(file: Path) -> None:
    file.write_text('[contexts.prod]\nurl = "postgresql://ada:hidden@db/x\n')
    with pytest.raises(Invalid, match=r":2:\d+: this is not TOML") as caught:
        contexts.load(file)
    assert "hidden" not in caught.value.message


@pytest.mark.parametrize("command", ["printf ' p a\\n'", ["printf", " p a\n"]])
def test_a_commands_output_is_stripped(command: str | list[str]) -> None:
    assert contexts.output_of(command, "password_command") == "p a"


def test_a_command_runs_without_a_shell() -> None:
    assert contexts.output_of("echo $HOME ; echo x", "password_command") == "$HOME ; echo x"


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("sh -c 'echo hidden; echo hidden >&2; exit 3'", "exit status 3"),
        ("no-such-command-here", "cannot be run"),
        ("true", "printed nothing"),
        ("echo 'unbalanced", "cannot be run"),
        ([], "cannot be run"),
        (["printf", r"\377"], "what is not text"),
    ],
)
def test_a_command_that_fails_does_not_leak(command: str | list[str], says: str) -> None:
    with pytest.raises(Unreachable) as caught:
        contexts.output_of(command, "password_command")
    assert says in caught.value.message
    assert "hidden" not in f"{caught.value.message} {caught.value.hint}"
