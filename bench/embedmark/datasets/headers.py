"""Columns by number, below a header that takes several rows or has merged cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from embedmark.datasets.columns import Columns
from embedmark.datasets.guess import is_number
from embedmark.datasets.layout import Layout, plain_text
from embedmark.datasets.rows import Rows

_LOOKED_AT: Final = 200  # rows
_HEADERS: Final = 3  # rows of names, at most
_TEXTS: Final = 2
_LEAST: Final = 2  # rows of a table


def columns_below(rows: Rows, layout: Layout) -> tuple[int, Columns] | None:
    """Return how many rows to skip, and the columns by number, if the first row does not name each column.

    None for a file that has its names, and where two texts and one score cannot be told.
    """
    has_names = all(name.strip() for name in rows.names)
    if has_names or not rows.header_line or not isinstance(layout.columns, Columns):
        return None
    usable = [row for row in rows.rows[:_LOOKED_AT] if row.problem is None]
    lines = [list(row.cells) for row in usable if not isinstance(row.cells, Mapping)]
    for more in range(min(_HEADERS, len(lines) - _LEAST)):
        found = _columns_of([line for line in lines[more:] if len(line) == len(rows.names)])
        if found is not None:
            return rows.header_line + more, found
    return None


def _columns_of(lines: Sequence[Sequence[Any]]) -> Columns | None:
    columns = list(enumerate(zip(*lines, strict=True), start=1))
    numeric = [place for place, cells in columns if all(map(is_number, cells))]
    scores = [place for place, cells in columns if place in numeric and not _is_running(cells)]
    texts = [place for place, cells in columns if place not in numeric and all(map(_is_filled, cells))]
    if len(texts) != _TEXTS or len(scores) != 1:
        return None
    return Columns(sentence1=texts[0], sentence2=texts[1], score=scores[0])


def _is_running(cells: Sequence[Any]) -> bool:
    """Return True if cells are numbered in order, from 0 or 1."""
    shown = [str(cell) for cell in cells]
    return any(shown == [str(n) for n in range(first, first + len(cells))] for first in (0, 1))


def _is_filled(cell: Any) -> bool:
    return bool(plain_text(cell).strip())
