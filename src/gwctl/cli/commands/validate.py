"""gwctl validate: whether manifests are well, without a database."""

from __future__ import annotations

import sys

from gwctl.cli import manifests
from gwctl.cli import session as sessions
from gwctl.cli.options import OptionalOutput
from gwctl.cli.progress import shown
from gwctl.cli.render import machine
from gwctl.cli.work import kinds
from gwctl.errors import Usage


def validate(
    files: manifests.Files,
    kind: manifests.Kind = None,
    form: manifests.Format = None,
    output: OptionalOutput = None,
) -> None:
    """Check manifests without a database.

    All problems are told at once, with file, line and column; the exit status is 5 if there are any. Whether what they
    refer to is there, only diff and apply can know.

    Example: gwctl validate -f teams.yaml -f keys/
    """
    with shown(sessions.current()) as progress:
        manifest = manifests.read(files, form, kind, progress)
    manifest.check()
    counts = {kinds().entity(name).group: count for name, count in manifest.spool.counts.items()}
    if output not in (None, "table", "json"):
        raise Usage(f"a check has no form {output!r}", "It is table or json.")
    if output == "json":
        sys.stdout.writelines(machine.json_object({"valid": True, "objects": counts}))
        return
    listed = ", ".join(f"{count} {group}" for group, count in counts.items()) or "nothing in them"
    sessions.current().note(f"The manifests are valid: {listed}.")
