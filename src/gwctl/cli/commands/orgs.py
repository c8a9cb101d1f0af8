"""gwctl orgs: what every entity has, and members."""

from __future__ import annotations

from gwctl.cli import crud
from gwctl.cli.membership import add_members
from gwctl.cli.resets import add_reset_spend
from gwctl.cli.work import kinds

app = crud.build("org")
add_reset_spend(app, kinds().entity("org"))
add_members(app, kinds().entity("org"))
