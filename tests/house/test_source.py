"""How the package is written: who may commit, write, hash and print, and what a tree must not hold."""

from __future__ import annotations

import ast
import re

from support.source import PACKAGE, ROOT, callers_of, modules, project_files, statements, users_of

CHANGING = re.compile(
    r"^\s*(insert\s+into|update\s+\S.*\bset\b|delete\s+from|copy\s|truncate\b|merge\s+into)", re.I | re.S
)
CONSTRUCTS = {"insert", "update", "delete"}
# Folders of one machine, addresses of registries; the brackets keep this file from holding what it looks for.
FOREIGN = re.compile(r"/wor[k]/|\.librar[y]|/hom[e]/\w|pyp[i]\.org|pythonhoste[d]|registry\.npm[j]s|deb\.debia[n]")


def test_only_the_unit_commits() -> None:
    assert callers_of({"commit", "rollback"}) - users_of({"sqlite3"}) == {"core/unit.py"}


def test_only_the_store_changes_rows() -> None:
    built = {name for name, tree in modules().items() if _builds_a_change(tree)}
    written = {name for name, tree in modules().items() if any(CHANGING.match(text) for text in statements(tree))}
    alembic = {"core/migrations.py"}  # the version table is Alembic's
    assert (built | written) - users_of({"sqlite3"}) - alembic == {"core/store.py", "core/sending.py"}
    sending = {name for name, tree in modules().items() if "Rows" in _called(tree)}
    assert sending == {"core/store.py", "core/audit.py"}  # what is written, and what is kept of it


def test_only_secrets_hashes_and_seals() -> None:
    assert users_of({"hashlib", "hmac", "nacl", "cryptography"}) == {"secrets.py", "sealing.py"}


def test_only_the_command_line_writes_to_the_terminal() -> None:
    speaking = {name for name, tree in modules().items() if _names_a_stream(tree)}
    assert {name for name in speaking if not name.startswith("cli/")} == set()


def test_no_module_has_two_subjects() -> None:
    lengths = {name: len((PACKAGE / name).read_text(encoding="utf-8").splitlines()) for name in modules()}
    assert {name: length for name, length in lengths.items() if length > 400} == {}


def test_every_module_says_what_it_promises() -> None:
    silent = [name for name, tree in modules().items() if tree.body and not ast.get_docstring(tree)]
    assert silent == []


def test_migrations_are_no_package() -> None:
    """With an __init__.py the folder would hide the installed package of that name."""
    assert (ROOT / "alembic" / "versions").is_dir()
    assert not (ROOT / "alembic" / "__init__.py").exists()


def test_no_file_names_a_machine_or_a_registry() -> None:
    found = []
    for path in project_files():
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if FOREIGN.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    assert found == []


def _called(tree: ast.Module) -> set[str]:
    """The plain names that a module calls."""
    return {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}


def _builds_a_change(tree: ast.Module) -> bool:
    return any(_is_imported(node) or _is_called(node) for node in ast.walk(tree))


def _is_imported(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy"):
        return bool(CONSTRUCTS & {alias.name for alias in node.names})
    return False


def _is_called(node: ast.AST) -> bool:
    """`sa.insert` and its like."""
    if isinstance(node, ast.Attribute) and node.attr in CONSTRUCTS:
        return isinstance(node.value, ast.Name) and node.value.id in {"sa", "sqlalchemy"}
    return False


def _names_a_stream(tree: ast.Module) -> bool:
    return any(
        isinstance(node, ast.Attribute)
        and node.attr in {"stdout", "stderr"}
        and isinstance(node.value, ast.Name)
        and node.value.id == "sys"
        for node in ast.walk(tree)
    )
