"""Settings: what may be written to the sections of LiteLLM_Config, and what a person should know of it.

The gateway's own endpoints replace whole rows or write defaults that nobody gave; here one entry changes and nothing
else. A section that nothing reads is not written, and a text that the gateway seals never lies in the clear.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from gwctl.core.change import Change
from gwctl.core.stage import Stage
from gwctl.core.unit import Unit
from gwctl.errors import Invalid, Refused
from gwctl.rules import setting_places as places
from gwctl.rules import setting_values as values

OWN_GROUPS = {"ui_settings": "ui-settings", "cache_settings": "cache-settings", "sso_settings": "sso-settings",
              "hashicorp_vault": "config-overrides"}  # fmt: skip
"""Under which group manifests name the sections that have a table of their own."""


LICENSED = frozenset({"litellm_settings.store_audit_logs", "general_settings.email_settings"})
"""Entries that an unlicensed proxy passes over (management_helpers/audit_logs.py; the enterprise e-mail endpoints)."""


class Sealed(str):
    """A text as it is stored: sealed."""

    __slots__ = ()


def create(stage: Stage, changes: Sequence[Change]) -> None:
    _judge(stage, changes)


def update(stage: Stage, changes: Sequence[Change]) -> None:
    _judge(stage, changes)


def delete(stage: Stage, changes: Sequence[Change]) -> None:
    """A manifest manages entries of a section, not the section: what stands beside them is not its to delete."""
    for change in changes:
        if stage.unit.undo_of is None and not stage.force:
            hint = f"gwctl settings unset {change.id} deletes it; take single entries out with null in the manifest."
            change.refuse(f"section {change.id!r} would go with entries that no manifest named", hint=hint)
        lingers(change)


def lingers(change: Change) -> None:
    """What a row says, a proxy keeps until it starts anew."""
    if places.is_read(change.id):
        change.warn(f"a running proxy keeps {change.id} as it was until it is started anew")


def hidden(_: Unit, table: sa.Table) -> sa.ColumnElement[bool]:
    """Sections with sealed texts, and those that no proxy reads, are not carried to another gateway."""
    plain = [name for name in places.READ if name not in places.SEALED_WHOLE and name not in places.SEALED_PARTS]
    return table.c.param_name.not_in(plain)


def check(stage: Stage, change: Change, section: str, patch: Mapping[str, Any]) -> None:
    """Refuses entries that the gateway would not take; warns of those that it takes and does not heed."""
    if not places.is_read(section) and not stage.force:
        change.refuse(
            f"no proxy reads a section {section!r}", kind=Invalid, hint=f"There are: {', '.join(_sections())}."
        )
        return
    for key, value in patch.items():
        if value is None:
            continue
        if places.is_sealed(section, key) and isinstance(value, str) and not isinstance(value, Sealed):
            hint = f"gwctl settings set {section}.{key} --secret-from - seals it."
            change.refuse(f"{section}.{key} is sealed by the gateway", kind=Refused, hint=hint)
        for message in values.complaints(section, key, value):
            if not (stage.force and message.startswith("the gateway knows no")):
                change.refuse(f"{section}.{key}: {message}", kind=Invalid)
        _warn(stage, change, section, key, value)


def _judge(stage: Stage, changes: Sequence[Change]) -> None:
    patches = {str(change.value("param_name")): change.fields.get("param_value") or {} for change in changes}
    for change in changes:
        section = str(change.value("param_name"))
        if section in places.OWN_TABLES:
            hint = f"Its group is {OWN_GROUPS[section]}."
            change.refuse(f"{section} has a table of its own", kind=Invalid, hint=hint)
            continue
        check(stage, change, section, patches[section])
        for warning in is_unread(stage, patches):
            change.warn(warning)


def is_unread(stage: Stage, patches: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What to say where the database does not tell proxies to read their settings from it."""
    rows = stage.load(places.CONFIG, "param_name", ["general_settings"])
    known = rows[0].object("param_value").get("store_model_in_db") if rows else None
    asked = patches.get("general_settings", {}).get("store_model_in_db", known)
    if asked is True:
        return []
    return [
        "general_settings.store_model_in_db is not true in the database: unless STORE_MODEL_IN_DB or the proxy's own "
        "file says so, no proxy reads these settings"
    ]


def _warn(stage: Stage, change: Change, section: str, key: str, value: Any) -> None:
    if f"{section}.{key}" in LICENSED and value and not stage.unit.settings.options.licensed:
        change.warn(f"without a licence the proxy does not heed {section}.{key}")
    if section == "router_settings" and key not in places.ROUTER_LIVE:
        change.warn(f"{section}.{key} is stored, but no proxy applies it from here")
    if section == "general_settings" and key in ("master_key", "database_url"):
        change.warn(f"{section}.{key} lies in the database in the clear")


def _sections() -> list[str]:
    return sorted([*places.READ, *places.OWN_TABLES])
