"""gwctl convert: a manifest out of a proxy's own configuration file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from gwctl.cli import session as sessions
from gwctl.cli.work import kinds


def convert(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The proxy's config.yaml.", show_default=False)],
) -> None:
    """Write a manifest of what a proxy's own configuration file defines: models, guardrails, MCP servers and more.

    Secrets are not carried over: the manifest names environment variables in their place. What cannot be said in a
    manifest is told on stderr.

    Example: gwctl convert config.yaml > gateway.yaml
    """
    from gwctl.core import proxy_file
    from gwctl.core.manifest.writing import dump
    from gwctl.questions import conversion

    converted = conversion.manifest(proxy_file.read(file), kinds())
    if converted.manifest:
        sys.stdout.write(dump(converted.manifest))
    for note in converted.notes:
        sessions.current().note(note)
