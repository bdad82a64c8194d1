"""Rows of a data file, whatever its format: cells in columns, or objects with keys, and the place of each row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embedmark.datasets.columns import AnyColumns, Column, Columns
from embedmark.errors import DatasetError, did_you_mean, listing

_FEW = 4  # texts of a list that hints name one by one


class MissingColumnError(DatasetError):
    """A column, or a key, that a file does not have.

    Attributes:
        guess: the columns that were probably meant; None if that cannot be told.
        is_solved: True if the hint was tried on the file.
        is_whole: True if the first line has a name for each of several columns: the table is not below it.
        below: rows to skip and columns by number, if several header rows or merged cells leave columns without names.
        questions: the columns of questions and of passages, if the file has these instead.
    """

    guess: Columns | None = None
    is_whole: bool = False
    below: tuple[int, Columns] | None = None
    questions: tuple[str, str] | None = None
    is_solved: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a data file.

    Attributes:
        line: where it begins, counted from 1: a line of a text file, a row of a sheet, or a record.
        cells: its cells in order, or its values by key.
        problem: why it cannot be used, if it cannot.
    """

    line: int
    cells: Sequence[Any] | Mapping[str, Any] = ()
    problem: DatasetError | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one data file.

    Attributes:
        path: the file.
        rows: without the header line.
        names: the header line's, or the first object's keys; () where there is no header line.
        header_line: where the header line is; 0 where there is none.
        unit: what `line` counts: `line`, `row` or `record`.
        text: the whole text of a text table, else "".
        note: what is said of how they were found.
    """

    path: Path
    rows: Sequence[Row]
    names: tuple[str, ...] = ()
    header_line: int = 0
    unit: str = "line"
    text: str = ""
    note: str = ""

    def where(self, line: int) -> str:
        """Return `FILE:LINE`, or `FILE, record N` where a record is not a line."""
        return f"{self.path}:{line}" if self.unit == "line" else f"{self.path}, {self.unit} {line}"


def value_at(row: Row, column: Column, places: Mapping[Column, int]) -> Any:
    """Return what a row has in a column. Raises KeyError where an object lacks the key.

    Args:
        row: one without a problem.
        column: one of the layout's.
        places: by column the index of its cell; says nothing of an object.
    """
    if isinstance(row.cells, Mapping):
        return _at_path(row.cells, str(column))
    return row.cells[places[column]]


def has_key(cells: Mapping[str, Any], key: str) -> bool:
    """Return True if an object has a key, or a dotted path to one."""
    try:
        _at_path(cells, key)
    except KeyError:
        return False
    return True


def paths_in(cells: Mapping[str, Any], prefix: str = "", depth: int = 3) -> list[str]:
    """Return every dotted path to a value of an object, for hints."""
    found = []
    for key, value in cells.items():
        if isinstance(value, dict) and depth > 1:
            found += paths_in(value, f"{prefix}{key}.", depth - 1)
        elif isinstance(value, list) and 1 < len(value) <= _FEW and all(isinstance(one, str) for one in value):
            found += [f"{prefix}{key}.{place}" for place in range(len(value))]
        else:
            found.append(f"{prefix}{key}")
    return found


def missing_key(cells: Mapping[str, Any], key: str, columns: AnyColumns, hint: str = "") -> MissingColumnError:
    """Return the error of an object that lacks a key."""
    near = did_you_mean(key, [*cells, *paths_in(cells)])
    keys = f"its keys are {listing(paths_in(cells))}" if cells else "the object is empty"
    other = hint or f"name them: `{columns.example()}`"
    said = f"{near} {keys}" if near else f"{keys}; {other}"
    return MissingColumnError(f"there is no key {key!r} in this object", hint=said)


def _at_path(cells: Mapping[str, Any], key: str) -> Any:
    if key in cells:
        return cells[key]
    value: Any = cells
    for i, part in enumerate(parts := key.split(".")):
        if isinstance(value, Mapping) and ".".join(parts[i:]) in value:
            return value[".".join(parts[i:])]
        if isinstance(value, Mapping) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            raise KeyError(key)
    return value
