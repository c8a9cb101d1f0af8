"""The strings under the fields of a class, which no interpreter keeps: read from its source when they are asked for."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise


@cache
def of(kind: type, *, below: type) -> Mapping[str, str]:
    """By field, on one line: those of a class and of what it is made of, down to `below`."""
    found: dict[str, str] = {}
    for part in reversed(kind.__mro__):
        if issubclass(part, below) and part is not below:
            found |= _read(_module(part.__module__), part.__name__)
    return found


@cache
def _module(name: str) -> ast.Module:
    return ast.parse(inspect.getsource(sys.modules[name]))


def _read(module: ast.Module, name: str) -> Iterator[tuple[str, str]]:
    body = next((node.body for node in ast.walk(module) if isinstance(node, ast.ClassDef) and node.name == name), [])
    for said, below in pairwise(body):
        match said, below:
            case ast.AnnAssign(target=ast.Name(id=field)), ast.Expr(value=ast.Constant(value=str(text))):
                yield field, " ".join(text.split())
