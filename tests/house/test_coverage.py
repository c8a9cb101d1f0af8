"""docs/coverage.md is what docs/coverage.py makes of the command tree, and leaves no table out."""

from __future__ import annotations

import importlib.util
from types import ModuleType

import pytest

from gwctl import schema
from support.source import ROOT


@pytest.fixture(scope="module")
def coverage() -> ModuleType:
    spec = importlib.util.spec_from_file_location("coverage_page", ROOT / "docs" / "coverage.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_table_has_commands_or_a_reason(coverage: ModuleType) -> None:
    assert coverage.uncovered() == []
    assert set(coverage.WHY) | set(coverage.ALONG) <= {name.removeprefix("LiteLLM_") for name in schema.TABLES}


def test_page_is_up_to_date(coverage: ModuleType) -> None:
    written = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")
    assert written == coverage.text(), "python docs/coverage.py writes it anew"
