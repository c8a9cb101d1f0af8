"""gwctl agents: what every entity has, and whom everybody is shown."""

from __future__ import annotations

from gwctl.cli import crud
from gwctl.cli.showing import add_showing
from gwctl.cli.work import kinds

app = crud.build("agent")
add_showing(app, kinds().entity("agent"))
