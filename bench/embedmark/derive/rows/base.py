"""What every row of a derived table is."""

from __future__ import annotations

from dataclasses import dataclass

from embedmark.store.cells import Cell, CsvRow


@dataclass(frozen=True, slots=True)
class DerivedRow(CsvRow):
    """A row of a derived table."""

    def __getitem__(self, column: str) -> Cell:
        """Return the cell of a column that is chosen at run time. Raises KeyError."""
        try:
            cell: Cell = getattr(self, column)
        except AttributeError:
            raise KeyError(column) from None
        return cell
