"""From cells to grades: numbers, percent, decimal commas, words that mean a grade; and the column that holds them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from embedmark.datasets.layout import plain_text
from embedmark.datasets.retrieval.parts import ContentError
from embedmark.datasets.retrieval.table import DataTable, pick
from embedmark.datasets.scores import is_missing, is_thousands, parse_score
from embedmark.datasets.suggest import labels_for
from embedmark.datasets.worth import worth
from embedmark.errors import DatasetError, listing
from embedmark.language import translatable

GRADE: Final = ("grade", "relevance", "관련도", "등급")
_MAYBE: Final = ("label", "rel", "score", "점수")  # grades, unless they are words of another kind
_SHOWN: Final = 60  # characters
_HINT: Final = "write 0 for not relevant, 1 for relevant, more for better"
Labels = Mapping[str, float]


class GradeColumn(NamedTuple):
    """The column of the grades, if there is one, and what is said of it."""

    name: str | None
    notes: tuple[str, ...] = ()


def grade_of(value: Any, where: str, labels: Labels | None = None) -> float:
    """Return a grade as a number; 80% is 0.8, and 0,5 is 0.5. Raises DatasetError."""
    if labels is not None and plain_text(value).strip() in labels:
        return labels[plain_text(value).strip()]
    grade = _number(value)
    if grade is None:
        hint = _HINT
        if isinstance(value, str) and is_thousands(value):
            hint = "if the comma is between thousands, leave it out; write decimals with a point"
        raise ContentError(f"the grade {str(value)[:_SHOWN]!r} is not a number", where=where, hint=hint)
    return grade


def grades_in(table: DataTable, column: str | None, labels: Labels | None) -> list[float]:
    """Return the grade of each row; without a column, 1. Raises DatasetError, with `labels` to write for words."""
    if column is None:
        return [1.0] * len(table.rows)
    try:
        return [grade_of(row.get(column), table.where(row.line), labels) for row in table.rows]
    except DatasetError as error:
        error.hint = (labels_for(table.cells(column)) if labels is None else None) or error.hint
        raise


def grade_column(table: DataTable, wanted: str | None, labels: Labels | None) -> GradeColumn:
    """Return the column of the grades: the one that a suite names, or one with a usual name.

    A column such as `label` counts if it has numbers, or words that are known to say how well something fits; words
    of another kind, such as topics, get a note.
    """
    name = pick(table, wanted, GRADE, "the grade")
    if name is None:
        name = pick(table, None, _MAYBE, "the grade")
        cells = [] if name is None else [cell for cell in table.cells(name) if not is_missing(cell)]
        if name is None or not (labels or any(_number(cell) is not None or worth(cell) is not None for cell in cells)):
            return GradeColumn(None, _unread(name, cells))
    said = [translatable(f"grades are read from the column {name!r}")]
    cells = table.cells(name)
    if any(cell.rstrip().endswith("%") for cell in cells):
        said.append(translatable("grades in percent are read as hundredths: 80% is 0.8"))
    if any("," in cell for cell in cells):
        said.append(translatable("grades with a decimal comma are read: 0,5 is 0.5"))
    return GradeColumn(name, tuple(said))


def _unread(name: str | None, cells: Sequence[str]) -> tuple[str, ...]:
    if name is None or not cells:
        return ()
    words = listing(list(dict.fromkeys(cells)), 3)
    return (translatable(f"the column {name!r} has no grades but words ({words}), and is not read"),)


def _number(value: Any) -> float | None:
    """Return a cell as a finite number, or None."""
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        point = parse_score(value)
        return parse_score(value, ",") if point is None and not is_thousands(value) else point
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
