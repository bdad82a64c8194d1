"""From JSON Lines to pairs: one object a line."""

from __future__ import annotations

import json
import math
from pathlib import Path

from embedmark.datasets.layout import Layout
from embedmark.datasets.pairs import Pair
from embedmark.errors import DatasetError, did_you_mean, listing

_DOTS = '"..."'
_SAMPLE = {"score": "3.8"}


def pairs_of_jsonl(text: str, layout: Layout, path: Path) -> list[Pair]:
    """Pairs of a JSONL file, in its order.

    Raises:
        DatasetError: a line that is not a JSON object, lacks a key, has it twice, or has a value of a wrong type.
    """
    lines = text.split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    return [_pair(line, number, layout, path) for number, line in enumerate(lines, start=1)]


def _pair(line: str, number: int, layout: Layout, path: Path) -> Pair:
    where = f"{path}:{number}"
    row = _object(line, where, layout)
    first, second, *score = keys_wanted = [str(key) for key in layout.columns.all]
    for key in keys_wanted:
        if key not in row:
            near = did_you_mean(key, row)
            keys = f"its keys are {listing(row)}" if row else "the object is empty"
            hint = f"{near} {keys}" if near else f"{keys}; name them: `{layout.columns.example()}`"
            raise DatasetError(f"there is no key {key!r} in this object", where=where, hint=hint)
    graded = _score(row, score[0], where) if score else math.nan
    return Pair(number, _text(row[first], first, where), _text(row[second], second, where), graded)


def _object(line: str, where: str, layout: Layout) -> dict[str, object]:
    if not line.strip():
        raise DatasetError("this line is blank", where=where, hint="remove it: JSONL has one object on every line")
    try:
        row = json.loads(line, object_pairs_hook=_unique)
    except DatasetError as error:
        raise DatasetError(error.message, where=where, hint=error.hint) from None
    except json.JSONDecodeError as error:
        hint = "JSONL has one whole object on every line"
        if where.endswith(":1") and line.lstrip()[:1] in "[{":
            hint = "JSONL has one whole object on every line; a file that is one JSON array or object is not JSONL"
        raise DatasetError(
            f"this line is not valid JSON: {error.msg}", where=f"{where}, character {error.colno}", hint=hint
        ) from None
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, brackets nested without end
        raise DatasetError(f"this line cannot be read: {error}", where=where, hint="write one flat object") from None
    if not isinstance(row, dict):
        hint = "write {" + ", ".join(f'"{key}": {_SAMPLE.get(key, _DOTS)}' for key in layout.columns.fields) + "}"
        raise DatasetError(f"this line is {_kind(row)}, not an object", where=where, hint=hint)
    return row


def _unique(items: list[tuple[str, object]]) -> dict[str, object]:
    row = dict(items)
    if len(row) < len(items):
        keys = [key for key, _ in items]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise DatasetError(f"this object has the key {twice!r} twice", hint="remove one of them")
    return row


def _text(value: object, key: str, where: str) -> str:
    if isinstance(value, str):
        return value
    raise DatasetError(f"{key} is {_kind(value)}, not a string", where=f"{where}, key {key}", hint="write it in quotes")


def _score(row: dict[str, object], key: str, where: str) -> float:
    value = row[key]
    if isinstance(value, bool) or not isinstance(value, int | float):
        hint = "write a number, such as 3.8, without quotes"
        raise DatasetError(f"{key} is {_kind(value)}, not a number", where=f"{where}, key {key}", hint=hint)
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        hint = "a score is a finite number, such as 3.8"
        raise DatasetError(f"{key} is not a finite number", where=f"{where}, key {key}", hint=hint)
    return number


def _kind(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    names = {dict: "an object", list: "an array", str: "a string", int: "a number", float: "a number"}
    return names[type(value)]
