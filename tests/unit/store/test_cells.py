"""How one value is written."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedmark.store.cells import format_cell, format_row
from embedmark.store.columns import ALL_DERIVED, ALL_RAW
from embedmark.store.tables import table_bytes


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""), (math.nan, ""), (0, "0"), (499_500, "499500"), (0.1, "0.1"), (1e-9, "1e-09"), (-0.5, "-0.5"),
        ("한국어", "한국어"), ("=1+1", "'=1+1"), ("-x", "'-x"), ("@a", "'@a"), ("+a", "'+a"), ("a=b", "a=b"), ("", ""),
    ],
)  # fmt: skip
def test_format(value: str | int | float | None, text: str) -> None:
    assert format_cell(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_read_back_equal(value: float) -> None:
    assert float(format_cell(value)) == value


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_texts_cannot_inject_formulas_or_rows(value: str) -> None:
    data = table_bytes([{"a": value, "b": 1}], ["a", "b"]).decode()
    rows = list(csv.reader(io.StringIO(data, newline="")))
    assert len(rows) == 2
    assert rows[1][1] == "1"
    assert not rows[1][0].startswith(("=", "+", "-", "@", "\t", "\r"))


def test_a_row_has_exactly_the_columns_it_should() -> None:
    with pytest.raises(KeyError, match="no such column: x"):
        format_row({"a": 1, "x": 2}, ["a"])
    with pytest.raises(KeyError):
        format_row({}, ["a"])


def test_the_columns_are_pinned() -> None:
    """Other people's scripts read these: a change here is a new schema version."""
    pinned = (Path(__file__).parents[2] / "golden/columns.txt").read_text(encoding="utf-8")
    now = "".join(f"{name}: {', '.join(columns)}\n" for name, columns in {**ALL_RAW, **ALL_DERIVED}.items())
    assert now == pinned
