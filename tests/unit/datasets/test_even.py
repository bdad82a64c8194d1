"""A table that is read as one list of cells gives what the same table gives line by line."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from embedmark.datasets import Columns
from embedmark.datasets.even import EvenRows, even_cells
from embedmark.datasets.layout import Layout
from embedmark.datasets.pair import EvenPairs
from embedmark.datasets.pairs import pick_pairs
from embedmark.datasets.records import split_plain
from embedmark.datasets.tables import rows_of_table

PATH = Path("made.tsv")
PIECES = ("a", "é", "한", "😀", '"', " ", "\t", "\t", "\n", "\n", "\u2028", "\r", "\r\n", "1")


@pytest.mark.parametrize("seed", range(300))
def test_cells_are_those_of_the_lines(seed: int) -> None:
    draw = random.Random(seed)
    text = "".join(draw.choices(PIECES[: draw.choice([11, 14])], k=draw.randrange(1, 12)))
    if seed % 2:
        text = "".join(f"{draw.choice('ab ')}\t{draw.choice(PIECES[:6])}{draw.choice(['', chr(10)])}" for _ in range(3))

    found = even_cells(text, "\t")

    if found is not None:
        cells, width = found
        records = split_plain(text, "\t", PATH)
        assert [cells[i : i + width] for i in range(0, len(cells), width)] == [record.cells for record in records]
        assert [record.line for record in records] == list(range(1, len(records) + 1))


@pytest.mark.parametrize("text", ["", "\n", "a\n", "a\tb\n\n", "a\tb\nc\n", "a\tb\r\n", "a\tb\n \n", "a\tb\nc\td\te\n"])
def test_other_tables_are_read_line_by_line(text: str) -> None:
    assert even_cells(text, "\t") is None


def test_pairs_are_those_that_are_read_line_by_line() -> None:
    body = "".join(f"first {i}\tsecond {i}\t{i / 7:.3f}\n" for i in range(50))
    layout = Layout(format="tsv", columns=Columns(sentence1=1, sentence2=2, score=3), quoting="none")

    even = rows_of_table(body, layout, PATH)
    lines = rows_of_table(body.replace("\n", "\r\n"), layout, PATH)

    assert isinstance(even.rows, EvenRows)
    assert not isinstance(lines.rows, EvenRows)
    assert list(even.rows) == list(lines.rows)
    assert even.rows[-1] == lines.rows[-1]
    assert even.rows[3:5] == lines.rows[3:5]
    pairs = pick_pairs(even, layout).pairs
    assert isinstance(pairs, EvenPairs)
    assert tuple(pairs) == pick_pairs(lines, layout).pairs
    assert pairs[-1] == list(pairs)[-1]
    with pytest.raises(IndexError):
        pairs[50]
