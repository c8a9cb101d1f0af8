"""What gwctl keeps for itself, in a PostgreSQL schema of its own: `gwctl`.

Nothing of it may lie in the gateway's schema, whose proxy drops what it does not know. Several gateways in schemas of
one database share these tables, so each row that belongs to one bears its PostgreSQL schema, `gateway_schema`.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from sqlalchemy import BIGINT, ForeignKey, Index, MetaData, PrimaryKeyConstraint, Table
from sqlalchemy.dialects.postgresql import JSONB, TEXT, TIMESTAMP
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

SCHEMA = "gwctl"

Text = Annotated[str, mapped_column(TEXT)]
Json = Annotated[Any, mapped_column(JSONB(none_as_null=True))]


class OwnBase(DeclarativeBase):
    """gwctl's own tables."""

    metadata = MetaData(schema=SCHEMA)


class ChangeSet(OwnBase):
    """What one command did: who, when, why, and the command line without its secrets."""

    __tablename__ = "change_set"
    __table_args__ = (
        PrimaryKeyConstraint("id", name="change_set_pkey"),
        Index("change_set_gateway_schema_at_idx", "gateway_schema", "at"),
    )

    id: Mapped[Text]
    gateway_schema: Mapped[Text]
    at: Mapped[dt.datetime] = mapped_column(TIMESTAMP(timezone=True))
    actor: Mapped[Text]
    session_user: Mapped[Text]
    reason: Mapped[Text | None]
    command: Mapped[Text]
    set_name: Mapped[Text | None]
    undo_of: Mapped[Text | None]


class RowImage(OwnBase):
    """A row that a change set touched, in any table, as it was and as it became. `seq` is the order within the set.

    `object_id` is the primary key's values joined by a colon: the key after the change, a deleted row's before it.
    """

    __tablename__ = "row_image"
    __table_args__ = (
        PrimaryKeyConstraint("change_set_id", "seq", name="row_image_pkey"),
        Index("row_image_gateway_schema_table_name_object_id_idx", "gateway_schema", "table_name", "object_id"),
    )

    change_set_id: Mapped[Text] = mapped_column(
        ForeignKey(ChangeSet.id, name="row_image_change_set_id_fkey", ondelete="CASCADE")
    )
    seq: Mapped[int] = mapped_column(BIGINT, autoincrement=False)
    gateway_schema: Mapped[Text]
    table_name: Mapped[Text]
    object_id: Mapped[Text]
    action: Mapped[Text]
    """insert, update or delete"""
    key_before: Mapped[Json | None]
    key_after: Mapped[Json | None]
    before: Mapped[Json | None]
    after: Mapped[Json | None]


class OwnedObject(OwnBase):
    """An object that a named set of manifests added, and so may take away again."""

    __tablename__ = "owned_object"
    __table_args__ = (
        PrimaryKeyConstraint("gateway_schema", "kind", "object_id", name="owned_object_pkey"),
        Index("owned_object_gateway_schema_set_name_idx", "gateway_schema", "set_name"),
    )

    gateway_schema: Mapped[Text]
    set_name: Mapped[Text]
    kind: Mapped[Text]
    object_id: Mapped[Text]
    change_set_id: Mapped[Text]


CHANGE_SET: Table = OwnBase.metadata.tables[f"{SCHEMA}.change_set"]
ROW_IMAGE: Table = OwnBase.metadata.tables[f"{SCHEMA}.row_image"]
OWNED_OBJECT: Table = OwnBase.metadata.tables[f"{SCHEMA}.owned_object"]
TABLES = ("change_set", "row_image", "owned_object")
