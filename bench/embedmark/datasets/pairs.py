"""From rows to pairs: which values are the sentences and the score, and which rows count."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from embedmark.datasets.columns import Column, Columns
from embedmark.datasets.even import EvenRows
from embedmark.datasets.filters import RowFilter
from embedmark.datasets.guess import meant_columns
from embedmark.datasets.layout import Layout, plain_text
from embedmark.datasets.lookup import notes_on_columns, places_of, text_beside
from embedmark.datasets.objects import json_kind
from embedmark.datasets.pair import EvenPairs, Pair
from embedmark.datasets.rows import Row, Rows, missing_key, value_at
from embedmark.datasets.scores import PERCENT, MissingScoreError, WordScoreError, numbers_in, score_of
from embedmark.datasets.suggest import hint_for_column, hint_for_labels
from embedmark.errors import DatasetError
from embedmark.language import translatable

_SHOWN = 3  # rows that a note names


@dataclass(frozen=True, slots=True)
class Picked:
    """The pairs of a file, and what became of the other rows.

    Attributes:
        pairs: in the file's order.
        notes: how many rows were left out, and why; a note each.
        left_out: rows without a score, and rows that cannot be read.
        values: by column name what each pair has there, for columns that were asked for.
    """

    pairs: Sequence[Pair]
    notes: tuple[str, ...] = ()
    left_out: int = 0
    values: Mapping[Column, tuple[str, ...]] | None = None


def pick_pairs(rows: Rows, layout: Layout, gold: Sequence[str] | None = None, extra: Sequence[Column] = ()) -> Picked:
    """Return the pairs of a file's rows.

    Args:
        rows: all of them.
        layout: which columns are wanted, which rows count, and what is left out.
        gold: the score of each row, from a file of its own; None: in the layout's columns.
        extra: columns whose values are wanted beside, as text.

    Raises:
        DatasetError: a column that is not there; a row that cannot be read, or has no score, and may not be left out.
    """
    places = places_of(rows, layout, extra)
    if not rows.rows:
        raise DatasetError(
            "the data file has a header line and nothing below it", where=str(rows.path), hint="give at least two pairs"
        )
    plain = None if gold is not None or extra else _plain_pairs(rows, layout, places)
    if plain is not None:
        return Picked(plain, tuple(notes_on_columns(rows, layout)))
    picker = _Picker(rows, layout, places, gold)
    pairs: list[Pair] = []
    beside: dict[Column, list[str]] = {column: [] for column in extra}
    for number, row in enumerate(rows.rows):
        pair = picker.pair(number, row)
        if pair is not None:
            pairs.append(pair)
            for column in extra:
                beside[column].append(text_beside(row, column, places))
    picker.refuse_none(pairs)
    values = {column: tuple(found) for column, found in beside.items()} if extra else None
    notes = (*picker.notes(), *notes_on_columns(rows, layout))
    return Picked(tuple(pairs), notes, len(picker.left_out), values)


def _plain_pairs(rows: Rows, layout: Layout, places: Mapping[Column, int]) -> Sequence[Pair] | None:
    """Return the pairs of a text table in which every row counts and has a plain number; None for any other."""
    columns = layout.columns
    if not layout.is_table or layout.where or layout.labels is not None or layout.normalize or layout.decimal != ".":
        return None
    if not isinstance(columns, Columns) or columns.text is not None or len(columns.scores) != 1:
        return None
    first, second, score = (places[column] for column in (*columns.texts, *columns.scores))
    if isinstance(rows.rows, EvenRows):
        numbers = numbers_in(rows.rows.column(score))
        texts = rows.rows.column(first), rows.rows.column(second)
        return None if numbers is None else EvenPairs(rows.rows.first_line, *texts, numbers)
    if any(row.problem is not None for row in rows.rows):
        return None
    scores = numbers_in([row.cells[score] for row in rows.rows])  # type: ignore[index]
    if scores is None:
        return None
    return tuple(
        Pair(row.line, row.cells[first], row.cells[second], number, i)  # type: ignore[index]
        for i, (row, number) in enumerate(zip(rows.rows, scores, strict=True))
    )


class _Picker:
    """Picks one pair a row, and keeps count of what is left out."""

    def __init__(self, rows: Rows, layout: Layout, places: Mapping[Column, int], gold: Sequence[str] | None) -> None:
        self.rows, self.layout, self.places, self.gold = rows, layout, places, gold
        self.left_out: list[DatasetError] = []
        self._filter = RowFilter(layout.where)

    def pair(self, number: int, row: Row) -> Pair | None:
        """Return the row's pair, or None where it does not count. Raises DatasetError."""
        try:
            if row.problem is not None:
                raise row.problem
            if not self._filter.keeps(lambda column: plain_text(self._value(row, column))):
                return None
            first, second = self._texts(row)
            return Pair(row.line, first, second, self._score(number, row), number)
        except DatasetError as error:
            reason: Literal["missing", "bad"] = "missing" if isinstance(error, MissingScoreError) else "bad"
            if reason not in self.layout.skips:
                if isinstance(error, WordScoreError):
                    error.hint = hint_for_labels(self.rows, self.layout, self.places) or error.hint
                raise
            self.left_out.append(error)
            return None

    def refuse_none(self, pairs: Sequence[Pair]) -> None:
        """Raise DatasetError if no pair is left."""
        if pairs:
            return
        if self._filter.left_out and not self.left_out:
            raise self._filter.none_left(str(self.rows.path))
        first = self.left_out[0]
        raise DatasetError(f"every row was left out; the first: {first.message}", where=first.where, hint=first.hint)

    def notes(self) -> list[str]:
        """Return what was left out, a sentence each."""
        total = len(self.rows.rows)
        found = []
        if filtered := self._filter.note(total):
            found.append(filtered)
        percent = sum(map(self._in_percent, self.rows.rows))
        if percent:
            said = translatable(f"{percent:,} scores are written in percent, and are read as hundredths: 80% is 0.8")
            found.append(said)
            if percent < total - len(self.left_out) - self._filter.left_out:
                found.append(translatable("other scores are not in percent: check that all are on one scale"))
        missing = [error for error in self.left_out if isinstance(error, MissingScoreError)]
        bad = [error for error in self.left_out if not isinstance(error, MissingScoreError)]
        if missing:
            found.append(f"{len(missing):,} of {total:,} rows have no score and were left out")
        if bad:
            shown = "; ".join(f"{_line_of(error)}: {error.message}" for error in bad[:_SHOWN])
            found.append(f"{len(bad):,} of {total:,} rows cannot be read and were left out ({shown})")
        return found

    def _in_percent(self, row: Row) -> bool:
        columns = self.layout.columns.scores if row.problem is None else ()
        return any(text_beside(row, column, self.places).rstrip().endswith(PERCENT) for column in columns)

    def _value(self, row: Row, column: Column) -> Any:
        try:
            return value_at(row, column, self.places)
        except KeyError:
            cells = cast("Mapping[str, Any]", row.cells)
            error = missing_key(cells, str(column), self.layout.columns)
            error.where = self.rows.where(row.line)
            if cells and column in self.layout.columns.all and row.line == self.rows.rows[0].line:
                error.hint = hint_for_column(str(column), self.rows, self.layout)
                error.guess = meant_columns(self.rows, self.layout)
            raise error from None

    def _texts(self, row: Row) -> tuple[str, str]:
        columns = self.layout.columns
        texts = [self._text(row, column) for column in columns.texts]
        if not isinstance(columns, Columns) or columns.text is None:
            return texts[0], texts[1]
        return self._split(texts[0], columns.separator or "\n", row, columns.text)

    def _text(self, row: Row, column: Column) -> str:
        value = self._value(row, column)
        if isinstance(value, int | float) and not isinstance(value, bool) and self.rows.unit == "row":
            value = plain_text(value)  # Excel takes a text of digits for a number
        if not isinstance(value, str):
            where = f"{self.rows.where(row.line)}, key {column}"
            raise DatasetError(
                f"{column} is {json_kind(value)}, not a string",
                where=where,
                hint="fill it in" if value is None else "write it in quotes",
            )
        form = self.layout.normalize
        return unicodedata.normalize(cast("Literal['NFC', 'NFKC']", form.upper()), value) if form else value

    def _split(self, text: str, separator: str, row: Row, column: Column) -> tuple[str, str]:
        parts = (text.replace("\r\n", "\n") if separator == "\n" else text).split(separator)
        if len(parts) == 2:
            return parts[0], parts[1]
        found = "no separator" if len(parts) == 1 else f"{len(parts)} parts"
        raise DatasetError(
            f"the cell has {found} where two sentences with {separator!r} between them are needed",
            where=f"{self.rows.where(row.line)}, column {column}",
            hint="name another `separator`, or write both sentences into the cell",
        )

    def _score(self, number: int, row: Row) -> float:
        where = self.rows.where(row.line)
        first = number == 0
        if self.gold is not None:
            return score_of([self.gold[number]], self.layout, where, first)
        columns = self.layout.columns.scores
        if not columns:
            return math.nan
        return score_of([self._value(row, column) for column in columns], self.layout, where, first)


def _line_of(error: DatasetError) -> str:
    place = (error.where or "").split(", column")[0].split(", key")[0]
    return place.rpartition("/")[2]
