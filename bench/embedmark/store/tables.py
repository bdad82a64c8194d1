"""Derived tables as CSV bytes, and writing all derived files of a run."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from embedmark.files import printable, write_atomically
from embedmark.store.cells import Cell, CsvRow, format_row
from embedmark.store.columns import DERIVED, DERIVED_AT_NEED
from embedmark.store.digests import parse

ChangeRow = Callable[[str, dict[str, str]], dict[str, str] | None]


def table_bytes(rows: Sequence[Mapping[str, Cell]], columns: Sequence[str]) -> bytes:
    """Return the table as UTF-8 CSV with `\\n` line ends, the same bytes for the same rows."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(format_row(row, columns) for row in rows)
    return buffer.getvalue().encode("utf-8")


def sorted_rows(data: bytes, columns: Sequence[str], key: Callable[[dict[str, str]], int]) -> bytes:
    """Return a raw file with its rows in the order of `key`; rows with the same key stay in their order."""
    header, rows = parse(data)
    named = sorted((dict(zip(header, cells, strict=True)) for cells in rows), key=key)
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([row.get(column, "") for column in columns] for row in named)
    return buffer.getvalue().encode("utf-8")


def changed_rows(name: str, columns: Sequence[str], change: ChangeRow, data: bytes) -> bytes:
    """Return a raw file with its rows changed or dropped; a last line that a kill has cut is gone."""
    header, rows = parse(data)
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    for cells in rows:
        kept = change(name, dict(zip(header, cells, strict=True)))
        if kept is not None:
            writer.writerow([kept.get(column, "") for column in columns])
    return buffer.getvalue().encode("utf-8")


def derived_files(tables: Mapping[str, Sequence[CsvRow]], reports: Mapping[str, str]) -> dict[str, bytes]:
    """Name -> bytes of every derived file: the tables of a run, and the rendered reports."""
    wanted = DERIVED | {name: columns for name, columns in DERIVED_AT_NEED.items() if name in tables}
    files = {name: table_bytes([row.cells() for row in tables[name]], columns) for name, columns in wanted.items()}
    return files | {name: printable(text).encode("utf-8") for name, text in reports.items()}


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write each file of a run whole or not at all. Raises OSError."""
    for name, data in files.items():
        write_atomically(folder / name, data)
