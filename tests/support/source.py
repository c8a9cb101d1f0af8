"""The project's own files, for tests that look at how it is written."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "gwctl"
FOLDERS = ("src", "tests", "alembic", "docs", "examples", "benchmarks", ".ci")


@cache
def modules() -> dict[str, ast.Module]:
    """The package's modules, parsed, by their path below the package."""
    return {
        str(path.relative_to(PACKAGE)): ast.parse(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py")
    }


def project_files() -> Iterator[Path]:
    """Every file that a commit may hold."""
    for folder in FOLDERS:
        yield from (path for path in (ROOT / folder).rglob("*") if path.is_file() and path.suffix != ".pyc")
    yield from (path for path in ROOT.iterdir() if path.is_file() and path.name != ".coverage")


def users_of(wanted: set[str]) -> set[str]:
    """The modules that import any of these packages."""
    return {name for name, tree in modules().items() if wanted & set(_imported(tree))}


def callers_of(methods: set[str]) -> set[str]:
    """The modules that call an attribute of one of these names."""
    return {
        name
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in methods
    }


def statements(tree: ast.Module) -> Iterator[str]:
    """The text constants of a module that are used, with a blank for what is filled in: no docstrings."""
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]
