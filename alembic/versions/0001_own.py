"""gwctl's own tables: change sets, the images of the rows that these touched, and what sets of manifests own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001_own"
down_revision = None
branch_labels = ("own",)
depends_on = None

SCHEMA = "gwctl"


def upgrade() -> None:
    op.create_table(
        "change_set",
        sa.Column("id", sa.TEXT, nullable=False),
        sa.Column("gateway_schema", sa.TEXT, nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("actor", sa.TEXT, nullable=False),
        sa.Column("session_user", sa.TEXT, nullable=False),
        sa.Column("reason", sa.TEXT),
        sa.Column("command", sa.TEXT, nullable=False),
        sa.Column("set_name", sa.TEXT),
        sa.Column("undo_of", sa.TEXT),
        sa.PrimaryKeyConstraint("id", name="change_set_pkey"),
        sa.Index("change_set_gateway_schema_at_idx", "gateway_schema", "at"),
        schema=SCHEMA,
    )
    op.create_table(
        "row_image",
        sa.Column("change_set_id", sa.TEXT, nullable=False),
        sa.Column("seq", sa.BIGINT, nullable=False, autoincrement=False),
        sa.Column("gateway_schema", sa.TEXT, nullable=False),
        sa.Column("table_name", sa.TEXT, nullable=False),
        sa.Column("object_id", sa.TEXT, nullable=False),
        sa.Column("action", sa.TEXT, nullable=False),
        sa.Column("key_before", JSONB),
        sa.Column("key_after", JSONB),
        sa.Column("before", JSONB),
        sa.Column("after", JSONB),
        sa.PrimaryKeyConstraint("change_set_id", "seq", name="row_image_pkey"),
        sa.ForeignKeyConstraint(
            ["change_set_id"],
            [f"{SCHEMA}.change_set.id"],
            name="row_image_change_set_id_fkey",
            ondelete="CASCADE",
        ),
        sa.Index("row_image_gateway_schema_table_name_object_id_idx", "gateway_schema", "table_name", "object_id"),
        schema=SCHEMA,
    )
    op.create_table(
        "owned_object",
        sa.Column("gateway_schema", sa.TEXT, nullable=False),
        sa.Column("set_name", sa.TEXT, nullable=False),
        sa.Column("kind", sa.TEXT, nullable=False),
        sa.Column("object_id", sa.TEXT, nullable=False),
        sa.Column("change_set_id", sa.TEXT, nullable=False),
        sa.PrimaryKeyConstraint("gateway_schema", "kind", "object_id", name="owned_object_pkey"),
        sa.Index("owned_object_gateway_schema_set_name_idx", "gateway_schema", "set_name"),
        schema=SCHEMA,
    )


def downgrade() -> None:
    for table in ("owned_object", "row_image", "change_set"):
        op.drop_table(table, schema=SCHEMA)
