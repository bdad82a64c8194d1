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
from embedmark.datasets.detect import refuse_other
from embedmark.datasets.filters import RowFilter
from embedmark.datasets.json_rows import rows_inside
from embedmark.datasets.layout import Reading, applies, check_format, plain_text
from embedmark.datasets.lookup import bare_name, text_beside
from embedmark.datasets.objects import is_jsonl
from embedmark.datasets.places import read_blob
from embedmark.datasets.retrieval.reading import FileReading
from embedmark.datasets.retrieval.text_table import TableRow, refuse_twice, rows_of_text
from embedmark.datasets.rows import Row, has_key
from embedmark.errors import DatasetError, did_you_mean, listing
from embedmark.language import translatable

FORMATS = {
    ".tsv": "tsv", ".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json",
    ".parquet": "parquet", ".pq": "parquet",
    ".arrow": "arrow", ".feather": "arrow", ".xlsx": "excel", ".xlsm": "excel", ".xls": "excel",
}  # fmt: skip
BINARY = ("parquet", "arrow", "excel")
_JOINTS = re.compile(r"[\s_.-]+")


@dataclass(frozen=True, slots=True)
class DataTable:
    """The rows of one data file.

    Attributes:
        path: the file.
        columns: its columns, in order.
        rows: its rows, in order.
        sha256: hex digest of the file's bytes.
        notes: what was detected.
        unused: keys of all files that do not apply to this one, and `where.COLUMN` for columns that it lacks.
        has_where: True if `where` has chosen the rows.
    """

    path: Path
    columns: tuple[str, ...]
    rows: Sequence[TableRow]
    sha256: str
    notes: tuple[str, ...] = ()
    unused: frozenset[str] = frozenset()
    has_where: bool = False

    def cells(self, column: str) -> list[str]:
        """Return what the rows have in a column, as text."""
        return [plain_text(row.get(column)) for row in self.rows]

    def where(self, line: int) -> str:
        """Return the place of a row, for messages."""
        return f"{self.path}:{line}"


def read_table(path: Path, how: FileReading) -> DataTable:
    """Read a data file with a header line, or with an object a row.

    Raises:
        DatasetError: there is no such file, its format is unknown, or it is not what its name says.
    """
    packed, data = read_packed(path)
    kind, notes = binary_format(data) or how.keys.get("format"), list[str]()
    kind = kind or next((FORMATS[end.lower()] for end in reversed(path.suffixes) if end.lower() in FORMATS), None)
    text = ""
    if kind not in BINARY:
        text = decode(data, how.keys.get("encoding") or "utf-8", path)
        refuse_other(text, path)
        notes += filter(None, [note_on_mark(data, how.keys.get("encoding") or "utf-8")])
        kind = kind or _kind_of(text)
    unused = [key for key in how.shared if how.keys.get(key) and not applies(key, kind)]
    keys = cast("Reading", {key: value for key, value in how.keys.items() if key not in unused})
    check_format(kind, keys, str(path))
    rows = _rows(kind, data, text, path, keys, notes)
    columns = tuple(dict.fromkeys(key for row in rows[:100] for key in row.values))
    rows, lacking = _filtered(rows, how.where, path, notes)
    if not rows:
        raise DatasetError("the data file holds no rows", where=str(path), hint="give at least one row")
    said = tuple(f"{path.name}: {note}" for note in notes)
    digest = hashlib.sha256(packed).hexdigest()
    return DataTable(path, columns, rows, digest, said, frozenset([*unused, *lacking]), bool(how.where))


def _rows(kind: str, data: bytes, text: str, path: Path, keys: Reading, notes: list[str]) -> list[TableRow]:
    if kind in ("parquet", "arrow"):
        read = rows_of_parquet if kind == "parquet" else rows_of_arrow
        return [TableRow(row.line, cast("Mapping[str, Any]", row.cells)) for row in read(data, path).rows]
    if kind == "excel":
        return _sheet(data, path, keys, notes)
    if kind in ("jsonl", "json"):
        return _objects(text, path, kind)
    return rows_of_text(text, path, kind, keys, notes)


def _filtered(
    rows: list[TableRow], where: Mapping[str | int, tuple[str, ...]], path: Path, notes: list[str]
) -> tuple[list[TableRow], list[str]]:
    """Return the rows that count, and `where.COLUMN` for each column of `where` that no row has."""
    has = {column: any(has_key(row.values, str(column)) for row in rows) for column in where}
    chosen = RowFilter({column: values for column, values in where.items() if has[column]})

    def text_in(row: TableRow, column: str | int) -> str:
        return text_beside(Row(row.line, row.values), column, {})

    kept = [row for row in rows if chosen.keeps(lambda column, row=row: text_in(row, column))]  # type: ignore[misc]
    if rows and not kept:
        raise chosen.none_left(str(path))
    notes += filter(None, [chosen.note(len(rows))])
    return kept, [f"where.{column}" for column in where if not has[column]]


def read_packed(path: Path) -> tuple[bytes, bytes]:
    """Return the bytes of a file (of the archive that it is in), and what is packed in them. Raises DatasetError."""
    archive = next((parent for parent in path.parents if parent.is_file()), None) if not path.exists() else None
    return read_bytes(archive or path), read_blob(path).data


def with_names(table: DataTable, names: Sequence[str], known: Sequence[str]) -> DataTable:
    """Return a table of two columns without usual names with these names; else the table as it is. A note says so.

    TREC and MS MARCO write an id and a text on each line, and no header line.

    Args:
        names: of the columns, if the file has as many.
        known: names that only a header line has.
    """
    is_known = {_folded(name) for name in table.columns} & {_folded(name) for name in known}
    if is_known or not table.rows or table.rows[0].line == 1 or not _has_names(table, len(names)):
        return table
    rows = [TableRow(row.line, dict(zip(names, row.values.values(), strict=True))) for row in table.rows]
    if _is_header(table):
        shown = translatable(f"its columns {listing(table.columns)} are read as an id and a text")
    else:
        rows.insert(0, TableRow(rows[0].line - 1, dict(zip(names, table.columns, strict=True))))
        shown = translatable("it has no header line: its columns are an id and a text")
    return replace(table, columns=tuple(names), rows=rows, notes=(*table.notes, f"{table.path.name}: {shown}"))


def _has_names(table: DataTable, n: int) -> bool:
    """Return True if a table has n columns, each with a name: a title above it has one cell."""
    return len(table.columns) == n and all(table.columns) and len(table.rows[0].values) == n


def _is_header(table: DataTable) -> bool:
    """Return True if the first line names its columns: it has no digit where each id below it has one."""
    first = [str(next(iter(row.values.values()))) for row in table.rows]
    return not any(map(str.isdigit, table.columns[0])) and all(any(map(str.isdigit, id_)) for id_ in first)


def pick(table: DataTable, wanted: str | None, known: Sequence[str], key: str) -> str | None:
    """Return the column that holds `key`: the one that the suite names, else the first known name; None if neither.

    Raises DatasetError for a column that the suite names and the file does not have.
    """
    if wanted is None:
        by_fold = {_folded(name): name for name in reversed(table.columns)}
        found = next((name for name in known if name in table.columns), None)
        return found or next((by_fold[_folded(name)] for name in known if _folded(name) in by_fold), None)
    if wanted in table.columns or ("." in wanted and any(has_key(row.values, wanted) for row in table.rows)):
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


def _sheet(data: bytes, path: Path, keys: Reading, notes: list[str]) -> list[TableRow]:
    """Return the rows of a sheet, with every cell as text, as a CSV file has it."""
    sheet = rows_of_excel(data, path, keys.get("sheet"), keys.get("skip_lines") or 0, True)
    notes += filter(None, [sheet.note])
    names = [bare_name(name) for name in sheet.names]
    refuse_twice(names, path)
    width = len(names)
    cells = [(row.line, [str(cell) for cell in list(row.cells)[:width]]) for row in sheet.rows]
    return [TableRow(line, dict(zip(names, row + [""] * (width - len(row)), strict=True))) for line, row in cells]


def _folded(name: str) -> str:
    return _JOINTS.sub("", name.casefold())
