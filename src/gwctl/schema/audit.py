"""Who changed what, as the gateway tells it."""

from __future__ import annotations

from sqlalchemy import PrimaryKeyConstraint
from sqlalchemy.orm import Mapped

from gwctl.schema.base import Base, Blank, Json, Now, Text


class AuditLog(Base):
    """A change of an object, with what it was before and after."""

    __tablename__ = "LiteLLM_AuditLog"
    __table_args__ = (PrimaryKeyConstraint("id", name="LiteLLM_AuditLog_pkey"),)

    id: Mapped[Text]
    updated_at: Mapped[Now]
    changed_by: Mapped[Blank]
    changed_by_api_key: Mapped[Blank]
    action: Mapped[Text]
    table_name: Mapped[Text]
    object_id: Mapped[Text]
    before_value: Mapped[Json | None]
    updated_values: Mapped[Json | None]
