"""Settings that have a table and a row of their own: the interface's, the cache's, single sign-on, overrides.

A manifest, or a command, names entries of that row; what it does not name stays. The gateway's endpoints replace the
row. Source: proxy/ui_crud_endpoints/proxy_setting_endpoints.py, management_endpoints/cache_settings_endpoints.py,
config_override_endpoints.py, ui_sso.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from gwctl.core.change import Change
from gwctl.core.stage import Stage
from gwctl.errors import Invalid
from gwctl.rules import setting_places as places
from gwctl.rules import setting_values as values
from gwctl.rules import settings
from gwctl.secrets import Secret

VARIABLES = "environment_variables"
FREE_USERS = 5


def judge(stage: Stage, changes: Sequence[Change]) -> None:
    """Refuses entries that the gateway would drop or fall over, and a row that would lack what it needs."""
    for change in changes:
        section = next(name for name, place in places.OWN_TABLES.items() if place.table == change.entity.table)
        place = places.OWN_TABLES[section]
        if change.id != place.id:
            change.refuse(f"there is one row, {place.id!r}: the gateway reads no other", place.key, kind=Invalid)
            continue
        for key, value in (change.fields.get(place.column) or {}).items():
            bare = value.reveal() if isinstance(value, Secret) else value
            for message in values.complaints(section, key, bare) if bare is not None else ():
                if not (stage.force and message.startswith("the gateway knows no")):
                    change.refuse(f"{section}.{key}: {message}", place.column, kind=Invalid)
        after = change.columns.get(place.column, change.value(place.column)) or {}
        for message in values.whole(section, after):
            change.refuse(message, place.column, kind=Invalid)
        if section == "sso_settings" and place.column in change.columns:
            change.columns[place.column] = {**dict.fromkeys(values.SSO), **after}
            drop_variables(stage, change)
            warn_of_licence(stage, change)
        for warning in settings.is_unread(stage, {}):
            change.warn(warning)


def warn_of_licence(stage: Stage, change: Change) -> None:
    """management_endpoints/ui_sso.py: without a licence nobody gets in by single sign-on once there are more users."""
    table = stage.unit.table("LiteLLM_UserTable")
    if stage.unit.settings.options.licensed or table is None:
        return
    count = stage.unit.connection.scalar(sa.select(sa.func.count()).select_from(table))
    if count and count > FREE_USERS:
        change.warn(f"without a licence the proxy refuses single sign-on where there are more than {FREE_USERS} users: "
                    f"there are {count}")  # fmt: skip


def delete(stage: Stage, changes: Sequence[Change]) -> None:
    """The row goes, with entries that no manifest named: asked for by force."""
    for change in changes:
        if stage.unit.undo_of is None and not stage.force:
            hint = "Take single entries out with null, or go on with --force."
            change.refuse(f"{change.id!r} would go with entries that no manifest named", hint=hint)


def drop_variables(stage: Stage, change: Change) -> None:
    """update_sso_settings: single sign-on that is set here is not to be set as an environment variable, too."""
    for row in stage.load(places.CONFIG, "param_name", [VARIABLES], change=True):
        known: dict[str, Any] = row.object("param_value")
        left = {name: value for name, value in known.items() if name.lower() not in values.SSO[:11]}
        if left != known:
            stage.update(row, {"param_value": left}, cause=change, audited="updated")
