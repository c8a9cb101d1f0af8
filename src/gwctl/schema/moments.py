"""The type of a moment as the gateway stores it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Dialect
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import TypeDecorator, TypeEngine


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
