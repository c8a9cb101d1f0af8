"""MCP servers: names that tools can begin with, what each transport needs, and every list that names one that goes.

Source: proxy/management_endpoints/mcp_management_endpoints.py, proxy/_experimental/mcp_server/utils.py. The gateway's
update resets what is left out; here it stays.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.errors import Conflict, Invalid
from gwctl.rules import mcp_reach, named_lists, public_lists

SERVERS = "LiteLLM_MCPServerTable"
USER_CREDENTIALS = "LiteLLM_MCPUserCredentials"
GROUPS = "LiteLLM_AccessGroupTable"
PUBLIC = "public_mcp_servers"
RESERVED = frozenset({"all-team-mcpservers", "all-proxy-mcpservers"})
_NAME = re.compile(r"[A-Za-z0-9._-]{1,128}")
NEEDS = ("transport", "url", "spec_path", "command", "args")


def create(stage: Stage, changes: Sequence[Change]) -> None:
    """add_mcp_server; a submission is made by the proxy alone."""
    for change in changes:
        if change.id in RESERVED:
            change.refuse(f"{change.id!r} stands for many servers", "server_id", kind=Invalid)
        for column in ("env", "credentials", "mcp_info"):
            change.columns.setdefault(column, {})
        _check(change)
    _names(stage, changes)


def update(stage: Stage, changes: Sequence[Change]) -> None:
    """edit_mcp_server: credentials are merged, but another auth_type begins them anew."""
    for change in changes:
        assert change.row is not None
        if any(name in change.columns for name in NEEDS):
            _check(change)
        if "auth_type" in change.columns and change.columns["auth_type"] != change.row["auth_type"]:
            sent = change.fields.get("credentials") or {}
            merged = change.columns.get("credentials") or {}
            change.columns["credentials"] = {name: value for name, value in merged.items() if name in sent}
    _names(stage, [change for change in changes if {"alias", "server_name"} & change.columns.keys()])


def delete(stage: Stage, changes: Sequence[Change]) -> None:
    """remove_mcp_server, and every list that the gateway leaves it in."""
    causes = {change.id: change for change in changes}
    mcp_reach.take_out(stage, causes)
    named_lists.leave(stage, causes, GROUPS, "access_mcp_server_ids")
    for row in stage.load(USER_CREDENTIALS, "server_id", causes, change=True):
        stage.delete(row, cause=causes[row["server_id"]])
    public_lists.change(stage, PUBLIC, {name: (None, change) for name, change in causes.items()})


def replace(stage: Stage, changes: Sequence[Change], heir: Row) -> None:
    """Another server in the place of these, in every list. Users' credentials are for one server, and go with it."""
    moved = named_lists.moved({change.id: change for change in changes}, heir["server_id"])
    mcp_reach.put_in(stage, moved)
    named_lists.swap(stage, moved, GROUPS, "access_mcp_server_ids")
    public_lists.change(stage, PUBLIC, dict(moved))


def _check(change: Change) -> None:
    """What each transport needs: the gateway asks only where a transport is sent, and then cannot reach the server."""
    transport = change.value("transport") or "sse"
    if transport == "stdio":
        for name in ("command", "args"):
            if not change.value(name):
                change.refuse(f"a stdio server needs {name}", name, kind=Invalid)
    elif not change.value("url") and not change.value("spec_path"):
        change.refuse(f"an MCP server with transport {transport} needs a url, or spec_path", "url", kind=Invalid)


def _names(stage: Stage, changes: Sequence[Change]) -> None:
    separator = os.environ.get("MCP_TOOL_PREFIX_SEPARATOR", "-")
    for change in changes:
        for name in ("alias", "server_name"):
            value = change.columns.get(name)
            if not value:
                continue
            if name == "alias":
                value = change.columns["alias"] = value.replace(" ", "_")
            if separator in value:
                message = f"{name} {value!r} holds {separator!r}, which parts it from tools' names"
                change.refuse(message, name, kind=Invalid)
            elif not _NAME.fullmatch(value):
                change.refuse(f"{name} {value!r} should be letters, digits, dots and underscores", name, kind=Invalid)
        if not change.value("alias") and not change.value("server_name"):
            change.refuse("an MCP server needs an alias or a server_name", "alias", kind=Invalid)
    _are_free(stage, changes)


def _are_free(stage: Stage, changes: Sequence[Change]) -> None:
    """The gateway takes the first server of a name, in whichever order they come: no two may have one, in any case."""
    table = stage.unit.table(SERVERS)
    if table is None or not changes:
        return
    asked = [
        change.columns[name] for change in changes for name in ("alias", "server_name") if change.columns.get(name)
    ]
    stage.unit.lock(*(f"mcp-name:{value.lower()}" for value in asked))
    taken: dict[str, Row | Change] = {}
    for row in stage.search(SERVERS, table.c.server_id.is_not(None)):
        for name in ("alias", "server_name"):
            if row[name]:
                taken.setdefault(str(row[name]).lower(), row)
    for change in changes:
        for name in ("alias", "server_name"):
            value = change.columns.get(name)
            if not value:
                continue
            holder = taken.setdefault(value.lower(), change)
            if holder is not change and holder is not change.row:
                other = holder.id if isinstance(holder, Change) else holder["server_id"]
                change.refuse(f"{value!r} is a name of MCP server {other} already", name, kind=Conflict)
