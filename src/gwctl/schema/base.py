"""The words that the gateway's tables are declared in: the base class, the kinds of columns, the type of a moment.

The schema of record is that of LiteLLM 1.82.2 to 1.82.4, as Prisma makes it: every name of a table, constraint and
index is Prisma's own and spelled out, for Prisma cuts long ones in another way than PostgreSQL and SQLAlchemy do.
Foreign keys name their target, so that a module of tables loads without the others; there are no relationships, and
mappers are never configured.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from sqlalchemy import BIGINT, BOOLEAN, INTEGER, Dialect, ForeignKey, MetaData, text
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, DOUBLE_PRECISION, ENUM, JSONB, TEXT, TIMESTAMP
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import TypeDecorator, TypeEngine


class Base(DeclarativeBase):
    """The gateway's tables. They bear no PostgreSQL schema: the connection's search path says which gateway's."""

    metadata = MetaData()


def stored_moment(moment: dt.datetime) -> dt.datetime:
    """`moment` as the gateway stores it: UTC without a zone, cut to milliseconds (PostgreSQL itself would round)."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    utc = moment.astimezone(dt.UTC)
    return utc.replace(tzinfo=None, microsecond=utc.microsecond // 1000 * 1000)


class UtcTimestamp(TypeDecorator[dt.datetime]):
    """TIMESTAMP(3) without a zone that holds UTC: aware datetimes in Python, whatever the session's time zone."""

    impl = TIMESTAMP(precision=3)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, _: Dialect) -> dt.datetime | None:
        return None if value is None else stored_moment(value)

    def process_result_value(self, value: dt.datetime | None, _: Dialect) -> dt.datetime | None:
        return None if value is None else value.replace(tzinfo=dt.UTC)

    def coerce_compared_value(self, op: OperatorType | None, value: Any) -> TypeEngine[Any]:
        """A span of time that is added to a moment is no moment itself."""
        return self if isinstance(value, dt.datetime) else self.impl_instance.coerce_compared_value(op, value)


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
