"""One setting is given a value, or none: an entry of a section changes, and the rest of the row stays.

A section lies in a row of LiteLLM_Config or in a table of its own. Texts that the gateway seals are sealed before they
are staged. Single sign-on is written with all its keys, null where unset, and takes the variables of the same meaning
out of environment_variables (proxy/management_endpoints/ui_sso.py: update_sso_settings).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gwctl.core.change import Change
from gwctl.core.stage import Row, Stage
from gwctl.describe import Entity
from gwctl.errors import Invalid, NotFound
from gwctl.rules import own_settings
from gwctl.rules import setting_places as places
from gwctl.rules import setting_values as values
from gwctl.rules import settings as rules
from gwctl.secrets import Secret


def set_value(stage: Stage, entity: Entity, path: Sequence[str], value: Any) -> list[Change]:
    """Gives an entry a value, or with the section alone, several. Nothing where they have them already.

    `path`: the section, the entry, and the names inside of it. Raises Invalid where one is to be sealed and there is no
    salt key, or where a section is to be no object.
    """
    section, *rest = path
    row, now = _found(stage, section)
    if rest:
        asked = {rest[0]: _put(now.get(rest[0]), rest[1:], value)}
    elif isinstance(value, dict):
        asked = value
    else:
        raise Invalid(f"{section!r} is a section, not a setting", "Name an entry, SECTION.NAME, or give an object.")
    patch = {key: one for key, one in asked.items() if _opened(stage, section, key, now.get(key)) != one}
    if not patch:
        return []
    return _staged(stage, entity, section, row, now, {key: _sealed(stage, section, key, patch[key]) for key in patch})


def unset(stage: Stage, entity: Entity, path: Sequence[str]) -> list[Change]:
    """Takes an entry out, or with the section alone, the whole row. Raises NotFound."""
    section, *rest = path
    row, now = _found(stage, section)
    if row is None:
        raise NotFound(f"the database has no settings {section!r}", "gwctl settings list shows what there is.")
    if not rest:
        change = _change(entity, "delete", section, row, now, dict.fromkeys(now))
        stage.delete(row, cause=change, audited="deleted")
        rules.lingers(change)
        return [change]
    key, *inner = rest
    if not _has(now.get(key) if key in now else None, inner) or key not in now:
        raise NotFound(f"there is no setting {'.'.join(path)!r}", f"gwctl settings list {section} shows those set.")
    return _staged(stage, entity, section, row, now, {key: _without(now[key], inner)})


def _staged(
    stage: Stage, entity: Entity, section: str, row: Row | None, now: Mapping[str, Any], patch: Mapping[str, Any]
) -> list[Change]:
    change = _change(entity, "update" if row else "create", section, row, now, patch)
    rules.check(stage, change, section, patch)
    after = {**now, **patch}
    if section == "sso_settings":
        after = {**dict.fromkeys(values.SSO), **after}
    else:
        after = {name: value for name, value in after.items() if value is not None}
    for message in values.whole(section, after):
        change.refuse(message, kind=Invalid)
    for warning in rules.is_unread(stage, {section: patch}):
        change.warn(warning)
    if change.troubles:
        return [change]
    place = places.place_of(section)
    if row is None:
        stage.insert(place.table, {place.key: place.id, place.column: after}, cause=change, audited="created")
    else:
        stage.update(row, {place.column: after}, cause=change, audited="updated")
    if section == "sso_settings":
        own_settings.drop_variables(stage, change)
        own_settings.warn_of_licence(stage, change)
    return [change]


def _change(
    entity: Entity, action: str, section: str, row: Row | None, now: Mapping[str, Any], patch: Mapping[str, Any]
) -> Change:
    """The change as a person sees it: sealed texts masked, the section as its name."""
    shown = {key: _masked(section, key, value) for key, value in patch.items()}
    was = {key: _masked(section, key, now[key]) for key in patch if key in now}
    return Change(
        action,
        entity,
        {"param_value": shown},
        row,
        columns={entity.key: section},
        was={"param_value": was},
        audited={"create": "created", "delete": "deleted"}.get(action, "updated"),
    )


def _masked(section: str, key: str, value: Any) -> Any:
    return Secret(value) if places.is_sealed(section, key) and isinstance(value, str) else value


def _sealed(stage: Stage, section: str, key: str, value: Any) -> Any:
    if not (places.is_sealed(section, key) and isinstance(value, str)):
        return value
    stage.unit.vault.prove(force=stage.force)
    return rules.Sealed(stage.unit.vault.seal(value))


def _opened(stage: Stage, section: str, key: str, value: Any) -> Any:
    return stage.unit.vault.open(value) if places.is_sealed(section, key) and isinstance(value, str) else value


def _found(stage: Stage, section: str) -> tuple[Row | None, dict[str, Any]]:
    place = places.place_of(section)
    stage.unit.lock(f"setting:{section}")
    row = stage.get(place.table, place.id, change=True)
    return row, row.object(place.column) if row else {}


def _put(now: Any, inner: Sequence[str], value: Any) -> Any:
    """`now` with `value` at the place `inner`; what is not an object on the way gives way to one."""
    if not inner:
        return value
    here = dict(now) if isinstance(now, dict) else {}
    return {**here, inner[0]: _put(here.get(inner[0]), inner[1:], value)}


def _has(now: Any, inner: Sequence[str]) -> bool:
    for name in inner:
        if not isinstance(now, dict) or name not in now:
            return False
        now = now[name]
    return True


def _without(now: Any, inner: Sequence[str]) -> Any:
    """`now` without what lies at `inner`; None where that is all of it."""
    if not inner:
        return None
    rest = {name: value for name, value in now.items() if name != inner[0]}
    deeper = _without(now[inner[0]], inner[1:])
    return rest if deeper is None else {**now, inner[0]: deeper}
