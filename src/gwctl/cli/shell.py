"""psql on the database that gwctl works on. Secrets of the address go by the environment, never by its arguments."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence

from gwctl import urls
from gwctl.errors import Unreachable
from gwctl.settings import Settings
from gwctl.urls import DatabaseUrl

PASSWORD = "PGPASSWORD"  # noqa: S105 - the variable's name


def run(settings: Settings, arguments: Sequence[str]) -> int:
    """Runs psql to its end; its exit status. Raises Unreachable where there is none."""
    program = shutil.which("psql")
    if program is None:
        raise Unreachable("there is no psql on the PATH", "Install PostgreSQL's client programs.")
    assert settings.url is not None
    environment = dict(os.environ) | {"PGAPPNAME": "gwctl db shell"} | _secret(settings.url)
    command = [program, _address(settings.url, read_only=settings.options.read_only), *arguments]
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is psql's: it ends a query there
    try:
        return subprocess.run(command, env=environment, check=False).returncode  # noqa: S603
    finally:
        signal.signal(signal.SIGINT, before)


def _secret(url: DatabaseUrl) -> dict[str, str]:
    password = url.as_dict().get("password")
    return {PASSWORD: password} if password else {}


def _address(url: DatabaseUrl, *, read_only: bool) -> str:
    """The address without secrets, with what the session begins with."""
    parameters = {key: value for key, value in url.parameters if key not in urls.SECRET}
    options = [parameters.get("options", "")]
    if url.schema != "public":
        name = url.schema.replace("\\", "\\\\").replace(" ", "\\ ")
        options.append(f'-c search_path="{name}"')
    if read_only:
        options.append("-c default_transaction_read_only=on")
    if said := " ".join(filter(None, options)):
        parameters["options"] = said
    return DatabaseUrl(tuple(parameters.items()), url.schema).conninfo
