"""`python -m gwctl`: the same program as the console script."""

from __future__ import annotations

from gwctl.cli.main import run

if __name__ == "__main__":
    run()
