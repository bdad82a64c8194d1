"""From JSON to rows: one object a line, an array of objects, or an object that holds one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from embedmark.datasets.columns import AnyColumns
from embedmark.datasets.json_rows import lists_in, named_rows, rows_inside
from embedmark.datasets.rows import Row, Rows
from embedmark.errors import DatasetError

_DOTS = '"..."'
_SAMPLE = {"score": "3.8"}
_BLANKS = re.compile(r"[ \t\r\n]*")
_ONE_A_LINE = "JSONL has one whole object on every line"


def rows_of_jsonl(text: str, columns: AnyColumns, path: Path) -> Rows:
    """Return rows of a file with one JSON object on every line; a line that is none is a row with its problem."""
    lines = text.split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    rows = [_row(line, number, columns, path) for number, line in enumerate(lines, start=1)]
    first = next((row.cells for row in rows if row.problem is None), {})
    return Rows(path=path, rows=rows, names=tuple(first))


def rows_of_json(text: str, columns: AnyColumns, path: Path) -> Rows:
    """Return rows of a file that is one JSON array of objects, or one object that holds one.

    Read are also an object of columns (`{"score": [1, 2]}`) and pandas' own (`{"score": {"0": 1, "1": 2}}`).

    Raises:
        DatasetError: not JSON, or no rows in it.
    """
    start = _BLANKS.match(text).end()  # type: ignore[union-attr]  # it matches the empty string too
    if text.startswith("[", start):
        rows = list(_elements(text, start + 1, columns, path))
    else:
        rows = _records(_whole(text, path), columns, path)
    if not rows:
        raise DatasetError("the JSON array is empty", where=str(path), hint="give at least two pairs")
    first = next((row.cells for row in rows if row.problem is None), {})
    return Rows(path=path, rows=rows, names=tuple(first), unit="line" if text.startswith("[", start) else "record")


def is_jsonl(text: str) -> bool:
    """Return True if the first line is a whole JSON object or array and not all rows, or the text is not JSON."""
    first, _, rest = text.lstrip().partition("\n")
    value = _loaded(first)
    if isinstance(value, list):
        return bool(rest.strip())
    if isinstance(value, dict):
        return bool(rest.strip()) or (rows_inside(value) is None and not lists_in(value))
    return _loaded(text) is None


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def json_kind(value: object) -> str:
    """Return what a JSON value is, in words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list | tuple):
        return "an array"
    return {str: "a string", int: "a number", float: "a number"}.get(type(value), f"a {type(value).__name__}")


def _elements(text: str, at: int, columns: AnyColumns, path: Path) -> Iterator[Row]:
    """Yield the elements of an array, each with the line where it begins."""
    decoder = json.JSONDecoder(object_pairs_hook=_unique)
    line, counted = 1, 0
    at = _after_blanks(text, at)
    while not text.startswith("]", at):
        line += text.count("\n", counted, at)
        counted = at
        where = f"{path}:{line}"
        try:
            value, at = decoder.raw_decode(text, at)
        except DatasetError as error:
            raise DatasetError(error.message, where=where, hint=error.hint) from None
        except json.JSONDecodeError as error:
            raise _not_json(error, f"{path}:{error.lineno}") from None
        except (ValueError, RecursionError) as error:
            raise _unreadable(error, where) from None
        yield _checked(value, line, columns, where)
        at = _after_blanks(text, at)
        if text.startswith(",", at):
            at = _after_blanks(text, at + 1)
        elif not text.startswith("]", at):
            line += text.count("\n", counted, at)
            raise DatasetError(
                "this JSON array is cut short" if at >= len(text) else "a comma is missing in this JSON array",
                where=f"{path}:{line}",
                hint="fetch the file again, or write the array to its end",
            )
    if text[at + 1 :].strip():
        raise DatasetError("text follows the JSON array", where=str(path), hint="a file holds one array")


def _after_blanks(text: str, at: int) -> int:
    return _BLANKS.match(text, at).end()  # type: ignore[union-attr]  # it matches the empty string too


def _whole(text: str, path: Path) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_unique)
    except DatasetError as error:
        raise DatasetError(error.message, where=str(path), hint=error.hint) from None
    except json.JSONDecodeError as error:
        raise _not_json(error, f"{path}:{error.lineno}") from None
    except (ValueError, RecursionError) as error:
        raise _unreadable(error, str(path)) from None


def _records(value: Any, columns: AnyColumns, path: Path) -> list[Row]:
    several = lists_in(value)
    if len(several) > 1 and not named_rows(several):
        counts = ", ".join(f"{key} ({len(rows):,})" for key, rows in several.items())
        raise DatasetError(
            f"the file holds several lists of rows: {counts}",
            where=str(path),
            hint="save the list that you want as a separate file",
        )
    found = rows_inside(value)
    if found is None:
        raise DatasetError(
            f"the file is {json_kind(value)} that holds no rows",
            where=str(path),
            hint="write an array of objects: [{...}, {...}]",
        )
    return [_checked(each, n, columns, f"{path}, record {n}") for n, each in enumerate(found, start=1)]


def _row(line: str, number: int, columns: AnyColumns, path: Path) -> Row:
    where = f"{path}:{number}"
    try:
        return _checked(_object(line, where), number, columns, where)
    except DatasetError as error:
        return Row(number, problem=error)


def _object(line: str, where: str) -> Any:
    if not line.strip():
        raise DatasetError("this line is blank", where=where, hint="remove it: JSONL has one object on every line")
    try:
        return json.loads(line, object_pairs_hook=_unique)
    except DatasetError as error:
        raise DatasetError(error.message, where=where, hint=error.hint) from None
    except json.JSONDecodeError as error:
        hint = _ONE_A_LINE
        if line.rstrip().endswith("},"):
            hint = f"{_ONE_A_LINE}: remove the comma at the end of each line, or put [ and ] around all of them"
        raise DatasetError(
            f"this line is not valid JSON: {error.msg}", where=f"{where}, character {error.colno}", hint=hint
        ) from None
    except (ValueError, RecursionError) as error:
        raise _unreadable(error, where) from None


def _checked(value: Any, line: int, columns: AnyColumns, where: str) -> Row:
    if isinstance(value, dict) or (isinstance(value, list) and columns.numbered):
        return Row(line, value)
    hint = "write {" + ", ".join(f'"{key}": {_SAMPLE.get(key, _DOTS)}' for key in columns.fields) + "}"
    if isinstance(value, list):
        numbers = ", ".join(f"{key}: {n}" for n, key in enumerate(columns.fields, start=1))
        hint = f"rows that are arrays have numbered columns, counted from 1: `columns: {{{numbers}}}`"
    return Row(line, problem=DatasetError(f"this line is {json_kind(value)}, not an object", where=where, hint=hint))


def _unique(items: list[tuple[str, object]]) -> dict[str, object]:
    row = dict(items)
    if len(row) < len(items):
        keys = [key for key, _ in items]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise DatasetError(f"this object has the key {twice!r} twice", hint="remove one of them")
    return row


def _not_json(error: json.JSONDecodeError, where: str) -> DatasetError:
    return DatasetError(
        f"this is not valid JSON: {error.msg}",
        where=f"{where}, character {error.colno}",
        hint="look at this place, or fetch the file again",
    )


def _unreadable(error: Exception, where: str) -> DatasetError:
    # A number of thousands of digits, or brackets nested without end.
    return DatasetError(f"this line cannot be read: {error}", where=where, hint="write one flat object")
