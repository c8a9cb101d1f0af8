"""Runs the SQL files of tests/data: plain statements, and the COPY blocks that pg_dump writes."""

from __future__ import annotations

import re
from typing import Any

_COPY = re.compile(r"^(COPY [^\n]* FROM stdin);\n(.*?)^\\\.\n", re.MULTILINE | re.DOTALL)


def run_script(connection: Any, text: str) -> None:
    """Runs everything in `text` on a psycopg connection, in order."""
    position = 0
    for block in _COPY.finditer(text):
        connection.execute(text[position : block.start()])
        with connection.cursor().copy(block[1]) as copy:
            copy.write(block[2])
        position = block.end()
    connection.execute(text[position:])
