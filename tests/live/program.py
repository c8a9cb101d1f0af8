"""gwctl on the database of a running gateway."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from support.database import ZONE, Database
from support.program import Command, Program, Result

ACTOR = "default_user_id"
"""Who the proxy's administrator is in its own rows: with this actor gwctl's rows can be compared with the proxy's."""


class LiveProgram(Program):
    """The program as the other tests run it, but for the look at images: the proxy changes rows meanwhile.
    Its sessions are in a zone that is not UTC, so that a mistake with zones shows."""

    def __init__(self, database: Database, home: Path, salt_key: str) -> None:
        super().__init__(database)
        self._home = home
        self._salt_key = salt_key

    def __call__(self, command: Command, **how: Any) -> Result:
        return super().__call__(command, **{"images": False, **how})

    def key(self, command: Command, **how: Any) -> str:
        """The secret that `keys create` or `keys rotate` prints."""
        words = self(command, **how).lines
        assert len(words) == 1, words
        return words[0]

    def _variables(self) -> dict[str, str]:
        places = {f"XDG_{kind}_HOME": str(self._home / kind.lower()) for kind in ("CONFIG", "DATA", "STATE", "CACHE")}
        own = {"HOME": str(self._home), "GWCTL_NO_LOCAL": "1", "GWCTL_ACTOR": ACTOR, "PGTZ": ZONE}
        own |= {"LITELLM_SALT_KEY": self._salt_key}
        return {**super()._variables(), **places, **own}
