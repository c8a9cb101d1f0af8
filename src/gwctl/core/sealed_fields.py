"""Fields whose texts are stored sealed, on the way of a change: what differs, what cannot be compared, and the salt
key that is proven before anything is sealed with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from gwctl.core.change import Change
from gwctl.core.stage import Stage
from gwctl.core.vault import Unopened, Vault, no_key, wrapped
from gwctl.describe import Entity, Sealed, Spec, fields
from gwctl.secrets import Secret


def wrap(entity: Entity, values: Mapping[str, Any]) -> dict[str, Any]:
    """Fields with the secrets in them wrapped up, so that nothing shows them. Below the first names of what is stored
    sealed, and in all else, names alone tell secrets from other texts."""
    marks = _marks(entity.spec)
    found = dict(values)
    for name, value in values.items():
        if type(value) in _HOLDERS and name not in marks and _holds_secrets(value):
            found[name] = _bare_within(value)
    for name in marks:
        value = found.get(name)
        if value is None:
            continue
        if isinstance(value, Mapping):
            found[name] = {key: wrapped(key, _bare_within(item)) for key, item in value.items()}
        else:
            found[name] = wrapped(name, value)
    return found


def settle(vault: Vault, change: Change, name: str) -> None:
    """Leaves of a sealed field what will differ.

    Without the salt key a sealed text can be compared with nothing: a manifest does not touch it, with a warning; a
    command that names it is refused.
    """
    field, now, value = change.entity.fields[name], change.was.get(name), change.fields[name]
    if isinstance(value, Mapping) and field.merged:
        known = now or {}
        left = {key: item for key, item in value.items() if _differs(vault, change, key, known.get(key), item)}
    else:
        left = {name: value} if _differs(vault, change, name, now, value) else {}
    if not left:
        del change.fields[name]
    elif field.merged and isinstance(value, Mapping):
        change.fields[name] = left


def _differs(vault: Vault, change: Change, key: str, now: Any, value: Any) -> bool:
    if isinstance(now, Unopened) and value is not None and vault.key is None:
        if change.origin is None:
            error = no_key()
            change.refuse(error.message, kind=type(error), hint=error.hint)
        else:
            change.warn(f"{key} of {change.name} cannot be compared without the salt key, and stays as it is")
        return False
    return bool(_bare(now) != _bare(value))


_HOLDERS = frozenset({dict, list})


def _holds_secrets(value: Any) -> bool:
    for item in value.values() if type(value) is dict else value:
        kind = type(item)
        if kind is Secret or (kind in _HOLDERS and _holds_secrets(item)):
            return True
    return False


def _bare_within(value: Any) -> Any:
    """An object or a list without the wrapping of the texts in it."""
    if isinstance(value, dict):
        return {key: _bare(_bare_within(item)) for key, item in value.items()}
    return [_bare(_bare_within(item)) for item in value] if isinstance(value, list) else value


def _bare(value: Any) -> Any:
    """A text that was named as a secret is the same text."""
    return value.reveal() if isinstance(value, Secret) else value


def prove(stage: Stage, entity: Entity, changes: Iterable[Change]) -> None:
    """Proves the salt key where something will be sealed. Raises Refused, or Invalid without a key."""
    marks = _marks(entity.spec)
    if not marks:
        return
    sound = [change for change in changes if not change.troubles]
    if any(_seals(mark, name, change.fields.get(name)) for change in sound for name, mark in marks.items()):
        stage.unit.vault.prove(force=stage.force)


@cache
def _marks(spec: type[Spec]) -> Mapping[str, Sealed]:
    """The fields that are stored sealed."""
    return {name: field.sealed for name, field in fields(spec).items() if field.sealed is not None}


def _seals(mark: Sealed, name: str, value: Any) -> bool:
    """Whether there is a text to be sealed."""
    if mark.plain:
        return False
    if isinstance(value, Mapping):
        return any(_seals(mark, key, item) for key, item in value.items() if not isinstance(item, Mapping))
    return isinstance(value, str | Secret) and mark.covers(name)
