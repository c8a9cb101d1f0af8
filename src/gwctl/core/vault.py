"""The proxy's salt key, and what lies in the database sealed with it.

The key is taken from LITELLM_SALT_KEY (set, even if empty), else LITELLM_MASTER_KEY, else from what the context's
`salt_key_command` prints, and only once something is to be sealed or opened. Without it sealed texts are `Unopened`:
they are shown as such and compared with nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from gwctl import contexts, sealing, secrets
from gwctl.core import sealed
from gwctl.describe import Sealed
from gwctl.errors import Invalid, Refused
from gwctl.secrets import Secret

if TYPE_CHECKING:
    from gwctl.core.unit import Unit

VARIABLES = ("LITELLM_SALT_KEY", "LITELLM_MASTER_KEY")


class Unopened(str):
    """What stands for a sealed text that does not open."""

    __slots__ = ()


UNOPENED: Final = Unopened("(sealed)")


class Vault:
    """The salt key of one unit's gateway."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._proven = False
        self.next: Secret | None = None
        """The key that all is being sealed with anew."""

    @cached_property
    def key(self) -> Secret | None:
        """The salt key, if there is one. Raises Unreachable where the command that prints it fails."""
        for name in VARIABLES:
            if name in os.environ:
                return Secret(os.environ[name])
        command = self._unit.settings.options.salt_key_command
        return Secret(contexts.output_of(command, "salt_key_command")) if command else None

    def needed(self) -> str:
        """The salt key. Raises Invalid without one."""
        if self.key is None:
            raise no_key()
        return self.key.reveal()

    def opens(self, text: str) -> bool:
        """Whether a text is sealed with the key, or with the next one."""
        return any(sealing.opens(text, key.reveal()) is not None for key in (self.key, self.next) if key is not None)

    def seal(self, text: str) -> str:
        """A text sealed. What only reads, and has no key, gets a place-holder: nothing of it is written."""
        if self.key is None and not self._unit.writing:
            return UNOPENED
        return sealing.seal(text, self.needed())

    def open(self, text: str) -> str:
        """A stored text as the proxy reads it: opened, or, where it is no sealed text, as it stands."""
        plain = sealing.opens(text, self.key.reveal()) if self.key is not None else None
        if plain is not None:
            return plain
        return UNOPENED if sealing.looks_sealed(text) else text

    def opened(self, values: Mapping[str, Any], mark: Sealed) -> dict[str, Any]:
        """A JSON object as a person may name it: sealed texts opened, secrets wrapped up."""
        return {name: self.shown(name, value, mark) for name, value in values.items()}

    def shown(self, name: str, value: Any, mark: Sealed) -> Any:
        """One text of such an object."""
        if not isinstance(value, str):
            return value
        text = self.open(value) if mark.covers(name) else value
        return text if isinstance(text, Unopened) else wrapped(name, text)

    def sealed(self, values: Mapping[str, Any], mark: Sealed) -> dict[str, Any]:
        """A JSON object as it is stored."""
        return {name: self._stored(name, value, mark) for name, value in values.items()}

    def _stored(self, name: str, value: Any, mark: Sealed) -> Any:
        text = value.reveal() if isinstance(value, Secret) else value
        return self.seal(text) if isinstance(text, str) and mark.covers(name) else text

    def prove(self, *, force: bool) -> None:
        """Before anything is sealed, one stored value must open: a key that opens none is not the proxy's.

        Raises Refused. A database that holds nothing sealed yet has nothing to say about the key.
        """
        if self._proven or force or not self._unit.writing:
            return
        key, any_sealed = self.needed(), False
        for text in self._stored_texts():
            if sealing.opens(text, key) is not None:
                self._proven = True
                return
            any_sealed = True
        if any_sealed:
            raise Refused(
                "the salt key opens nothing of what is sealed in this database: it is not the proxy's",
                f"Set {VARIABLES[0]} to the proxy's own, or go on with --force.",
            )
        self._proven = True

    def _stored_texts(self) -> Iterator[str]:
        """Every text that looks sealed, of every table."""
        for place in sealed.PLACES:
            if not place.adopted:  # what lies there may look sealed and not be
                continue
            table = self._unit.table(place.table)
            if table is not None and place.column in table.c:
                rows = self._unit.connection.execute(sa.select(*place.columns_of(table))).mappings()
                for row in rows:
                    yield from (text for text in place.texts(row).values() if sealing.looks_sealed(text))


def wrapped(name: str, value: Any) -> Any:
    """A text under a secret's name as a Secret; what only names an environment variable of the proxy is none."""
    if not isinstance(value, str) or value.startswith("os.environ/") or not value:
        return value
    return Secret(value) if secrets.is_secret_name(name) else value


def no_key() -> Invalid:
    return Invalid(
        "there is no salt key, without which the proxy could not read what is to be stored",
        f"Set {VARIABLES[0]} (or {VARIABLES[1]}) to the proxy's own, or give the context a salt_key_command.",
    )
