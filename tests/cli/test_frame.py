"""What the command line promises whatever the command is: statuses, errors, help, completion, signals, questions."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gwctl import __version__
from gwctl.cli import root, session
from gwctl.cli.main import main
from support import tiny
from support.program import Program, Result, in_process

TESTS = Path(__file__).parents[1]
ON_TINY = "from support import tiny; from gwctl.cli import main, root; root.TREE = tiny.DOORS; main.run()"
URL = "postgresql://ada:hunter2@db.example/litellm"


@pytest.fixture
def small(bare_gwctl: Program, monkeypatch: pytest.MonkeyPatch) -> Program:
    """The program with the small tree of commands."""
    monkeypatch.setattr(root, "TREE", tiny.DOORS)
    return bare_gwctl


def start(*words: str, **environ: str) -> subprocess.Popen[str]:
    """The same in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", ON_TINY, *words],
        env={**os.environ, "PYTHONPATH": str(TESTS), **environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def fresh(code: str) -> str:
    """What a fresh interpreter prints for it."""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return ran.stdout


# Errors

STATUSES = {
    "GwctlError": 1, "Differs": 1, "Usage": 2, "NotFound": 3, "Conflict": 4, "Invalid": 5, "Refused": 6,
    "Unreachable": 7, "SchemaMismatch": 8, "Defect": 1, "Database": 7, "Abort": 130,
}  # fmt: skip


@pytest.mark.parametrize(("kind", "status"), STATUSES.items())
def test_each_error_has_its_exit_status_and_no_traceback(small: Program, kind: str, status: int) -> None:
    result = small(["things", "raise-", kind], code=status)
    assert result.stdout == ""
    assert result.stderr.startswith("error: ")
    assert "Traceback" not in result.stderr


def test_an_error_is_a_line_and_a_hint(small: Program) -> None:
    result = small("things raise- NotFound", code=3)
    assert result.stderr == "error: it is NotFound with \\x1b[31mcolour\nhint: Do something else.\n"


def test_problems_stand_between(small: Program) -> None:
    result = small("things raise- Invalid", code=5)
    assert result.stderr.splitlines()[1] == "  a.yaml:3:7: keys[0].duration: is no duration"


@pytest.mark.parametrize("form", ["-o json", "-ojson", "--output json", "--output=json", "-o jsonl"])
def test_an_error_as_json(small: Program, form: str) -> None:
    result = small(f"things raise- Invalid {form}", code=5)
    assert json.loads(result.stderr) == {
        "error": {
            "code": "invalid",
            "exit_status": 5,
            "message": "it is Invalid with \\x1b[31mcolour",
            "hint": "Do something else.",
            "problems": [
                {"message": "is no duration", "file": "a.yaml", "line": 3, "column": 7, "path": "keys[0].duration"}
            ],
        }
    }
    assert result.stdout == ""


def test_usage_errors_are_json_too(small: Program) -> None:
    error = json.loads(small("things list --nonsense -o json", code=2).stderr)["error"]
    assert (error["code"], error["exit_status"]) == ("usage", 2)
    assert "--nonsense" in error["message"]


def test_after_two_dashes_there_are_no_options(small: Program) -> None:
    result = small("things raise- NotFound -- -o json", code=2)
    assert result.stderr.startswith("error: ")


def test_debug_shows_the_traceback_without_secrets(small: Program) -> None:
    result = small("--debug things raise- Defect", code=1)
    assert "Traceback" in result.stderr
    assert "KeyError" in result.stderr
    assert "hunter2" not in result.stderr
    assert "sk-in-a-defect" not in result.stderr


def test_a_defect_says_nothing_of_what_it_holds(small: Program) -> None:
    result = small("things raise- Defect", code=1)
    assert result.stderr.splitlines()[0] == "error: a defect in gwctl (KeyError)"
    assert "--debug" in result.stderr


# The command line

MISTAKES = {
    "tings": ("no such command 'tings'", "things"),
    "things lst": ("no such command 'lst'", "list"),
    "things list --cuont 3": ("no such option: --cuont", "--count"),
    "things list --quiet": ("no such option: --quiet", "gwctl --quiet …"),
    "things list --output xml": ("--output 'xml' is not a format", "table, wide, json, jsonl, yaml, csv, name"),
    "things list --fields nmae": ("no field 'nmae'", "name"),
    "things list --count x": ("'--count'", "gwctl things list --help"),
    "things list more": ("unexpected extra argument", "gwctl things list --help"),
    "things raise-": ("missing argument 'kind'", "gwctl things raise- --help"),
    "--timeout soon things list": ("'--timeout'", "gwctl --help"),
}


@pytest.mark.parametrize("command", MISTAKES)
def test_a_mistake_on_the_command_line(small: Program, command: str) -> None:
    message, hint = MISTAKES[command]
    result = small(command, code=2)
    first, second = result.stderr.splitlines()
    assert first.startswith("error: ")
    assert message in first
    assert second.startswith("hint: ")
    assert hint in second
    assert result.stdout == ""


@pytest.mark.parametrize("command", ["", "things", "things members", "--quiet"])
def test_without_a_command_the_help_is_on_stderr(small: Program, command: str) -> None:
    result = small(command, code=2)
    assert result.stdout == ""
    assert result.stderr.startswith("Usage: gwctl")


@pytest.mark.parametrize("command", ["keys get {}", "{}", "keys get --key={}", "access explain -o json {}"])
def test_a_secret_among_the_arguments_is_refused_and_not_repeated(bare_gwctl: Program, command: str) -> None:
    result = bare_gwctl(command.format("sk-abcdefghijklmnop"), code=2)
    assert "sk-abc" not in result.stderr
    assert "-" in result.stderr
    assert "stdin" in result.stderr


def test_version(bare_gwctl: Program) -> None:
    assert bare_gwctl("--version").stdout == f"gwctl {__version__}\n"


def test_a_returned_number_is_the_exit_status(small: Program) -> None:
    assert small("things no", code=1).stderr == ""


# The tree


def test_help_of_entities_is_that_of_their_index() -> None:
    from gwctl.entities import INDEX

    told = dict(INDEX.values())
    assert {n: door.help for n, door in root.TREE.items() if n in told} == {n: told[n] for n in told if n in root.TREE}


def test_help_lists_what_there_is_without_opening_a_door(small: Program) -> None:
    result = small("--help")
    for name, door in tiny.DOORS.items():
        assert name in result.stdout
        assert door.help in result.stdout
    assert result.stdout.index("Objects:") < result.stdout.index("As code:") < result.stdout.index("Options:")


def test_doors(small: Program) -> None:
    assert small("alone x").stdout == "alone x alone\n"
    assert small("built list").stdout == "teams\n"
    assert "Built for an argument" in small("built --help").stdout
    assert "What alone does, at length." in small("alone --help").stdout


def test_the_command_in_use_and_its_record(small: Program) -> None:
    result = small(["--database-url", URL, "things", "members", "add", "ada", "--role", "x"])
    assert result.lines == ["things members add", "gwctl --database-url ******** things members add ada --role x"]


HEAVY = {"sqlalchemy", "psycopg", "pydantic", "yaml", "rich", "alembic"}


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["--version"], []])
def test_what_help_may_not_load(words: list[str]) -> None:
    code = f"""
import sys
from gwctl.cli.main import main
main({words!r})
sys.stdout.write('\\n' + ' '.join({{name.partition('.')[0] for name in sys.modules}}))
sys.stdout.write(' ' + ' '.join(name for name in sys.modules if name.startswith(('gwctl.cli.commands.', 'gwctl.ent'))))
"""
    loaded = set(fresh(code).splitlines()[-1].split())
    assert not loaded & HEAVY
    assert not [name for name in loaded if "." in name]


def test_completion_of_names_opens_no_door(small: Program) -> None:
    result = small("", env={"_GWCTL_COMPLETE": "complete_bash", "COMP_WORDS": "gwctl thi", "COMP_CWORD": "1"})
    assert result.lines == ["things", "thinks"]


def test_completion_behind_a_door(small: Program) -> None:
    words = {"COMP_WORDS": "gwctl things list -o js", "COMP_CWORD": "4"}
    assert small("", env={"_GWCTL_COMPLETE": "complete_bash", **words}).lines == ["json", "jsonl"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(bare_gwctl: Program, shell: str) -> None:
    script = bare_gwctl(f"--show-completion {shell}").stdout
    assert "_GWCTL_COMPLETE" in script


def test_completion_can_be_installed(bare_gwctl: Program) -> None:
    bare_gwctl("--install-completion fish")
    assert "_GWCTL_COMPLETE" in Path("~/.config/fish/completions/gwctl.fish").expanduser().read_text()


# Streams and signals


def test_a_reader_that_goes_away_is_no_error() -> None:
    process = start("things", "list", "--count", "200000")
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline() == "name\tspend\n"
    process.stdout.close()
    assert process.wait(30) == 141
    assert process.stderr.read() == ""


@pytest.mark.parametrize(
    ("number", "status", "word"), [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")]
)
def test_a_signal_unwinds_and_says_so(number: int, status: int, word: str) -> None:
    process = start("things", "sleep")
    assert process.stdout is not None
    assert process.stdout.readline() == "asleep\n"
    process.send_signal(number)
    _, stderr = process.communicate(timeout=20)
    assert process.returncode == status
    assert stderr == f"rolled back\nerror: {word}: nothing was half done\n"


def test_a_full_disk_is_told(small: Program) -> None:
    with Path("/dev/full").open("w") as full:
        code = ["-c", ON_TINY, "things", "list"]
        environ = {**os.environ, "PYTHONPATH": str(TESTS)}
        ran = subprocess.run([sys.executable, *code], stdout=full, stderr=subprocess.PIPE, text=True, env=environ)
    assert ran.returncode == 1
    assert ran.stderr.startswith("error: the output could not be written: No space left on device\n")


COLOURS: list[tuple[dict[str, str], bool]] = [
    ({}, False),
    ({"CLICOLOR_FORCE": "1"}, True),
    ({"CLICOLOR_FORCE": "0"}, False),
    ({"CLICOLOR_FORCE": "1", "NO_COLOR": ""}, True),
    ({"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, False),
    ({"CLICOLOR_FORCE": "1", "TERM": "dumb"}, False),
]


@pytest.mark.parametrize(("environ", "wanted"), COLOURS)
def test_when_colour_is_wanted_off_a_terminal(environ: dict[str, str], wanted: bool) -> None:
    from gwctl.cli.terminal import _has_colour

    assert _has_colour(environ, terminal=False) is wanted


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [({}, True), ({"NO_COLOR": ""}, True), ({"NO_COLOR": "x"}, False), ({"TERM": "dumb"}, False)],
)
def test_when_colour_is_wanted_on_a_terminal(environ: dict[str, str], wanted: bool) -> None:
    from gwctl.cli.terminal import _has_colour

    assert _has_colour(environ, terminal=True) is wanted


def test_notes_are_on_stderr_and_quiet_silences_them(small: Program) -> None:
    assert small("things notes").stderr == "a note\nwarning: a warning\n"
    assert small("--quiet things notes").stderr == "warning: a warning\n"


# Questions


@pytest.fixture
def context(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Writes a config file with one context that has these options, and chooses it."""

    def write(**options: bool) -> None:
        lines = ["[contexts.prod]", f'url = "{URL}"', *(f"{name} = {str(on).lower()}" for name, on in options.items())]
        file = Path(os.environ["XDG_CONFIG_HOME"]) / "gwctl" / "config.toml"
        file.parent.mkdir(parents=True)
        file.write_text("\n".join(lines))
        file.chmod(0o600)
        monkeypatch.setenv("GWCTL_CONTEXT", "prod")

    return write


def on_terminal(monkeypatch: pytest.MonkeyPatch, command: str, answer: str) -> Result:
    """Runs it in this process as if stdin and stderr were a terminal."""
    monkeypatch.setattr("gwctl.cli.terminal._is_terminal", lambda _: True)
    return Result(command, *in_process(command.split(), answer))


def test_a_question_names_database_and_context(small: Program, context: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    context()
    result = on_terminal(monkeypatch, "things ask", "y\n")
    assert (result.code, result.stdout) == (0, "deleted\n")
    assert result.stderr.startswith("Delete the thing on ")
    assert "db.example" in result.stderr
    assert "(context prod)? [y/N] " in result.stderr
    assert "hunter2" not in result.stderr


@pytest.mark.parametrize("answer", ["n\n", "\n", "yep\n", ""])
def test_anything_else_is_a_no(small: Program, context: Any, monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    context()
    result = on_terminal(monkeypatch, "things ask", answer)
    assert (result.code, result.stdout) == (130, "")
    assert "nothing was changed" in result.stderr


def test_without_a_terminal_there_is_no_question(small: Program, context: Any) -> None:
    context()
    result = small("things ask", code=2, stdin="y\n")
    assert "--yes" in result.stderr
    assert small("things ask --yes").stdout == "deleted\n"


def test_with_the_manifest_on_stdin_the_controlling_terminal_is_asked(
    small: Program, context: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    context()
    person, tty = os.openpty()
    os.write(person, b"y\n")
    monkeypatch.setattr(session, "CONTROLLING", Path(os.ttyname(tty)))
    result = small("things ask --stdin-used", stdin="n\n")
    assert (result.stdout, result.stderr) == ("deleted\n", "")
    seen = os.read(person, 1000)  # the terminal's echo may come first
    assert b"Delete the thing on " in seen or b"Delete the thing on " in os.read(person, 1000)
    monkeypatch.setattr(session, "CONTROLLING", tmp_path / "none")
    small("things ask --stdin-used", stdin="y\n", code=2)


@pytest.mark.parametrize("command", ["things ask", "things change", "things ask --yes", "things change --yes"])
@pytest.mark.parametrize(("answer", "code"), [("prod\n", 0), ("y\n", 130), ("\n", 130)])
def test_a_protected_context_is_typed(
    small: Program, context: Any, monkeypatch: pytest.MonkeyPatch, command: str, answer: str, code: int
) -> None:
    context(protected=True)
    result = on_terminal(monkeypatch, command, answer)
    assert result.code == code
    assert "type the name of the context" in result.stderr


def test_yes_answers_for_a_protected_context_in_scripts(small: Program, context: Any) -> None:
    context(protected=True)
    assert small("things ask --yes").stdout == "deleted\n"
    assert small("things change --yes").stdout == "changed\n"
    small("things change", code=2)


@pytest.mark.parametrize("command", ["things ask --yes", "things change --yes", "things change"])
def test_a_read_only_context_refuses(small: Program, context: Any, command: str) -> None:
    context(read_only=True)
    result = small(command, code=6)
    assert "read-only" in result.stderr


def test_an_interrupt_in_this_process(small: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", interrupted)
    assert main(["things", "sleep"]) == 130
