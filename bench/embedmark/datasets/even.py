"""A plain table whose lines all have the same number of cells: one list of cells, without an object a line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, overload

from embedmark.datasets.rows import Row

_CHUNK: Final = 2**22  # characters that are split together


class EvenRows(Sequence[Row]):
    """The rows of such a table; each is made when it is asked for.

    Args:
        cells: of all rows, row by row.
        width: how many cells a row has.
        first_line: the line of the first row.
    """

    def __init__(self, cells: list[str], width: int, first_line: int) -> None:
        self._cells = cells
        self.width = width
        self.first_line = first_line

    def __len__(self) -> int:
        return len(self._cells) // self.width

    @overload
    def __getitem__(self, i: int) -> Row: ...
    @overload
    def __getitem__(self, i: slice) -> list[Row]: ...
    def __getitem__(self, i: int | slice) -> Row | list[Row]:
        if isinstance(i, slice):
            return [self[k] for k in range(*i.indices(len(self)))]
        if not -len(self) <= i < len(self):
            raise IndexError(i)
        place = i % len(self)
        return Row(self.first_line + place, self._cells[place * self.width : (place + 1) * self.width])

    def __iter__(self) -> Iterator[Row]:
        return (self[i] for i in range(len(self)))

    def column(self, place: int) -> list[str]:
        """Return the cells of a column."""
        return self._cells[place :: self.width]


def even_cells(text: str, delimiter: str) -> tuple[list[str], int] | None:
    """Return the cells of an unquoted table, line by line, and how many each line has; None where lines differ.

    None is also the answer for lines of one cell, and for a file with a carriage return or a blank line.
    """
    end = len(text) - text.endswith("\n")
    if "\r" in text or end == 0:
        return None
    width = text[: text.find("\n") if "\n" in text else end].count(delimiter) + 1
    if width < 2:
        return None
    cells: list[str] = []
    start = 0
    while start <= end:
        stop = text.find("\n", min(start + _CHUNK, end), end)
        stop = end if stop < 0 else stop
        lines = text[start:stop].split("\n")
        if any(line.count(delimiter) != width - 1 for line in lines):
            return None
        cells += delimiter.join(lines).split(delimiter)
        start = stop + 1
    return cells, width
