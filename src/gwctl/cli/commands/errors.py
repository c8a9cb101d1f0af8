"""gwctl errors: failed requests as gateways of old logged them, and clearing old ones."""

from __future__ import annotations

from gwctl.cli import kept

app = kept.build("error")
kept.add_prune(app, "error", "endTime")
