"""One value in one CSV cell: the only place that decides how a number, an empty and a free text are written."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from embedmark.files import printable

Cell = str | int | float | None
Row = dict[str, Cell]


@dataclass(frozen=True, slots=True)
class CsvRow:
    """A row of a file: its fields are the columns, in order."""

    def cells(self) -> Row:
        """Return every cell by its column, for whoever takes the columns of any table as they come."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


# A spreadsheet runs a cell that begins with one of these as a formula (OWASP, "CSV Injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def format_cell(value: Cell) -> str:
    """Return integers without decimals, floats in the shortest text that reads back equal, None and NaN as empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        raise TypeError("a run has no boolean column")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return "" if math.isnan(value) else repr(float(value))
    text = printable(value.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\\0"))
    return "'" + text if text.startswith(_FORMULA) else text


def format_row(row: Mapping[str, Cell], columns: Sequence[str]) -> list[str]:
    """Return the cells of `row` in the order of `columns`. Raises KeyError for a column that the row does not have."""
    unknown = row.keys() - set(columns)
    if unknown:
        raise KeyError(f"no such column: {', '.join(sorted(unknown))}")
    return [format_cell(row[column]) for column in columns]


def text_of(cell: str) -> str:
    """Return the text that `format_cell` wrote: without the mark before what a spreadsheet would run.

    >>> text_of(format_cell("=A1"))
    '=A1'
    """
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell
