"""The schema of record as data says what the models say."""

from __future__ import annotations

from gwctl import schema
from gwctl.schema import record
from support.record import FILE, text


def test_data_and_models_agree() -> None:
    assert FILE.read_text(encoding="utf-8") == text(), "the models changed: python tests/support/record.py"


def test_every_table_is_known_and_no_other() -> None:
    assert [name for name in schema.TABLES if record.table(name) is None] == []
    assert record.table("LiteLLM_NoSuchTable") is None
