"""Rows of a data file as mappings, whatever its format: CSV, TSV, JSONL, JSON, Parquet, Arrow or Excel."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from embedmark.datasets.binary import binary_format, rows_of_arrow, rows_of_excel, rows_of_parquet
from embedmark.datasets.decode import decode, note_on_mark, read_bytes
from embedmark.datasets.detect import DELIMITERS, refuse_other
from embedmark.datasets.json_rows import rows_inside
from embedmark.datasets.objects import is_jsonl
from embedmark.datasets.places import read_blob
from embedmark.datasets.records import Record, split_plain, split_quoted
from embedmark.errors import DatasetError, did_you_mean, listing

FORMATS = {
    ".tsv": "tsv", ".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json",
    ".parquet": "parquet", ".pq": "parquet",
    ".arrow": "arrow", ".feather": "arrow", ".xlsx": "excel", ".xlsm": "excel", ".xls": "excel",
}  # fmt: skip
_SEP = re.compile(r'"?sep=(.)"?\r?\n')  # Excel's own first line


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: the line (or record) where it begins, counted from 1, and its values by column."""

    line: int
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DataTable:
    """The rows of one data file.

    Attributes:
        path: the file.
        columns: its columns, in order.
        rows: its rows, in order.
        sha256: hex digest of the file's bytes.
        notes: what was detected.
    """

    path: Path
    columns: tuple[str, ...]
    rows: Sequence[TableRow]
    sha256: str
    notes: tuple[str, ...] = ()

    def where(self, line: int) -> str:
        """Return the place of a row, for messages."""
        return f"{self.path}:{line}"


def read_table(path: Path, *, format: str | None = None, encoding: str = "utf-8") -> DataTable:  # noqa: A002
    """Read a data file with a header line, or with an object a row.

    Raises:
        DatasetError: there is no such file, its format is unknown, or it is not what its name says.
    """
    packed, data = read_packed(path)
    kind = binary_format(data) or format
    kind = kind or next((FORMATS[end.lower()] for end in reversed(path.suffixes) if end.lower() in FORMATS), None)
    notes: list[str] = []
    if kind in ("parquet", "arrow"):
        read = rows_of_parquet if kind == "parquet" else rows_of_arrow
        rows = [TableRow(row.line, cast("Mapping[str, Any]", row.cells)) for row in read(data, path).rows]
    elif kind == "excel":
        rows = _sheet(data, path)
    else:
        text = decode(data, encoding, path)
        refuse_other(text, path)
        if marked := note_on_mark(data, encoding):
            notes.append(f"{path.name}: {marked}")
        kind = kind or _kind_of(text)
        rows = _objects(text, path, kind) if kind in ("jsonl", "json") else _cells(text, path, kind, notes)
    if not rows:
        raise DatasetError("the data file holds no rows", where=str(path), hint="give at least one row")
    columns = tuple(dict.fromkeys(key for row in rows[:100] for key in row.values))
    return DataTable(path, columns, rows, hashlib.sha256(packed).hexdigest(), tuple(notes))


def read_packed(path: Path) -> tuple[bytes, bytes]:
    """Return the bytes of a file (of the archive that it is in), and what is packed in them. Raises DatasetError."""
    archive = next((parent for parent in path.parents if parent.is_file()), None) if not path.exists() else None
    return read_bytes(archive or path), read_blob(path).data


def with_names(table: DataTable, names: Sequence[str], known: Sequence[str]) -> DataTable:
    """Return a table whose first line is a row, where that line cannot be a header line; else the table as it is.

    TREC and MS MARCO write an id and a text on each line, and no header line.

    Args:
        names: of the columns, if the file has as many.
        known: names that only a header line has.
    """
    has_header = set(table.columns) & set(known) or not table.rows or table.rows[0].line == 1
    if has_header or len(table.columns) != len(names):
        return table
    first = TableRow(1, dict(zip(names, table.columns, strict=True)))
    rest = [TableRow(row.line, dict(zip(names, row.values.values(), strict=True))) for row in table.rows]
    return replace(table, columns=tuple(names), rows=[first, *rest])


def pick(table: DataTable, wanted: str | None, known: Sequence[str], key: str) -> str | None:
    """Return the column that holds `key`: the one that the suite names, else the first known name; None if neither.

    Raises DatasetError for a column that the suite names and the file does not have.
    """
    if wanted is None:
        return next((name for name in known if name in table.columns), None)
    if wanted in table.columns:
        return wanted
    near = did_you_mean(wanted, table.columns)
    raise DatasetError(
        f"there is no column {wanted!r}, which `columns` names for {key}",
        where=str(table.path),
        hint=" ".join(filter(None, (near, f"its columns are {listing(table.columns)}"))),
    )


def _kind_of(text: str) -> str:
    """Return the format of a text whose file's name does not say it."""
    if text.lstrip()[:1] in ("{", "["):
        return "jsonl" if is_jsonl(text) else "json"
    return "tsv" if "\t" in text.split("\n", 1)[0] else "csv"


def _cells(text: str, path: Path, kind: str, notes: list[str]) -> list[TableRow]:
    expected = "," if kind == "csv" else "\t"
    delimiter = _delimiter(text, expected)
    if delimiter != expected:
        notes.append(f"{path.name}: its cells are separated by {DELIMITERS.get(delimiter, repr(delimiter))}")
    split = split_plain if delimiter == "\t" else split_quoted
    records = split(text, delimiter, path)
    if _SEP.match(text) and len(records) > 1:
        records = records[1:]
    header, *body = records
    width = len(header.cells)
    twice = next((name for name in header.cells if header.cells.count(name) > 1), None)
    if twice is not None:
        raise DatasetError(f"the header line has the column {twice!r} twice", where=str(path), hint="rename one")
    return [TableRow(record.line, _by_name(header, record, width, path)) for record in body]


def _delimiter(text: str, expected: str) -> str:
    """Return what is between the cells of the first line: what the file's name says, unless that gives one cell."""
    if marked := _SEP.match(text):
        return marked[1]
    first = text.split("\n", 1)[0]
    others = (mark for mark in DELIMITERS if mark in first)
    return expected if expected in first else next(others, expected)


def _by_name(header: Record, record: Record, width: int, path: Path) -> dict[str, str]:
    if len(record.cells) != width:
        raise DatasetError(
            f"this line has {len(record.cells)} fields where the header line has {width}",
            where=f"{path}:{record.line}",
            hint="put a cell that holds the separator in double quotes, or remove the line",
        )
    return dict(zip(header.cells, record.cells, strict=True))


def _objects(text: str, path: Path, kind: str) -> list[TableRow]:
    if kind == "json":
        found = _parsed(text, str(path))
        inside = found if isinstance(found, list) else rows_inside(found)
        if inside is None:
            raise DatasetError("this JSON file is not an array of objects", where=str(path), hint="write [{...}, ...]")
        numbered = list(enumerate(inside, start=1))
    else:
        lines = enumerate(text.split("\n"), start=1)
        numbered = [(n, _parsed(line, f"{path}:{n}")) for n, line in lines if line.strip()]
    for n, value in numbered:
        if not isinstance(value, dict):
            raise DatasetError("this is not a JSON object", where=f"{path}:{n}", hint='write {"key": "value", ...}')
    return [TableRow(n, value) for n, value in numbered]


def _parsed(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        raise DatasetError(
            f"this is not valid JSON: {reason}", where=where, hint="write one complete object on each line"
        ) from None


def _sheet(data: bytes, path: Path) -> list[TableRow]:
    """Return the rows of the first sheet, with every cell as text, as a CSV file has it."""
    sheet = rows_of_excel(data, path, None, 0, True)
    width = len(sheet.names)
    cells = [(row.line, [str(cell) for cell in list(row.cells)[:width]]) for row in sheet.rows]
    return [TableRow(line, dict(zip(sheet.names, row + [""] * (width - len(row)), strict=True))) for line, row in cells]
