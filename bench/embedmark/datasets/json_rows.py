"""The rows in a JSON object: its only list of objects, its columns, or what pandas writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_ROWS: Final = ("rows", "data", "examples", "records", "items", "pairs")


def rows_inside(value: Any) -> list[Any] | None:
    """Return the rows in an object: its only list of objects, or its columns turned into rows."""
    if not isinstance(value, dict):
        return None
    if len(value) == 1 and isinstance(inner := next(iter(value.values())), dict):
        return rows_inside(inner)
    frame = _frame_rows(value)
    if frame is not None:
        return frame
    lists = lists_in(value)
    chosen = named_rows(lists) or (next(iter(lists.values())) if len(lists) == 1 else None)
    if chosen is not None:
        return list(chosen)
    columns = {key: list(each.values()) if isinstance(each, dict) else each for key, each in value.items()}
    lengths = {len(each) if isinstance(each, list) else -1 for each in columns.values()}
    labels = {tuple(each) for each in value.values() if isinstance(each, dict)}
    if len(lengths) != 1 or -1 in lengths or len(labels) > 1:
        return None
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


def _numbered(row: Mapping[str, Any]) -> bool:
    return all(key.isdecimal() for key in row)


def _frame_rows(value: Mapping[str, Any]) -> list[Any] | None:
    """Return the rows of `{"columns": [...], "data": [[...]]}` or `{"0": {...}}`, as pandas writes; else None."""
    if value and all(key.isdecimal() and isinstance(row, dict) and not _numbered(row) for key, row in value.items()):
        return list(value.values())
    names, data = value.get("columns"), value.get("data")
    if not isinstance(names, list) or not isinstance(data, list):
        return None
    if not all(isinstance(row, list) and len(row) == len(names) for row in data):
        return None
    return [dict(zip(map(str, names), row, strict=True)) for row in data]


def lists_in(value: Any, prefix: str = "", depth: int = 3) -> dict[str, list[Any]]:
    """Return the lists of objects in an object, by their dotted paths."""
    found: dict[str, list[Any]] = {}
    for key, each in value.items() if isinstance(value, dict) and depth else ():
        if isinstance(each, list) and each and isinstance(each[0], dict):
            found[f"{prefix}{key}"] = each
        else:
            found |= lists_in(each, f"{prefix}{key}.", depth - 1)
    return found


def named_rows(lists: Mapping[str, list[Any]]) -> list[Any] | None:
    """Return the only list whose key says that it holds the rows; None without one."""
    named = [rows for key, rows in lists.items() if key.rpartition(".")[2].lower() in _ROWS]
    return named[0] if len(named) == 1 else None
