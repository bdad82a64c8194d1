"""What every row of a derived table is."""

from __future__ import annotations

from dataclasses import dataclass, fields

from embedmark.store.cells import Cell


@dataclass(frozen=True, slots=True)
class DerivedRow:
    """A row: its fields are the columns of its table, in order."""

    def cells(self) -> dict[str, Cell]:
        """Return every cell by its column, for whoever takes the columns of any table as they come."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def __getitem__(self, column: str) -> Cell:
        """Return the cell of a column that is chosen at run time. Raises KeyError."""
        try:
            cell: Cell = getattr(self, column)
        except AttributeError:
            raise KeyError(column) from None
        return cell
