"""Writes docs/coverage.md: for each table of the gateway, the commands that read and write it, or why none should.

    python docs/coverage.py

What every entity has is taken from the command tree; rows that move along with an entity's own, and tables that
nobody should write, are told here. A command that is not in the tree is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typer.core import TyperGroup

from gwctl import schema
from gwctl.cli.lazy import open_door
from gwctl.cli.root import TREE
from gwctl.cli.work import kinds
from gwctl.describe import Entity

TARGET = Path(__file__).with_suffix(".md")
READING = frozenset({
    "list", "get", "usage", "status", "show", "download", "resolve", "versions", "compare", "attachments", "unused",
    "access", "diff", "check",
})  # fmt: skip
PLAIN = frozenset({"create", "list", "get", "update", "delete", "block", "unblock"})
"""What every entity has; a group that has no more, and no rules of the gateway's behind it, is rows only."""

ALONG: dict[str, tuple[str, ...]] = {
    "BudgetTable": ("orgs", "projects", "customers", "tags", "keys", "teams members"),
    "ObjectPermissionTable": (
        "keys", "teams", "users", "orgs", "projects", "customers", "agents", "mcp grant", "mcp revoke",
        "tools set-policy",
    ),
    "ModelTable": ("teams", "models"),
    "TeamMembership": ("teams members", "teams delete", "users delete", "users rename"),
    "OrganizationMembership": ("orgs members", "orgs delete", "users delete"),
    "DeprecatedVerificationToken": ("keys rotate", "keys delete"),
    "DeletedVerificationToken": ("keys delete", "teams delete", "orgs delete"),
    "DeletedTeamTable": ("teams delete", "orgs delete"),
    "JWTKeyMapping": ("keys jwt-mappings", "keys rotate", "keys delete"),
    "MCPUserCredentials": ("mcp user-credentials", "mcp delete", "users rename"),
    "PolicyAttachmentTable": ("policies attach", "policies detach", "policies attachments", "policies delete"),
    "ManagedVectorStoreIndexTable": ("vector-stores indexes",),
    "ConfigOverrides": ("settings", "config-overrides"),
    "CacheConfig": ("settings", "cache-settings"),
    "SSOConfig": ("settings", "sso-settings"),
    "UISettings": ("settings", "ui-settings"),
    "AuditLog": ("audit list", "audit show"),
    "SpendLogs": ("logs", "spend"),
    "SpendLogGuardrailIndex": ("logs prune",),
    "SpendLogToolIndex": ("logs prune",),
    **{f"Daily{name}Spend": ("spend",) for name in ("User", "Team", "Organization", "EndUser", "Agent", "Tag")},
}  # fmt: skip
"""Tables whose rows move with others', and the commands that move or show them; of a whole group, those of every
entity."""

WHY: dict[str, str] = {
    "DeprecatedVerificationToken": "An old hash in its time of grace: made by a rotation, gone with the key.",
    "DeletedVerificationToken": "The archive of deleted keys: written when one is deleted, never changed.",
    "DeletedTeamTable": "The archive of deleted teams: written when one is deleted, never changed.",
    "ObjectPermissionTable": "Each row belongs to what points at it; its lists are fields of the owner.",
    "ModelTable": "A team's aliases: a field of the team.",
    "UserNotifications": "No release that gwctl knows reads or writes it.",
    "AuditLog": "Every change of gwctl's adds its rows; nobody changes or removes one.",
    "SpendLogs": "The proxy's record of requests: read by reports, never edited.",
    "SpendLogGuardrailIndex": "The proxy's index of requests: it goes with the requests that it names.",
    "SpendLogToolIndex": "The proxy's index of requests: it goes with the requests that it names.",
    "DailyGuardrailMetrics": "Counts that the proxy keeps by the day; a change would falsify them.",
    "DailyPolicyMetrics": "No release that gwctl knows writes it.",
    **{
        f"Daily{name}Spend": "Sums that the proxy keeps by the day: read by reports; a change would falsify them."
        for name in ("User", "Team", "Organization", "EndUser", "Agent", "Tag")
    },
}
"""Why a table has no commands of its own, or no more than it has."""

HEAD = """# The gateway's tables, and what reaches them

One line a table, without the prefix `LiteLLM_`. "manifests": `apply`, `diff` and `export` work on it as the group
named; the others move along with these, or are the proxy's own. `audit show` and `audit undo` reach the rows of every
table that a command has changed. Written by `python docs/coverage.py`.

| table | read by | written by | manifests | why not more |
| --- | --- | --- | --- | --- |
"""


def text() -> str:
    """The whole page."""
    lines = [_line(table.removeprefix("LiteLLM_")) for table in schema.TABLES]
    plain = ", ".join(f"`{group}`" for group in rows_only()) or "None."
    what = "Groups that write the row itself and know no rule of the gateway's, or that no test of rows is for:"
    tail = f"\n## Rows only\n\n{what} {plain}\n"
    return HEAD + "\n".join(lines) + "\n" + tail


def uncovered() -> list[str]:
    """Tables that no command reaches and of which nothing says why."""
    names = [table.removeprefix("LiteLLM_") for table in schema.TABLES]
    return [name for name in names if not _commands(name) and name not in WHY]


def rows_only() -> list[str]:
    """Groups with the commands of every entity and no rules behind them, and those without a test of their rows."""
    found = []
    for name, (group, _) in kinds().index.items():
        verbs = {path.split(" ", 1)[1] for path in leaves(group)}
        plain = verbs <= PLAIN and kinds().rules(kinds().entity(name)) is None
        if plain or not _is_tested(group):
            found.append(group)
    return found


def _is_tested(group: str) -> bool:
    """Whether a test of rows changes something through the group."""
    tests = sorted((TARGET.parents[1] / "tests" / "gateway").glob("test_*.py"))
    named = re.compile(rf"test_{group.replace('-', '_')}_rows|(?<![a-z-]){group} (create|update|delete|set|prune)")
    return any(named.search(f"{path.stem} {path.read_text(encoding='utf-8')}") for path in tests)


def leaves(name: str) -> list[str]:
    """The full names of the commands at or below a path, as "mcp grant"; none where there is no such path."""
    first, *rest = name.split()
    if first not in TREE:
        return []
    command = open_door(first, TREE[first])
    for word in rest:
        if not isinstance(command, TyperGroup) or word not in command.commands:
            return []
        command = command.commands[word]
    return list(_below(name, command))


def _below(path: str, command: Any) -> Iterator[str]:
    if isinstance(command, TyperGroup):
        for name, child in command.commands.items():
            yield from _below(f"{path} {name}", child)
    else:
        yield path


def _commands(table: str) -> list[str]:
    own = _entities(table)
    paths = [path for entity in own for path in leaves(entity.group)]
    along = [path for name in ALONG.get(table, ()) for path in _moving(name)]
    return list(dict.fromkeys([*paths, *(path for path in along if not own or path.split()[-1] not in READING)]))


def _entities(table: str) -> list[Entity]:
    return [one for name in kinds().index if (one := kinds().entity(name)).table == f"LiteLLM_{table}"]


def _moving(name: str) -> list[str]:
    """The commands at or below a path; of an entity's group those that every entity has. Settings are one subject."""
    whole = name != "settings" and any(name == group for group, _ in kinds().index.values())
    plain = {f"{name} {verb}" for verb in ("get", "create", "update", "delete")}
    return [path for path in leaves(name) if not whole or path in plain]


def _line(table: str) -> str:
    commands = _commands(table)
    reading = [path for path in commands if path.split()[-1] in READING]
    writing = [path for path in commands if path not in reading]
    manifests = ", ".join(f"`{one.group}`" for one in _entities(table) if one.in_manifests)
    return f"| {table} | {_grouped(reading)} | {_grouped(writing)} | {manifests} | {WHY.get(table, '')} |"


def _grouped(paths: list[str]) -> str:
    """Commands by their group: `keys create update`."""
    found: dict[str, list[str]] = {}
    for path in paths:
        group, verb = path.rsplit(" ", 1)
        found.setdefault(group, []).append(verb)
    return ", ".join(f"`{group} {' '.join(verbs)}`" for group, verbs in found.items())


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
