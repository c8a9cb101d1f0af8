"""The words that the gateway's tables are declared in: the base class and the kinds of columns.

The schema of record is that of LiteLLM 1.82.2 to 1.82.4, as Prisma makes it: every name of a table, constraint and
index is Prisma's own and spelled out, for Prisma cuts long ones in another way than PostgreSQL and SQLAlchemy do.
Foreign keys name their target, so that a module of tables loads without the others; there are no relationships, and
mappers are never configured.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from sqlalchemy import BIGINT, BOOLEAN, INTEGER, ForeignKey, MetaData, text
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, DOUBLE_PRECISION, ENUM, JSONB, TEXT
from sqlalchemy.orm import DeclarativeBase, mapped_column

from gwctl.schema.moments import UtcTimestamp


class Base(DeclarativeBase):
    """The gateway's tables. They bear no PostgreSQL schema: the connection's search path says which gateway's."""

    metadata = MetaData()


def reference(target: str, name: str, on_delete: str = "SET NULL") -> ForeignKey:
    """A foreign key as Prisma writes it; `target` is `table.column`."""
    return ForeignKey(target, name=name, ondelete=on_delete, onupdate="CASCADE")


JSON_TYPE = JSONB(none_as_null=True)  # None is SQL's NULL, not the JSON value null
TEXTS_TYPE = ARRAY(TEXT)

Text = Annotated[str, mapped_column(TEXT)]
Blank = Annotated[str, mapped_column(TEXT, server_default="")]

Texts = Annotated[list[str], mapped_column(TEXTS_TYPE)]
NoTexts = Annotated[list[str], mapped_column(TEXTS_TYPE, server_default=text("ARRAY[]::TEXT[]"))]

Integer = Annotated[int, mapped_column(INTEGER)]
SmallCount = Annotated[int, mapped_column(INTEGER, server_default=text("0"))]
BigInteger = Annotated[int, mapped_column(BIGINT)]
Count = Annotated[int, mapped_column(BIGINT, server_default=text("0"))]

Double = Annotated[float, mapped_column(DOUBLE_PRECISION)]
Zero = Annotated[float, mapped_column(DOUBLE_PRECISION, server_default=text("0.0"))]

Flag = Annotated[bool, mapped_column(BOOLEAN)]
Off = Annotated[bool, mapped_column(BOOLEAN, server_default=text("false"))]
On = Annotated[bool, mapped_column(BOOLEAN, server_default=text("true"))]

Json = Annotated[Any, mapped_column(JSON_TYPE)]
EmptyObject = Annotated[Any, mapped_column(JSON_TYPE, server_default="{}")]
EmptyArray = Annotated[Any, mapped_column(JSON_TYPE, server_default="[]")]

Moment = Annotated[dt.datetime, mapped_column(UtcTimestamp)]
Now = Annotated[dt.datetime, mapped_column(UtcTimestamp, server_default=text("CURRENT_TIMESTAMP"))]

Binary = Annotated[bytes, mapped_column(BYTEA)]
JobStatus = Annotated[str, mapped_column(ENUM("ACTIVE", "INACTIVE", name="JobStatus"))]
