"""One pair of a data file, and many of them as columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, overload


class Pair(NamedTuple):
    """One pair and the line of the file where its record begins.

    Of a file about images, `sentence1` is the image's name; `score` is NaN where the file has no column for it.
    `row` is the number of the row in its file, from 0.
    """

    line: int
    sentence1: str
    sentence2: str
    score: float
    row: int = -1


class EvenPairs(Sequence[Pair]):
    """Pairs that are held as columns; each is made when it is asked for."""

    def __init__(self, first_line: int, first: list[str], second: list[str], scores: list[float]) -> None:
        self._first_line = first_line
        self.columns = first, second, scores

    def __len__(self) -> int:
        return len(self.columns[0])

    @overload
    def __getitem__(self, i: int) -> Pair: ...
    @overload
    def __getitem__(self, i: slice) -> list[Pair]: ...
    def __getitem__(self, i: int | slice) -> Pair | list[Pair]:
        if isinstance(i, slice):
            return [self[k] for k in range(*i.indices(len(self)))]
        first, second, scores = self.columns
        place = i % len(self) if -len(self) <= i < len(self) else len(self)  # IndexError beyond either end
        return Pair(self._first_line + place, first[place], second[place], scores[place], place)


def columns_of(pairs: Sequence[Pair]) -> tuple[list[str], list[str], list[float]]:
    """Return the first texts, the second texts and the scores of pairs."""
    if isinstance(pairs, EvenPairs):
        return pairs.columns
    return [pair.sentence1 for pair in pairs], [pair.sentence2 for pair in pairs], [pair.score for pair in pairs]
