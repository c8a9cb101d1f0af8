"""Where the gateway keeps sealed texts: which columns, and which texts in them.

A JSON object is sealed text by text, at its top level alone; numbers, lists and objects in it are as they are. The
list is that of the release of record; what a newer gateway seals besides is in `NEWER`.
Source: proxy/common_utils/encrypt_decrypt_utils.py and its callers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

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

    def columns_of(self, table: sa.Table) -> list[sa.ColumnElement[Any]]:
        """What has to be read of a row."""
        return [table.c[name] for name in dict.fromkeys((self.key, self.by or self.key, self.column))]

    def texts(self, row: Mapping[str, Any] | Any) -> dict[str, str]:
        """The texts of a row that are sealed, or should be, by name; that of a text column has no name."""
        value, group = row[self.column], row[self.by] if self.by else ""
        if group not in self.rows:
            return {}
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
        if isinstance(value, str):
            return texts.get("", value)
        return {name: item for name, item in {**value, **texts}.items() if name not in texts or item is not None}


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

NEWER: Mapping[str, tuple[str, ...]] = {
    "LiteLLM_MCPServerTable": ("static_headers", "env", "env_vars"),
    "LiteLLM_MCPServerOAuthClient": ("credentials",),
    "LiteLLM_MCPUserEnvVars": ("values_b64",),
    "LiteLLM_SSOIdentityAssertion": ("assertion_b64",),
    "LiteLLM_SearchToolsTable": ("litellm_params",),
    "LiteLLM_UserProviderCredentials": ("credential_b64",),
    "LiteLLM_GuardrailsTable": ("litellm_params",),
    "LiteLLM_TeamTable": ("metadata",),
    "LiteLLM_VerificationToken": ("metadata",),
    "LiteLLM_UserTable": ("metadata",),
    "LiteLLM_DeletedTeamTable": ("metadata",),
    "LiteLLM_DeletedVerificationToken": ("metadata",),
}
"""Columns that a gateway of 1.110 seals, in whole or in part, and that of record does not."""
