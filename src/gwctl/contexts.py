"""The config file: named databases ("contexts") and how gwctl shall treat each of them.

    current = "prod"

    [contexts.prod]
    url = "postgresql://ada@db.example/litellm"
    password_command = ["pass", "show", "litellm"]
    protected = true

A file is judged whole when it is read: every unknown key and wrong value is reported at once, with its line. Changes
keep the rest of the file, comments too; it is written anew beside the old one, readable by its owner alone.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from gwctl import urls
from gwctl.errors import Conflict, Invalid, NotFound, Problem, Unreachable
from gwctl.urls import DatabaseUrl


@dataclass(frozen=True)
class Options:
    """How a context's database is treated, beside where it is."""

    gateway_version: str | None = None
    """The gateway's release, where the tables alone do not tell it."""
    key_inherits_org: bool = True
    """A new key of a team gets the team's organisation."""
    gateway_audit: bool = True
    """Changes are written to the gateway's own audit table too."""
    timezone: str = "UTC"
    """The zone in which the gateway reckons its days."""
    licensed: bool = False
    """The proxy has an enterprise licence."""
    protected: bool = False
    """A change asks for the context's name to be typed."""
    read_only: bool = False
    """Changes are refused."""
    read_url: DatabaseUrl | None = None
    """A replica for reports."""
    salt_key_command: str | None = None
    """A command that prints the proxy's salt key."""
    config_file: str | None = None
    """The proxy's own config.yaml, which may define models, servers and guardrails too."""
    default_key_generate_params: Mapping[str, Any] = field(default_factory=dict)
    """What the proxy gives new keys that say nothing of it, as in its litellm_settings."""
    upperbound_key_generate_params: Mapping[str, Any] = field(default_factory=dict)
    """The most that the proxy gives a new key; what a key says nothing of becomes it."""
    default_team_params: Mapping[str, Any] = field(default_factory=dict)
    """What the proxy gives new teams that say nothing of it."""
    default_internal_user_params: Mapping[str, Any] = field(default_factory=dict)
    """What the proxy gives new users that say nothing of it."""


@dataclass(frozen=True)
class Context:
    """A named database."""

    name: str
    url: DatabaseUrl
    password_command: str | tuple[str, ...] | None = None
    options: Options = field(default_factory=Options)

    def with_password(self) -> Context:
        """The same with the password that its command prints, if it has one; Unreachable if that fails."""
        if not self.password_command:
            return self
        password = output_of(self.password_command, "password_command")
        replica = self.options.read_url and self.options.read_url.with_password(password)
        return replace(self, url=self.url.with_password(password), options=replace(self.options, read_url=replica))


@dataclass(frozen=True)
class Contexts:
    """A config file as it was read."""

    file: Path
    current: str | None = None
    all: Mapping[str, Context] = field(default_factory=dict)

    def get(self, name: str) -> Context:
        if name in self.all:
            return self.all[name]
        near = get_close_matches(name, self.all, n=1)
        known = f"There are: {', '.join(sorted(self.all))}." if self.all else "gwctl contexts set NAME --url makes one."
        raise NotFound(f'there is no context "{name}" in {self.file}', f'Did you mean "{near[0]}"?' if near else known)


KEY_PARAMS: Mapping[str, type] = {
    "max_budget": float, "max_parallel_requests": int, "tpm_limit": int, "rpm_limit": int, "budget_duration": str,
    "duration": str,
}  # fmt: skip
"""What the proxy's settings may bound of new keys, and what kind of value each is."""
GIVEN_PARAMS: Mapping[str, type] = {**KEY_PARAMS, "user_id": str, "team_id": str, "models": list, "metadata": dict}
"""What they may give new keys."""
_NUMBERS: Mapping[str, type] = {"max_budget": float, "budget_duration": str}
_PARAMS: Mapping[str, Mapping[str, type]] = {
    "default_key_generate_params": GIVEN_PARAMS,
    "upperbound_key_generate_params": KEY_PARAMS,
    "default_team_params": {**_NUMBERS, "tpm_limit": int, "rpm_limit": int, "team_member_permissions": list},
    "default_internal_user_params": {**_NUMBERS, "user_role": str, "models": list, "teams": list},
}

_FLAGS = frozenset(f.name for f in fields(Options) if f.type == "bool")
KEYS = ("url", "password_command", *(f.name for f in fields(Options)))
"""What may stand in a context's table."""


def config_file(environ: Mapping[str, str]) -> Path:
    """The config file's place: GWCTL_CONFIG, else `gwctl/config.toml` where this system keeps such files."""
    if environ.get("GWCTL_CONFIG"):
        return Path(environ["GWCTL_CONFIG"]).expanduser()
    from platformdirs import user_config_path

    return user_config_path("gwctl", appauthor=False) / "config.toml"


def load(file: Path) -> Contexts:
    """The contexts of a config file; none where there is no file. Invalid with all its problems."""
    try:
        text = file.read_text("utf-8")
    except FileNotFoundError:
        return Contexts(file)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise Invalid(f"the config file {file} cannot be read: {reason}", "GWCTL_CONFIG names another one.") from None
    return _read(text, file)


def put(file: Path, name: str, values: Mapping[str, Any], unset: Sequence[str] = ()) -> Context:
    """Make a context or change what is named of it; `unset` takes fields out."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", name):
        raise Invalid(f'"{name}" cannot name a context', "Use letters, digits, dots, dashes and underscores.")
    for key in unset:
        if key not in KEYS or key == "url":
            raise Invalid(f'"{key}" is nothing that can be unset in a context', f"It takes {', '.join(KEYS[1:])}.")
    document = _document(file)
    table = document.setdefault("contexts", _table(parent=True)).setdefault(name, _table())
    for key, value in values.items():
        table[key] = _inline(value) if isinstance(value, Mapping) else value
    for key in unset:
        table.pop(key, None)
    return _write(file, document).all[name]


def use(file: Path, name: str) -> Context:
    """Make a context the current one; NotFound if there is none of that name."""
    context = load(file).get(name)
    document = _document(file)
    document["current"] = name
    _write(file, document)
    return context


def delete(file: Path, name: str) -> Context:
    """Take a context out of the file; if it was the current one, there is none any more."""
    context = load(file).get(name)
    document = _document(file)
    del document["contexts"][name]
    if document.get("current") == name:
        del document["current"]
    _write(file, document)
    return context


def output_of(command: str | Sequence[str], purpose: str) -> str:
    """What a command prints, stripped; it runs without a shell. Unreachable, without its output, if it fails."""
    import shlex
    import subprocess

    hint = f"Run the {purpose} of the context by hand to see what is wrong with it."
    try:
        words = shlex.split(command) if isinstance(command, str) else list(command)
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)  # noqa: S603
        if done.returncode:
            raise Unreachable(f"{purpose} failed with exit status {done.returncode}", hint)
        text = done.stdout.decode().strip()
    except subprocess.TimeoutExpired:
        raise Unreachable(f"{purpose} took more than a minute", hint) from None
    except OSError as error:
        raise Unreachable(f"{purpose} cannot be run: {error.strerror}", hint) from None
    except (ValueError, IndexError):
        raise Unreachable(f"{purpose} cannot be run, or prints what is not text", hint) from None
    if not text:
        raise Unreachable(f"{purpose} printed nothing", hint)
    return text


def _read(text: str, file: Path) -> Contexts:
    import tomllib

    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"line (\d+), column (\d+)", str(error))
        line, column = (int(place[1]), int(place[2])) if place else (len(text.splitlines()), 0)
        problem = Problem("this is not TOML", str(file), line, column)
        raise Invalid(f"the config file cannot be read: {problem}", problems=[problem]) from None
    problems = _unknown(document, ("current", "contexts"))
    tables = document.get("contexts", {})
    if not isinstance(tables, dict) or not isinstance(document.get("current", ""), str):
        problems.append(("", "", "current is a text, and a context a table [contexts.NAME]"))
        tables = {}
    found = {name: _context(name, table, problems) for name, table in tables.items()}
    if problems:
        places = [_placed(text, file, name, key, message) for name, key, message in problems]
        more = f" (and {len(places) - 1} more)" if len(places) > 1 else ""
        raise Invalid(f"the config file is not valid: {places[0]}{more}", "Correct it in the file.", places)
    return Contexts(file, document.get("current") or None, {k: v for k, v in found.items() if v})


_Trouble = tuple[str, str, str]
"""Context, key, and what is wrong with it."""


def _context(name: str, table: Any, problems: list[_Trouble]) -> Context | None:
    """One context, or what is wrong with it, added to `problems`."""
    if not isinstance(table, dict):
        problems.append(("", name, "a context is a table"))
        return None
    mine = [(name, key, message) for _, key, message in _unknown(table, KEYS)]
    given = {key: table[key] for key in KEYS if key in table}
    for key, value in given.items():
        try:
            given[key] = _value(key, value)
        except Invalid as error:
            mine.append((name, key, f"{error.message}. {error.hint}".strip()))
    if "url" not in given:
        mine.append((name, "", f'the context "{name}" has no url'))
    problems.extend(mine)
    if mine:
        return None
    url, command = given.pop("url"), given.pop("password_command", None)
    return Context(name, url, command, Options(**given))


def _value(key: str, value: Any) -> Any:
    """A value as the context keeps it; Invalid if it is none."""
    if key in _FLAGS:
        if not isinstance(value, bool):
            raise Invalid(f"{key} is true or false")
    elif key in _PARAMS:
        _check_params(key, value)
    elif key == "password_command" and isinstance(value, list):
        if not value or not all(isinstance(word, str) for word in value):
            raise Invalid("password_command is a text or a list of texts")
        return tuple(value)
    elif not isinstance(value, str) or not value:
        raise Invalid(f"{key} is a text")
    elif key in ("url", "read_url"):
        return urls.parse(value)
    elif key == "timezone":
        _check_zone(value)
    elif key == "gateway_version" and not re.fullmatch(r"v?\d+\.\d+(\.\d+)?\S*", value):
        raise Invalid(f'gateway_version "{value}" is no release such as 1.82.4')
    return value


def _check_params(key: str, value: Any) -> None:
    """What new keys, teams or users get, of a kind that the proxy knows."""
    from gwctl import durations

    if not isinstance(value, Mapping):
        raise Invalid(f"{key} is a table, as {{ max_budget = 10 }}")
    for _, _, message in _unknown(value, tuple(_PARAMS[key])):
        raise Invalid(f"{key}: {message}", f"It takes {', '.join(_PARAMS[key])}.")
    for name, one in value.items():
        kind = _PARAMS[key][name]
        fits = not isinstance(one, bool) and isinstance(one, int | float if kind is float else kind)
        if not fits or (isinstance(one, int | float) and not 0 <= one < float("inf")):
            words = {float: "a number from 0 on", int: "a whole number from 0 on", str: "a text", list: "a list"}
            raise Invalid(f"{key}: {name} is {words.get(kind, 'a table')}")
        if name.endswith("duration"):
            durations.parse(one)


def _check_zone(name: str) -> None:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        raise Invalid(f'timezone "{name}" is not known', "Names are such as UTC or Europe/Berlin.") from None


def _unknown(table: Mapping[str, Any], known: Sequence[str]) -> list[_Trouble]:
    """The keys that mean nothing, with the nearest one that does."""
    troubles = []
    for key in table:
        if key not in known:
            near = get_close_matches(key, known, n=1)
            troubles.append(("", key, f'unknown key "{key}"' + (f", did you mean {near[0]}?" if near else "")))
    return troubles


def _placed(text: str, file: Path, name: str, key: str, message: str) -> Problem:
    """A problem with the line that its key, or else its context, stands on."""
    inside, line = not name, 0
    for number, content in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[\s*(.+?)\s*\]", content):
            inside = header[1].replace('"', "").replace("'", "") == f"contexts.{name}"
            line = number if inside and not line else line
        if inside and key and re.match(rf"""\s*["']?{re.escape(key)}["']?\s*=""", content):
            line = number
            break
    path = ".".join(part for part in ("contexts" if name else "", name, key) if part)
    return Problem(message, str(file), line, path=path)


def _document(file: Path) -> Any:
    """The file for changing, with its comments; a file that cannot be read is not changed."""
    import tomlkit

    load(file)
    return tomlkit.parse(file.read_text("utf-8")) if file.exists() else tomlkit.document()


def _table(*, parent: bool = False) -> Any:
    import tomlkit

    return tomlkit.table(is_super_table=parent)


def _inline(value: Mapping[str, Any]) -> Any:
    """A table on one line, so that what comes after it does not fall into it."""
    import tomlkit

    table = tomlkit.inline_table()
    table.update(value)
    return table


def _write(file: Path, document: Any) -> Contexts:
    """Judge the new text, then put it in the old one's place in one step, mode 0600."""
    text = document.as_string()
    contexts = _read(text, file)
    target = file.resolve()
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh.touch(0o600)
        fresh.write_text(text, "utf-8")
        fresh.replace(target)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise Conflict(f"the config file {file} cannot be written: {error.strerror}") from None
    return contexts
