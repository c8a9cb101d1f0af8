"""Pages agree with the program."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from support.source import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "examples").glob("*.md"))]
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")
PLACE = re.compile(r"`((?:tests|core|cli|schema|entities|rules|examples|docs)/[\w/.-]+\.\w+)`")


def test_page_of_commands_is_what_the_program_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    path = ROOT / "docs" / "generate.py"
    spec = importlib.util.spec_from_file_location("generate", path)
    assert spec is not None
    assert spec.loader is not None
    page = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(page)
    assert page.PAGE.read_text(encoding="utf-8") == page.text(), "write it anew: python docs/generate.py"


def test_page_of_benchmarks_is_made_of_the_figures() -> None:
    spec = importlib.util.spec_from_file_location("record", ROOT / "benchmarks" / "record.py")
    assert spec is not None
    assert spec.loader is not None
    record = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(record)
    assert record.PAGE.read_text() == record.page(), "run `python benchmarks/record.py`"
    assert record.CHART.read_text() == record.chart(), "run `python benchmarks/record.py`"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_page_names_what_there_is(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    missing = [link for link in LINK.findall(text) if not (page.parent / link).exists()]
    missing += [place for place in PLACE.findall(text) if not ((ROOT / place).exists() or _in_package(place))]
    assert missing == []


def _in_package(place: str) -> bool:
    return (ROOT / "src" / "gwctl" / place).exists()
