"""Parquet, Arrow and Excel files as rows: known by their first bytes, read by pyarrow and calamine."""

from __future__ import annotations

import importlib
import io
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from embedmark.datasets.packed import is_spreadsheet
from embedmark.datasets.rows import Row, Rows
from embedmark.errors import DatasetError, did_you_mean, listing
from embedmark.files import install_command

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # Excel's .xls of 1997 to 2003


def binary_format(data: bytes) -> str | None:
    """Return parquet, arrow or excel by a file's first bytes; None for another file."""
    if data[:4] == b"PAR1":
        return "parquet"
    if data[:6] == b"ARROW1" or data[:4] == b"\xff\xff\xff\xff":
        return "arrow"
    if data[:8] == _OLE or (data[:2] == b"PK" and is_spreadsheet(data)):
        return "excel"
    return None


def rows_of_parquet(data: bytes, path: Path) -> Rows:
    """Return rows of a Parquet file. Raises DatasetError."""

    def read(pyarrow: Any) -> Any:
        file = importlib.import_module("pyarrow.parquet").ParquetFile(pyarrow.BufferReader(data))
        _refuse_twice(file.schema_arrow.names, path)
        return file.read()

    return _arrow_rows(path, "Parquet", read)


def rows_of_arrow(data: bytes, path: Path) -> Rows:
    """Return rows of an Arrow or Feather file, or of a stream as the hub's datasets keep them. Raises DatasetError."""

    def read(pyarrow: Any) -> Any:
        ipc = importlib.import_module("pyarrow.ipc")
        opened = ipc.open_file if data[:6] == b"ARROW1" else ipc.open_stream
        return opened(pyarrow.BufferReader(data)).read_all()

    return _arrow_rows(path, "Arrow", read)


def rows_of_excel(data: bytes, path: Path, sheet: str | int | None, skip: int, header: bool) -> Rows:
    """Return rows of a sheet, with the header line's names where there is one. Rows count as Excel shows them.

    Raises:
        DatasetError: damaged; no such sheet; an empty one; python-calamine is not installed.
    """
    book = _book(data, path)
    names = list(book.sheet_names)
    name = _sheet(names, sheet, path)
    try:
        # skip_empty_area=False: a row's number is then the one that Excel shows.
        table = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except Exception as error:  # noqa: BLE001 - likewise
        raise _damaged(path, "Excel", error) from None
    rows = _sheet_rows(table[skip:], path, skip, header, name)
    others = [other for other in names if other != name]
    if sheet is None and others:
        return replace(rows, note=f"read from the sheet {name!r}; `sheet:` takes another one: {listing(others)}")
    return rows


def sheet_names(data: bytes, path: Path) -> list[str]:
    """Return the names of the sheets of an Excel file. Raises DatasetError."""
    return list(_book(data, path).sheet_names)


def _book(data: bytes, path: Path) -> Any:
    calamine = _library("python_calamine", "Excel files", "python-calamine", path)
    try:
        return calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    except Exception as error:  # noqa: BLE001 - the reader of a format raises its own kinds
        raise _damaged(path, "Excel", error) from None


def _sheet_rows(table: list[list[Any]], path: Path, skip: int, header: bool, name: str) -> Rows:
    filled = [Row(n, [_cell(cell) for cell in cells]) for n, cells in enumerate(table, start=skip + 1)]
    filled = [row for row in filled if any(cell != "" for cell in row.cells)]
    if not filled:
        raise DatasetError(f"the sheet {name!r} is empty", where=str(path), hint="name another one: `sheet: NAME`")
    if not header:
        return Rows(path=path, rows=filled, unit="row")
    names = tuple(str(cell) for cell in filled[0].cells)
    return Rows(path=path, rows=filled[1:], names=names, header_line=filled[0].line, unit="row")


def _sheet(names: list[str], sheet: str | int | None, path: Path) -> str:
    if sheet is None:
        return names[0]
    if isinstance(sheet, int):
        if 1 <= sheet <= len(names):
            return names[sheet - 1]
        hint = f"sheets are numbered 1 to {len(names)}: {listing(names)}"
        raise DatasetError(f"there is no sheet {sheet}", where=str(path), hint=hint)
    if sheet in names:
        return sheet
    near = did_you_mean(sheet, names)
    raise DatasetError(
        f"there is no sheet {sheet!r}", where=str(path), hint=" ".join(filter(None, (near, f"it has {listing(names)}")))
    )


def _cell(value: Any) -> Any:
    """Return a cell; a whole number without decimals, as Excel shows it."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _arrow_rows(path: Path, title: str, read: Callable[[Any], Any]) -> Rows:
    pyarrow = _library("pyarrow", f"{title} files", "pyarrow", path)
    try:
        table = read(pyarrow)
        names = tuple(table.column_names)
        _refuse_twice(names, path)
        records = _with_texts(pyarrow, table).to_pylist()
    except DatasetError:
        raise
    except Exception as error:  # noqa: BLE001 - the reader of a format raises its own kinds
        raise _damaged(path, title, error) from None
    if not records:
        raise DatasetError("the file has no rows", where=str(path), hint="give at least two pairs")
    rows = [Row(n, {key: _null(value) for key, value in cells.items()}) for n, cells in enumerate(records, start=1)]
    return Rows(path=path, rows=rows, names=names, unit="record")


def _refuse_twice(names: Sequence[str], path: Path) -> None:
    twice = next((name for name in names if list(names).count(name) > 1), None)
    if twice is not None:
        raise DatasetError(f"the file has the column {twice!r} twice", where=str(path), hint="rename one of them")


def _with_texts(pyarrow: Any, table: Any) -> Any:
    """Return a table whose columns of bytes are texts where all of them are UTF-8: some writers mark no text."""
    for place, column in enumerate(table.schema):
        if pyarrow.types.is_binary(column.type) or pyarrow.types.is_large_binary(column.type):
            try:
                texts = table.column(place).cast(pyarrow.large_string())
            except pyarrow.ArrowInvalid:
                continue
            table = table.set_column(place, column.name, texts)
    return table


def _null(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value


def _library(module: str, what: str, package: str, path: Path) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError:
        raise DatasetError(
            f"{what} need {package}, not installed here", where=str(path), hint=install_command("files")
        ) from None


def _damaged(path: Path, title: str, error: Exception) -> DatasetError:
    reason = " ".join(str(error).split())[:160] or type(error).__name__
    return DatasetError(f"this {title} file is damaged: {reason}", where=str(path), hint="fetch or save it again")
