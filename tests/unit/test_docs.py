"""What the documents say is what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from embedmark.store.columns import DERIVED, RAW

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", [*RAW, *DERIVED])
def test_every_column_is_documented_under_its_file(name: str) -> None:
    text = (ROOT / "results/README.md").read_text(encoding="utf-8")
    section = text.partition(f"## {name}\n")[2].partition("\n## ")[0]
    words = set(re.findall(r"\w+", section))
    assert [column for column in {**RAW, **DERIVED}[name] if column not in words] == []
