"""libyaml's complaints, in words that say what to do."""

from __future__ import annotations

import yaml

from gwctl.core.manifest.entry import Source, problem
from gwctl.core.manifest.place import Position
from gwctl.errors import Problem

_NO_TOKEN = "found character that cannot start any token"  # noqa: S105
_WORDS = {
    "mapping values are not allowed in this context": (
        "a colon where no field can begin: check the indentation, or quote a text that holds ': '"
    ),
    "did not find expected key": "the indentation does not fit the lines above, or a quote or comma is missing",
    "did not find expected '-' indicator": "the indentation does not fit the list above",
    "found unexpected end of stream": "a quoted text is not closed",
    "could not find expected ':'": "a line that is neither a field (with a colon) nor part of a list",
    "exceeded maximum nesting depth": "nested too deeply",
    "found unknown escape character": "an unknown escape in a double-quoted text: write \\\\ for a backslash",
    "found invalid Unicode character escape code": "an escape that is no character; write the character itself",
    "did not find expected node content": "a value is missing, or a bracket or brace is not closed",
    "did not find expected ',' or ']'": "a list in [ ] is not closed, or a comma is missing",
    "did not find expected ',' or '}'": "a map in { } is not closed, or a comma is missing",
}


def explain(source: Source, error: yaml.MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return Problem(error.problem or "not YAML", source.name)
    position = Position(mark.line + 1, mark.column + 1)
    said = error.problem or "not YAML"
    if said == _NO_TOKEN:
        message = _stray(_character(source, position))
    else:
        message = _WORDS.get(said, said)
    if error.context_mark and error.context_mark.line < mark.line:
        message += f" (what begins in line {error.context_mark.line + 1})"
    return problem(source, position, message)


def _character(source: Source, position: Position) -> str:
    line = source.lines.text_from(position.line, 4 * position.column + 8)
    return line[position.column - 1 : position.column]


def _stray(character: str) -> str:
    if character == "\t":
        return "a tab: YAML is indented with spaces"
    return f"a text cannot begin with {character!r}: quote it"
