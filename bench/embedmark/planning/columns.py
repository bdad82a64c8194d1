"""The columns of a data file: their names, and what they probably hold."""

from __future__ import annotations

import csv
import importlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from embedmark.datasets import Columns
from embedmark.datasets.detect import DELIMITERS
from embedmark.datasets.guess import likely_columns
from embedmark.datasets.parse import layout_for, rows_in
from embedmark.datasets.places import read_blob
from embedmark.datasets.retrieval.folder import is_folder
from embedmark.datasets.retrieval.one_file import has_parts
from embedmark.datasets.retrieval.workbook import is_workbook
from embedmark.datasets.rows import Rows
from embedmark.errors import DatasetError, UsageError
from embedmark.files import marked_encoding

_DELIMITERS = {".csv": ",", ".tsv": "\t"}
_PAIR = ("sentence1", "sentence2", "score")
_LINES = (".jsonl", ".ndjson")
_PARQUET = (".parquet", ".pq")
_MARK = 4  # bytes, at most


def columns_in(path: Path) -> list[str]:
    """Return the names in the first line of a CSV, TSV or JSONL file or a sheet, or in the schema of a Parquet file.

    Empty if they cannot be told here: another format, another encoding, no such file. The dataset's reader then tells.
    """
    # A pipe or a device would block here, or never end.
    ending = path.suffix.lower() if path.expanduser().is_file() else ""
    if ending in _PARQUET:
        return _of_parquet(path.expanduser())
    if not ending:
        return []
    if ending not in (*_DELIMITERS, *_LINES):
        rows = _rows(path)
        return list(rows.names) if rows is not None else []
    try:
        with path.expanduser().open("rb") as file:
            encoding = marked_encoding(file.read(_MARK)) or "utf-8-sig"
        with path.expanduser().open(encoding=encoding, newline="") as file:
            if ending in _LINES:
                first = json.loads(file.readline())
                return list(first) if isinstance(first, dict) else []
            first_line = file.readline()
            expected = _DELIMITERS[ending]
            others = (mark for mark in DELIMITERS if mark in first_line)
            mark = expected if expected in first_line else next(others, expected)
            return next(csv.reader([first_line], delimiter=mark), [])
    except (OSError, ValueError, csv.Error):
        return []


def is_search_data(path: Path) -> bool:
    """Return True for what is a retrieval dataset whatever its columns: a folder, a workbook, or one object."""
    path = path.expanduser()
    try:
        return is_folder(path) or is_workbook(path) or (path.is_file() and has_parts(path))
    except (DatasetError, OSError):
        return False


def likely_columns_of(path: Path) -> dict[str, str]:
    """Return which columns of a file probably hold what, by their cells; empty if that cannot be told.

    Two columns of sentences and one of scores are pairs; without scores, they are a query and its passage.
    """
    rows = _rows(path)
    texts, score = ([], None) if rows is None else likely_columns(rows)
    if len(texts) < 2:
        return {}
    if score is None:
        return {"query": texts[0], "passage": texts[1]}
    return {"sentence1": texts[0], "sentence2": texts[1], "score": score}


def _rows(path: Path) -> Rows | None:
    try:
        blob = read_blob(path.expanduser())
        layout, text = layout_for(blob, Columns(), {})
        return rows_in(blob, layout, text)
    except (DatasetError, OSError):
        return None


def _of_parquet(path: Path) -> list[str]:
    try:
        return list(importlib.import_module("pyarrow.parquet").read_schema(path).names)
    except Exception:  # noqa: BLE001 - not installed, damaged, no such file: the dataset's reader tells
        return []


def columns_mapping(columns: object) -> dict[str, str | int]:
    """Return the columns by their roles. Raises UsageError: they are a text or a list, with the mapping to write."""
    if isinstance(columns, Mapping):
        return dict(columns)
    given = columns.split(",") if isinstance(columns, str) else columns
    names = list(given) if isinstance(given, Sequence) and len(given) == len(_PAIR) else ["A", "B", "C"]
    plain = [name.strip() if isinstance(name, str) else name for name in names]
    mapping = dict(zip(_PAIR, plain, strict=True))
    raise UsageError(f"columns is {columns!r}, not a mapping", hint=f"columns={mapping}")
