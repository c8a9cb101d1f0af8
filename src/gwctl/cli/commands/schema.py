"""gwctl schema: the JSON Schema of manifests."""

from __future__ import annotations

import json
import sys

from gwctl.cli.work import kinds


def schema() -> None:
    """Print the JSON Schema of manifests, for editors.

    An editor with a YAML language server reads it from the first line of a manifest:
    # yaml-language-server: $schema=gwctl.schema.json

    Example: gwctl schema > gwctl.schema.json
    """
    from gwctl.core.manifest_schema import schema as described

    sys.stdout.write(json.dumps(described(kinds()), indent=2, ensure_ascii=False) + "\n")
