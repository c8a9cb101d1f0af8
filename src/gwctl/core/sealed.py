"""Where the gateway keeps sealed texts: which columns, and which texts in them.

A JSON object is sealed text by text, at its top level alone; numbers, lists and objects in it are as they are. So it is
in the release of record. A newer gateway seals in more columns, some of them whole, some at any depth: in those
(`DEEP`) a sealed text is told by its looks, for plain ones are ordinary there.
Source: proxy/common_utils/encrypt_decrypt_utils.py and its callers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from gwctl import sealing

SERVER_SECRETS = frozenset(
    {"auth_value", "client_id", "client_secret", "aws_access_key_id", "aws_secret_access_key", "aws_session_token"}
)
"""Of an MCP server's credentials: the others, as `scopes` and `aws_region_name`, are plain."""

_ALL: Mapping[str, frozenset[str] | None] = {"": None}


@dataclass(frozen=True)
class Place:
    """A column with sealed texts. `rows`: which texts of which rows, by the value of their column `by`; None is all."""

    table: str
    key: str
    column: str
    rows: Mapping[str, frozenset[str] | None] = field(default_factory=lambda: _ALL)
    by: str | None = None
    adopted: bool = True
    """Plain text there is a mistake, and may be sealed."""
    deep: bool = False
    """Texts at any depth that look sealed, by their paths."""
    past: bool = False
    """History: what does not open there is in nobody's way."""

    def clause(self, table: sa.Table) -> sa.ColumnElement[bool]:
        """Which rows may have some."""
        return sa.cast(table.c[self.column], sa.Text()).regexp_match(SHAPE) if self.deep else sa.true()

    def columns_of(self, table: sa.Table) -> list[sa.ColumnElement[Any]]:
        """What has to be read of a row."""
        return [table.c[name] for name in dict.fromkeys((self.key, self.by or self.key, self.column))]

    def texts(self, row: Mapping[str, Any] | Any) -> dict[str, str]:
        """The texts of a row that are sealed, or should be, by name; that of a text column has no name."""
        value, group = row[self.column], row[self.by] if self.by else ""
        if group not in self.rows:
            return {}
        if self.deep:
            return {path: text for path, text in _leaves(value) if sealing.looks_sealed(text)}
        if isinstance(value, str):
            return {"": value}
        only = self.rows[group]
        found = value if isinstance(value, dict) else {}
        return {
            name: text
            for name, text in found.items()
            if isinstance(text, str) and text and (only is None or name in only)
        }

    def replaced(self, row: Mapping[str, Any] | Any, texts: Mapping[str, str | None]) -> Any:
        """The column's value with other texts; None takes one away."""
        value = row[self.column]
        if self.deep:
            found = _replaced(value, texts, "")
            return {} if found is None else found
        if isinstance(value, str):
            return texts.get("", value) or ""
        return {name: item for name, item in {**value, **texts}.items() if name not in texts or item is not None}


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a value, and where it lies."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict | list):
        for step, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(item, _below(path, step))


def _replaced(value: Any, texts: Mapping[str, str | None], path: str) -> Any:
    """A value with other texts at their paths; what becomes None goes."""
    if isinstance(value, str):
        return texts.get(path, value)
    if isinstance(value, dict):
        pairs = {name: (item, _replaced(item, texts, _below(path, name))) for name, item in value.items()}
        return {name: new for name, (old, new) in pairs.items() if new is not None or old is None}
    if isinstance(value, list):
        items = [(item, _replaced(item, texts, _below(path, place))) for place, item in enumerate(value)]
        return [new for old, new in items if new is not None or old is None]
    return value


def _below(path: str, step: Any) -> str:
    step = str(step).replace("~", "~0").replace("/", "~1")
    return f"{path}/{step}" if path else step


SHAPE = r"v2:gcm:|litellm_enc::|[A-Za-z0-9+/_-]{54,}"
"""What a sealed text has in it, as PostgreSQL looks for it."""

CONFIG = Place(
    "LiteLLM_Config", "param_name", "param_value",
    {
        "environment_variables": None, "cloudzero_settings": frozenset({"api_key"}),
        "vantage_settings": frozenset({"api_key", "integration_token"}),
    },
    by="param_name",
)  # fmt: skip

PLACES = (
    Place("LiteLLM_ProxyModelTable", "model_id", "litellm_params"),
    Place("LiteLLM_CredentialsTable", "credential_id", "credential_values"),
    Place("LiteLLM_MCPServerTable", "server_id", "credentials", {"": SERVER_SECRETS}),
    CONFIG,
    Place("LiteLLM_SSOConfig", "id", "sso_settings"),
    Place("LiteLLM_CacheConfig", "id", "cache_settings"),
    Place("LiteLLM_ConfigOverrides", "config_type", "config_value"),
    Place("LiteLLM_MCPUserCredentials", "id", "credential_b64", adopted=False),
)

COLUMNS: Mapping[str, frozenset[str]] = {
    table: frozenset(place.column for place in PLACES if place.table == table)
    for table in {one.table for one in PLACES}
}
"""The columns of each table that hold sealed texts."""


def _deep(table: str, key: str, *columns: str) -> tuple[Place, ...]:
    return tuple(Place(f"LiteLLM_{table}", key, column, adopted=False, deep=True) for column in columns)


DEEP = (
    *_deep("MCPServerTable", "server_id", "static_headers", "env", "env_vars"),
    *_deep("SearchToolsTable", "search_tool_id", "litellm_params"),
    *_deep("GuardrailsTable", "guardrail_id", "litellm_params"),
    *_deep("TeamTable", "team_id", "metadata"),
    *_deep("VerificationToken", "token", "metadata"),
    *_deep("UserTable", "user_id", "metadata"),
    *_deep("DeletedTeamTable", "id", "metadata"),
    *_deep("DeletedVerificationToken", "id", "metadata"),
    *(
        Place("LiteLLM_AuditLog", "id", column, {"LiteLLM_ProxyModelTable": None}, "table_name",
              adopted=False, deep=True, past=True)
        for column in ("before_value", "updated_values")
    ),
)  # fmt: skip
"""Columns that a gateway of 1.110 seals in whole or in part, and the audit rows that the gateway writes of models,
which hold what their rows hold."""

EVERY = (*PLACES, *DEEP)

UNKNOWN: Mapping[str, tuple[str, ...]] = {
    "LiteLLM_MCPServerOAuthClient": ("credentials",),
    "LiteLLM_MCPUserEnvVars": ("values_b64",),
    "LiteLLM_SSOIdentityAssertion": ("assertion_b64",),
    "LiteLLM_UserProviderCredentials": ("credential_b64",),
}
"""Columns with sealed texts of a newer gateway's tables, which gwctl does not write to."""
