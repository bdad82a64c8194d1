"""A table as plain values, whatever renders it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from embedmark.store.cells import Cell

Row = Mapping[str, Cell]
Tables = Mapping[str, Sequence[Row]]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the summary table, shown on terminals of at least `min_width` columns."""

    title: str
    numeric: bool = True
    min_width: int = 0


@dataclass(frozen=True, slots=True)
class DatasetTable:
    """The summary of one dataset: a heading, formatted cells with the values they sort by, notes under the table."""

    heading: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    values: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...]
