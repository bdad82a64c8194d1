"""Rows that are held as columns: ten million rows of scores are written without a dict for each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import repeat
from math import isnan
from typing import TYPE_CHECKING, Any, overload

from embedmark.store.cells import Cell, CsvRow, Row, format_cell, format_row

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Column = Cell | Sequence[Cell] | npt.NDArray[np.generic]

AnyRow = CsvRow | Mapping[str, Cell]  # a row that is measured, or one that is read back or was sent here
_BLOCK = 8192  # rows that are formatted together


class ColumnRows(Sequence[Row]):
    """Rows of a raw file as columns; each row is made when it is asked for.

    Args:
        columns: by name one value for every row, or a value a row: an array (n,), or a sequence of n.
        n: how many rows there are.
    """

    def __init__(self, columns: Mapping[str, Column], n: int) -> None:
        self.columns = columns
        self._n = n

    def __len__(self) -> int:
        return self._n

    @overload
    def __getitem__(self, i: int) -> Row: ...
    @overload
    def __getitem__(self, i: slice) -> Sequence[Row]: ...
    def __getitem__(self, i: int | slice) -> Row | Sequence[Row]:
        if isinstance(i, slice):
            return [self[k] for k in range(*i.indices(self._n))]
        if not -self._n <= i < self._n:
            raise IndexError(i)
        return {name: _at(column, i) for name, column in self.columns.items()}

    def lines(self, names: Sequence[str]) -> Iterator[tuple[str, ...]]:
        """Yield the cells of each row, in the order of `names`; a column that is not there is empty.

        Raises KeyError for a column that `names` does not have.
        """
        unknown = self.columns.keys() - set(names)
        if unknown:
            raise KeyError(f"no such column: {', '.join(sorted(unknown))}")
        for start in range(0, self._n, _BLOCK):
            n = min(_BLOCK, self._n - start)
            yield from zip(*(_cells(self.columns.get(name), start, n) for name in names), strict=True)


def formatted_rows(rows: Iterable[AnyRow], names: Sequence[str]) -> Iterable[Sequence[str]]:
    """Return the cells of each row, formatted; raises KeyError for a column that `names` does not have."""
    if isinstance(rows, ColumnRows):
        return rows.lines(names)
    empty: Row = dict.fromkeys(names)
    return [format_row(row.cells() if isinstance(row, CsvRow) else {**empty, **row}, names) for row in rows]


def _is_one_value(column: Any) -> bool:
    return column is None or isinstance(column, str | int | float)


def _at(column: Column, i: int) -> Cell:
    if _is_one_value(column):
        return column  # type: ignore[return-value]
    value: Any = column[i]  # type: ignore[index]
    found: Cell = value.item() if hasattr(value, "item") else value
    return found


def _cells(column: Any, start: int, n: int) -> Any:
    """Return the cells of a column from a place on, formatted."""
    if _is_one_value(column):
        return repeat(format_cell(column), n)
    block = column[start : start + n]
    if not hasattr(block, "dtype"):
        return block if _is_simple(block) else [format_cell(value) for value in block]
    values = block.tolist()
    if block.dtype.kind == "i":
        return list(map(str, values))
    return ["" if isnan(value) else repr(value) for value in values]


def _is_simple(block: Sequence[Any]) -> bool:
    """Return True if all values are texts of digits, such as the numbers of pairs, which are written as they are."""
    return all(isinstance(value, str) for value in block) and "".join(block).isdecimal()
