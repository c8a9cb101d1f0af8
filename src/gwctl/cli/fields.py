"""Fields of an entity as options of a command, and what was given back to fields.

One function here writes Typer signatures; every option of every entity comes from it. Values arrive as text and the
entity's Spec judges them, so that a bad one is told as a manifest would be told of it: exit status 5, all at once.
"""

from __future__ import annotations

import inspect
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from gwctl import secrets
from gwctl.cli.completing import completer
from gwctl.describe import Entity, Field, Ref, Refs, Ruled
from gwctl.errors import Invalid, Problem, Usage
from gwctl.secrets import Secret

FEW = 16
"""How many choices an option shows in its metavar; more are told of when a value is none of them."""

METAVARS = {int: "N", float: "AMOUNT", dict: "JSON|@FILE"}


def parameters(entity: Entity, verb: str) -> list[inspect.Parameter]:
    """The options of `create` or `update` for an entity's fields."""
    found = []
    for field in entity.fields.values():
        if _is_option(entity, field, verb):
            found += _options(field, verb)
    return found


def _is_option(entity: Entity, field: Field, verb: str) -> bool:
    if field.name == entity.identity and verb == "create":
        return False
    if verb == "update" and (field.name in entity.fixed or field.masked):
        return False
    if isinstance(field.place, Refs) and field.place.shown:
        return False
    return not (isinstance(field.place, Ruled) and (field.place.of_objects or field.place.beside))


def _options(field: Field, verb: str) -> list[inspect.Parameter]:
    flag = f"--{field.name.replace('_', '-')}"
    if field.masked:
        return [option(field.name, str, "--secret-from", "SOURCE", f"{field.help} - reads it from stdin.")]
    if field.kind is bool:
        return [option(field.name, bool, f"{flag}/--no-{flag[2:]}", None, field.help)]
    if field.is_source:
        return [option(field.name, str, flag, "SOURCE", f"{field.help} -, env:NAME or file:PATH.")]
    if field.merged and field.sealed is not None:
        text = f"{field.help} KEY=TEXT, KEY:=JSON, KEY= to remove one, a secret KEY=env:NAME; or JSON. Repeats."
        return [option(field.name, list[str], flag, "KEY=VALUE|JSON|@FILE", text)]
    if field.merged:
        text = f"{field.help} KEY=TEXT, KEY:=JSON, or KEY= to remove one. Repeats."
        return [option(field.name, list[str], flag, "KEY=VALUE", text)]
    if field.kind is list and field.item is not None and not _is_json(field):
        text = f"{field.help} Repeats, and takes commas."
        forms = {"": text}
        if verb == "update":
            forms |= {"add": f"Add to {field.name}.", "remove": f"Take from {field.name}."}
        return [
            option(
                f"{form}_{field.name}" if form else field.name,
                list[str],
                f"--{form}-{flag[2:]}" if form else flag,
                "NAME,…",
                said,
                names=_entity(field),
            )
            for form, said in forms.items()
        ]
    metavar = (
        "|".join(field.choices)
        if 0 < len(field.choices) <= FEW
        else "JSON|@FILE"
        if _is_json(field)
        else METAVARS.get(field.kind, _noun(field))
    )
    return [option(field.name, str, flag, metavar, field.help, names=_entity(field))]


def _entity(field: Field) -> str | None:
    """The kind of thing that a field names."""
    return getattr(field.place, "entity", None)


def _noun(field: Field) -> str:
    return "NAME" if isinstance(field.place, Ref) else "TEXT"


def _is_json(field: Field) -> bool:
    item = getattr(field.item, "__origin__", field.item)
    return field.kind is dict or (field.kind is list and item is dict)


def option(
    name: str, kind: Any, flag: str, metavar: str | None, text: str, *, names: str | None = None
) -> inspect.Parameter:
    """An option that need not be given. `names`: the kind of thing that it names, which the shell completes; a metavar
    may say it too."""
    completes = completer(names or (metavar or "").lower().replace("-", "_"))
    annotation = Annotated[
        kind | None,
        typer.Option(flag, metavar=metavar, help=text, show_default=False, autocompletion=completes),
    ]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def judged(entity: Entity, given: Mapping[str, Any], *, set_null: Sequence[str] = ()) -> dict[str, Any]:
    """The fields that options gave, judged by the entity's Spec. Raises Invalid with everything that is wrong."""
    from gwctl.core import validation

    problems: list[Problem] = []
    values: dict[str, Any] = {}
    for name, value in given.items():
        if name in entity.fields and value not in (None, []):
            try:
                values[name] = _read(entity.fields[name], value)
            except ValueError as error:
                flag = "--secret-from" if entity.fields[name].masked else f"--{name.replace('_', '-')}"
                problems.append(Problem(str(error), path=flag))
    for name in names(set_null):
        _clearable(entity, name, values)
        values[name] = None
    masked = {name: values.pop(name) for name in list(values) if entity.fields[name].masked}
    found, more = validation.fields(entity, values, textual=True)
    problems += [Problem(problem.message, path=f"--{problem.path.replace('_', '-')}") for problem in more]
    if problems:
        first = problems[0]
        if len(problems) == 1:
            raise Invalid(str(first), "Nothing was changed; --help says what the option takes.", problems)
        raise Invalid(f"{len(problems)} options are not valid; nothing was changed", problems=problems)
    return {**found, **masked}


def edits(entity: Entity, given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that --add-… and --remove-… change."""
    from gwctl.core.binding import Edit

    found: dict[str, Any] = {}
    for name in entity.fields:
        add, remove = names(given.get(f"add_{name}")), names(given.get(f"remove_{name}"))
        if add or remove:
            if given.get(name):
                raise Usage(f"--{name.replace('_', '-')} replaces the whole list: give it, or --add and --remove")
            found[name] = Edit(tuple(add), tuple(remove))
    return found


def _clearable(entity: Entity, name: str, values: Mapping[str, Any]) -> None:
    if name not in entity.fields:
        from difflib import get_close_matches

        near = get_close_matches(name, entity.fields, n=1)
        raise Usage(f"--set-null: a {entity.name} has no field {name!r}", f"Did you mean {near[0]}?" if near else "")
    if name in values:
        raise Usage(f"--set-null {name} and --{name.replace('_', '-')} contradict each other")
    if name in entity.fixed or name in (entity.identity if entity.identity == entity.key else "",):
        raise Usage(f"{name} of a {entity.name} cannot be cleared")


def _read(field: Field, value: Any) -> Any:
    if field.masked:
        return secret_from(value)
    if field.is_source:
        return secret_from(value)
    if field.merged:
        patch = _merge_patch(value)
        return _placed(_with_secrets(patch) if field.sealed is not None else patch, (field.name,))
    if _is_json(field):
        return _placed(_json(value), (field.name,))
    if field.kind is list:
        return names(value)
    return value


def names(values: Sequence[str] | None) -> list[str]:
    """Names out of options that repeat and take commas."""
    return [name.strip() for value in values or () for name in value.split(",") if name.strip()]


def _merge_patch(values: Sequence[str]) -> dict[str, Any]:
    patch: dict[str, Any] = {}
    for value in values:
        if value.startswith(("{", "@")):
            patch |= _object(value)
            continue
        key, sign, text = value.partition("=")
        if not sign or not key.rstrip(":"):
            raise ValueError(f"{value!r} should be KEY=TEXT, KEY:=JSON or KEY=")
        if key.endswith(":"):
            patch[key[:-1]] = _json(text)
        else:
            patch[key] = text or None
    return patch


def _object(text: str) -> dict[str, Any]:
    value = _json(text)
    if not isinstance(value, dict):
        raise ValueError("should be a JSON object")
    if text.startswith("@"):  # a file may hold secrets in the open, the command line may not
        return {name: Secret(item) if secrets.is_secret_name(name) and _is_plain(item) else item
                for name, item in value.items()}  # fmt: skip
    return value


def _is_plain(value: Any) -> bool:
    """Whether it is a secret itself, and not the name of a variable or header that it is taken from."""
    return isinstance(value, str) and bool(value) and not value.startswith(("os.environ/", "${"))


def _is_place(value: Any) -> bool:
    return isinstance(value, str) and value.strip("{ ").startswith(("env:", "file:"))


def _with_secrets(patch: Mapping[str, Any]) -> dict[str, Any]:
    """A patch whose secrets are read from where they lie. One that stands on the command line is refused."""
    found: dict[str, Any] = {}
    for name, value in patch.items():
        found[name] = value
        is_secret = secrets.is_secret_name(name) and not name.endswith("_name") and _is_plain(value)
        if _names_place(value):
            [(kind, place)] = value.items()
            found[name] = secret_from(f"{kind}:{place}")
        elif (is_secret and value == "-") or _is_place(value):
            found[name] = secret_from(value)
        elif is_secret:
            raise ValueError(f"{name}: a secret does not stand on the command line: -, env:NAME or file:PATH")
    return found


def _names_place(value: Any) -> bool:
    return isinstance(value, dict) and len(value) == 1 and next(iter(value)) in ("env", "file")


def _placed(value: Any, path: tuple[str | int, ...]) -> Any:
    """A JSON value with the secrets in it read from where they lie, wherever a list would mask them."""
    if len(path) > 1 and _names_place(value) and secrets.is_masked_at(path):
        [(kind, place)] = value.items()
        return secret_from(f"{kind}:{place}")
    if isinstance(value, dict):
        return {name: _placed(item, (*path, name)) for name, item in value.items()}
    return [_placed(item, (*path, n)) for n, item in enumerate(value)] if isinstance(value, list) else value


def _json(text: str) -> Any:
    if text.startswith("@"):
        try:
            text = Path(text[1:]).read_text()
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(f"cannot read {text[1:]}: {getattr(error, 'strerror', None) or error}") from None
    from gwctl.core.manifest.json_values import decode, said, space

    try:
        value, end = decode(text, space(text, 0))
    except json.JSONDecodeError as error:
        reason = said(error).removeprefix("not JSON: ")
        raise ValueError(f"should be JSON: {reason}, at character {error.pos + 1}") from None
    if space(text, end) < len(text):
        raise ValueError("should be JSON: something stands behind the value")
    return value


def secret_from(source: str) -> Secret:
    """A secret out of stdin (`-`), an environment variable (`env:NAME`, `{env: NAME}`) or a file. It never stands in
    argv."""
    kind, _, name = source.strip().strip("{}").partition(":")
    name = name.strip()
    if source == "-":
        text = sys.stdin.readline()
    elif kind == "env" and name:
        text = os.environ.get(name, "")
        if not text:
            raise ValueError(f"the environment variable {name} is not set")
    elif kind == "file" and name:
        try:
            text = Path(name).read_text()
        except OSError as error:
            raise ValueError(f"cannot read {name}: {error.strerror}") from None
    else:
        raise ValueError("should be - for stdin, {env: NAME} or {file: PATH}")
    return Secret(text.strip())


def own_secret(source: str | None, flag: str = "--secret-from") -> Secret | None:
    """As `secret_from`, for an option that need not be given. Raises Invalid."""
    if source is None:
        return None
    try:
        return secret_from(source)
    except ValueError as error:
        raise Invalid(f"{flag}: {error}") from None
