"""From cells to a score: numbers, strings, booleans, words that mean a score, the mean of several."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from embedmark.datasets.columns import Column
from embedmark.datasets.layout import Layout, plain_text
from embedmark.datasets.objects import json_kind
from embedmark.errors import DatasetError, did_you_mean, listing

# Narrower than float(): no 1_000, no digits of other scripts.
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+", re.ASCII)
PERCENT = ("%", "\uff05")
_SIGNS = {0x2212: "-", 0xFF05: "%"}  # the mathematical minus, and the full-width percent sign of Korean keyboards
_UNIT = re.compile(r"([+-]?\d+(?:[.,]\d+)?)(\s*(?!_|[eE][+-]?\d)[^\d\s.,%+-].*)", re.ASCII)
_FULL_WIDTH = {0xFF10 + n: str(n) for n in range(10)} | {0xFF0E: ".", 0xFF0C: ",", 0xFF0B: "+", 0xFF0D: "-"}
_MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "--"})
_TRUE, _FALSE = frozenset({"true", "yes"}), frozenset({"false", "no"})
_MOST_SHOWN = 60


class WordScoreError(DatasetError):
    """A score that is no number."""


class MissingScoreError(DatasetError):
    """A row whose score is empty."""


def parse_score(text: str, decimal: str = ".") -> float | None:
    """Return a finite float64, or None where `text` is not one; `80%` is 0.8."""
    bare = text.strip()
    if not bare.isascii():
        bare = bare.translate(_SIGNS)
    if bare.endswith("%"):
        percent = parse_score(bare.removesuffix("%"), decimal)
        return None if percent is None else percent / 100
    if decimal == ",":
        bare = bare.replace(",", ".", 1) if "." not in bare else ""
    if not _NUMBER.fullmatch(bare):
        return None
    number = float(bare)
    return number if math.isfinite(number) else None


def is_thousands(text: str) -> bool:
    """Return True if each comma of a number has three digits after it, as one between thousands has."""
    return _THOUSANDS.fullmatch(text.strip()) is not None


def numbers_in(cells: Sequence[str]) -> list[float] | None:
    """Return the scores that cells hold, if each is a finite number and nothing else; else None."""
    if not all(map(_NUMBER.fullmatch, cells)):
        return None
    numbers = list(map(float, cells))
    return numbers if all(map(math.isfinite, numbers)) else None


def is_missing(value: object) -> bool:
    """Return True if a cell holds no score: empty, null, NaN, NA."""
    if isinstance(value, float) and math.isnan(value):
        return True
    return value is None or (isinstance(value, str) and value.strip().lower() in _MISSING)


def score_of(values: Sequence[object], layout: Layout, where: str, first: bool) -> float:
    """Return the mean of a row's scores; of several, those that are there.

    Args:
        values: of each of the layout's score columns.
        layout: its labels and decimal mark count.
        where: the place of the row, for errors.
        first: True if it is the first row, which may be a header line.

    Raises:
        DatasetError: a value that is not a score; MissingScoreError where none is there.
    """
    columns = layout.columns.scores or ("score",)  # a file of scores has no name for them
    there = [(column, value) for column, value in zip(columns, values, strict=True) if not _is_absent(value, layout)]
    if not there:
        raise _missing(values[0], columns, where)
    numbers = [_number(value, column, layout, where, first) for column, value in there]
    return numbers[0] if len(numbers) == 1 else math.fsum(numbers) / len(numbers)


def _is_absent(value: object, layout: Layout) -> bool:
    if layout.labels is not None and plain_text(value) in layout.labels:
        return False
    return is_missing(value)


def _number(value: object, column: Column, layout: Layout, where: str, first: bool) -> float:
    if layout.labels is not None:
        return _labelled(value, column, layout.labels, where)
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, int | float | Decimal):
        return _finite(value, column, where)
    if not isinstance(value, str):
        raise DatasetError(
            f"{column} is {json_kind(value)}, not a number", where=f"{where}, key {column}",
            hint=_hint_inside(value, column, layout),
        )  # fmt: skip
    number = parse_score(value, layout.decimal)
    if number is None and value.strip().lower() in _TRUE | _FALSE:
        return float(value.strip().lower() in _TRUE)
    if number is None:
        raise _not_a_score(value, column, layout, where, first)
    return number


def _hint_inside(value: object, column: Column, layout: Layout) -> str:
    """Return what to write where the score is an object or a list: the numbers in it, by their dotted paths."""
    places: dict[Any, object] = {}
    if isinstance(value, Mapping):
        places = dict(value)
    elif isinstance(value, list | tuple):
        places = dict(enumerate(value))
    inside = [f"{column}.{key}" for key, found in places.items() if isinstance(found, int | float)]
    if isinstance(value, Mapping):
        inside = inside[:1]
    if inside:
        names = layout.columns.texts
        texts = ", ".join(
            f"{field}: {name}" for field, name in zip(layout.columns.fields[: len(names)], names, strict=True)
        )
        score = inside[0] if len(inside) == 1 else f"[{', '.join(inside)}]"
        named = "{" + f"{texts}, score: {score}" + "}"
        return f"name the numbers inside it with a dot: `columns: {named}`"
    if isinstance(value, datetime.date):
        return "the spreadsheet took the number for a date: format the column as a number, and type the scores again"
    return "write a number, such as 3.8, without quotes"


def _labelled(value: object, column: Column, labels: Mapping[str, float], where: str) -> float:
    text = plain_text(value)
    for candidate in (text, text.strip(), *_truths(text)):
        if candidate in labels:
            return labels[candidate]
    near = did_you_mean(text, labels)
    raise DatasetError(
        f"the label {_short(text)} has no score in `labels`",
        where=f"{where}, column {column}",
        hint=f"{near or f'labels has {listing(labels)}.'} Add it to `labels`",
    )


def _truths(text: str) -> list[str]:
    """Return what YAML makes of a key such as yes or No."""
    bare = text.strip().lower()
    if bare in _TRUE:
        return ["true"]
    return ["false"] if bare in _FALSE else []


def _finite(value: float | Decimal, column: Column, where: str) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if math.isfinite(number):
        return number
    raise DatasetError(
        f"{column} is not a finite number", where=f"{where}, key {column}",
        hint="a score is a finite number, such as 3.8",
    )  # fmt: skip


def _missing(value: object, columns: Sequence[Column], where: str) -> DatasetError:
    named = ", ".join(map(str, columns))
    hint = "the score is missing: fill it in, or remove the row"
    if isinstance(value, float) or (isinstance(value, str) and value.strip()):
        hint = "a score is a finite number, such as 3.8"
    shown = f"the score {_short(value)} is" if isinstance(value, str) else f"{named} is {_kind(value)},"
    place = "key" if isinstance(value, float) or value is None else "column"
    tail = "a finite number" if isinstance(value, str | float) else "a number"
    return MissingScoreError(f"{shown} not {tail}", where=f"{where}, {place} {named}", hint=hint)


def _kind(value: object) -> str:
    return "NaN" if isinstance(value, float) else json_kind(value)


def _not_a_score(value: str, column: Column, layout: Layout, where: str, first: bool) -> DatasetError:
    hint = "a score is a finite number with a decimal point, such as 3.8"
    if layout.columns.numbered and layout.header is None and first:
        hint = "if the first line is a header line, give its names instead of numbers"
    elif parse_score(plain := value.translate(_FULL_WIDTH)) is not None:
        hint = f"write the number in plain digits: {plain.strip()}"
    elif unit := _UNIT.fullmatch(value.strip()):
        hint = f"write the number alone: {unit[1]} without {unit[2].strip()!r}"
    elif is_thousands(value):
        hint = "if the comma is between thousands, leave it out; write decimals with a point"
    elif parse_score(value, ",") is not None:
        hint = "write a decimal point instead of the comma"
    return WordScoreError(
        f"the score {_short(value)} is not a finite number", where=f"{where}, column {column}", hint=hint
    )


def _short(text: str) -> str:
    return repr(text if len(text) <= _MOST_SHOWN else text[: _MOST_SHOWN - 3] + "...")
