"""Rows of raw files as they are measured: their fields are the columns."""

from __future__ import annotations

from dataclasses import fields

import pytest

from embedmark.store.cells import CsvRow
from embedmark.store.columns import ALL_RAW
from embedmark.store.rows import CompressedRow, FailureRow, JudgedRow, NeighbourRow, RankRow, SampleRow
from embedmark.store.table import formatted_rows

KINDS: dict[str, type[CsvRow]] = {
    "samples.csv": SampleRow,
    "failures.csv": FailureRow,
    "neighbours.csv": NeighbourRow,
    "ranks.csv": RankRow,
    "judged.csv": JudgedRow,
    "compressed.csv": CompressedRow,
}


@pytest.mark.parametrize("file", KINDS)
def test_fields_are_the_columns_in_order(file: str) -> None:
    assert tuple(field.name for field in fields(KINDS[file])) == ALL_RAW[file]


def test_only_scores_and_texts_have_no_row_of_their_own() -> None:
    assert ALL_RAW.keys() - KINDS.keys() == {"scores.csv", "texts.csv"}


def test_row_is_written_by_field_order() -> None:
    row = JudgedRow(provider="a", dataset="d", query_id="q", document_id="=x", grade=1, rank=None, score=0.5)

    [line] = formatted_rows([row], ALL_RAW["judged.csv"])

    assert line == ["a", "d", "q", "'=x", "1", "", "0.5"]


def test_row_of_another_file_is_refused() -> None:
    with pytest.raises(KeyError, match="no such column"):
        list(formatted_rows([FailureRow()], ALL_RAW["ranks.csv"]))
