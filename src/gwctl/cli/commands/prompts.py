"""gwctl prompts: what every entity has, and versions."""

from __future__ import annotations

from gwctl.cli import crud
from gwctl.cli.render import Column, Kind
from gwctl.cli.versions import add_versions
from gwctl.cli.work import kinds

app = crud.build("prompt")

VERSIONS = [
    Column("id", Kind.NAME), Column("version", Kind.COUNT), Column("litellm_params", Kind.JSON),
    Column("created_at", Kind.TIME), Column("prompt_info", Kind.JSON, wide=True),
]  # fmt: skip
add_versions(app, kinds().entity("prompt"), VERSIONS)
