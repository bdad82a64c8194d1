"""What every row of a derived table is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self, TypeVar

from embedmark.store.cells import Cell


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row: its fields are the columns of its table, in order."""

    def cells(self) -> dict[str, Cell]:
        """Return every cell by its column, for whoever takes the columns of any table as they come."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def __getitem__(self, column: str) -> Cell:
        """Return the cell of a column that is not known before. Raises KeyError."""
        try:
            cell: Cell = getattr(self, column)
        except AttributeError:
            raise KeyError(column) from None
        return cell

    def __or__(self, changes: Mapping[str, Cell]) -> Self:
        """Return the row with other cells in these columns."""
        given: Any = changes
        return replace(self, **given)


Made = TypeVar("Made", bound=TableRow)


def made(kind: type[Made], rows: Iterable[Mapping[str, Cell]], digits: int = 10) -> list[Made]:
    """Return rows of a table, floats rounded to `digits` significant digits. Raises TypeError for another column.

    Sums in another order, as on a machine with other vector units, differ in the 16th digit; files that are compared
    byte for byte must not.
    """
    return [kind(**_rounded(row, digits)) for row in rows]


def rounded_rows(rows: Iterable[Made], digits: int = 10) -> list[Made]:
    """Return rows with their floats rounded, as made() does."""
    return [row | _rounded(row.cells(), digits) for row in rows]


def _rounded(row: Mapping[str, Cell], digits: int) -> dict[str, Any]:
    return {name: float(f"{v:.{digits}g}") if isinstance(v, float) else v for name, v in row.items()}
