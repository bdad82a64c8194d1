"""A table as plain values, whatever renders it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from embedmark.language import gettext as _
from embedmark.report.text.numbers import DASH

if TYPE_CHECKING:
    from embedmark.derive.rows.quality import SummaryRow
    from embedmark.derive.rows.tables import Tables
    from embedmark.store.cells import Cell


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the summary table, shown on terminals of at least `min_width` columns."""

    title: str
    numeric: bool = True
    min_width: int = 0
    goes_first: bool = False  # is dropped before all others where a terminal is too narrow


@dataclass(frozen=True, slots=True)
class DatasetTable:
    """The summary of one dataset: a heading, formatted cells with the values they sort by, notes under the table."""

    heading: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    values: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...]
    is_matrix: bool = False

    def filled(self) -> list[int]:
        """Return the places of the columns in which a row has a value; the first column is always among them."""
        return [i for i in range(len(self.columns)) if i == 0 or any(row[i] not in ("", DASH) for row in self.rows)]


def translated(columns: Sequence[Column]) -> tuple[Column, ...]:
    """Return columns with their titles in the current language."""
    return tuple(replace(column, title=_(column.title)) for column in columns)


def ranked_rows(tables: Tables, dataset: str) -> list[SummaryRow]:
    """Return a dataset's rows of summary.csv, the highest value first; rows without a value come last, in order."""
    rows = [row for row in tables["summary.csv"] if row.dataset == dataset]
    return sorted(rows, key=lambda row: -row.value if row.value is not None else float("inf"))
