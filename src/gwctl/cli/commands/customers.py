"""gwctl customers: what every entity has, and the reset of their spend."""

from __future__ import annotations

from gwctl.cli import crud
from gwctl.cli.resets import add_reset_spend
from gwctl.cli.work import kinds

app = crud.build("customer")
add_reset_spend(app, kinds().entity("customer"))
