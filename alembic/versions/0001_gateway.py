"""The gateway's tables as LiteLLM 1.82.2 to 1.82.4 has them.

The statements stand in the file beside this one, for they have to be Prisma's to the letter: Alembic's own words cannot
say some of them (a serial's sequence, index names that Prisma cut), and one round trip makes all.
"""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0001_gateway"
down_revision = None
branch_labels = ("gateway",)
depends_on = None


def upgrade() -> None:
    op.get_bind().exec_driver_sql(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    raise NotImplementedError("nothing takes a gateway's tables away; drop the database if that is what you want")
