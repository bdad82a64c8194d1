"""The columns of a data file, read from its first line."""

from __future__ import annotations

import csv
import importlib
import json
from pathlib import Path

_DELIMITERS = {".csv": ",", ".tsv": "\t"}
_LINES = (".jsonl", ".ndjson")
_PARQUET = (".parquet", ".pq")


def columns_in(path: Path) -> list[str]:
    """Return the names in the first line of a CSV, TSV or JSONL file, or in the schema of a Parquet file.

    Empty if they cannot be told here: another format, another encoding, no such file. The dataset's reader then tells.
    """
    ending = path.suffix.lower()
    if ending in _PARQUET:
        return _of_parquet(path.expanduser())
    if ending not in (*_DELIMITERS, *_LINES):
        return []
    try:
        with path.expanduser().open(encoding="utf-8-sig", newline="") as file:
            if ending in _LINES:
                first = json.loads(file.readline())
                return list(first) if isinstance(first, dict) else []
            return next(csv.reader(file, delimiter=_DELIMITERS[ending]), [])
    except (OSError, ValueError, csv.Error):
        return []


def _of_parquet(path: Path) -> list[str]:
    try:
        return list(importlib.import_module("pyarrow.parquet").read_schema(path).names)
    except Exception:  # noqa: BLE001 - not installed, damaged, no such file: the dataset's reader tells
        return []
