"""From which volume which of two providers is cheaper."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from embedmark.derive.cost.bills import Rates, Volume
from embedmark.derive.cost.flips import costs_same, year_of
from embedmark.derive.cost.load import Load

LEAST: Final = 1e-4  # times the suite's volume
MOST: Final = 1e4
_POINTS: Final = 400
_STEPS: Final = 60

Bill = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Crossing:
    """Where one provider of two becomes the cheaper one.

    Attributes:
        below, above: cheaper below this volume, and above it.
        documents: the volume, with queries in proportion; None where `below` is cheaper at all volumes that were tried.
        low, high: its interval from the measured throughputs; None where there is none.
        usd: of the first year at this volume, the same for both.
        is_equal: True if the two cost the same at all volumes that were tried.
    """

    below: str
    above: str
    documents: float | None
    low: float | None = None
    high: float | None = None
    usd: float | None = None
    is_equal: bool = False


def crossings(volume: Volume, a: Load, b: Load) -> Iterator[Crossing]:
    """Yield where the cheaper of two providers changes, between 1/10,000 and 10,000 times the volume."""
    names = a.provider.name, b.provider.name
    found = list(_factors(volume, a.rates, b.rates))
    if not found:
        gap = _gap(volume, a.rates, b.rates)
        if all(costs_same(gap(factor), year_of(volume.times(factor), a.rates)) for factor in (LEAST, 1.0, MOST)):
            yield Crossing(names[0], names[1], None, is_equal=True)
            return
        first = gap(1.0) <= 0
        yield Crossing(names[0], names[1], None) if first else Crossing(names[1], names[0], None)
        return
    ends = [list(_factors(volume, *rates)) for rates in _ends(a, b)]
    for place, factor in enumerate(found):
        below = _gap(volume, a.rates, b.rates)(factor * (1 - 1e-6)) <= 0
        span = [end[place] * volume.documents for end in ends if len(end) == len(found)]
        yield Crossing(
            below=names[0] if below else names[1],
            above=names[1] if below else names[0],
            documents=factor * volume.documents,
            low=min(span) if len(span) == 2 else None,
            high=max(span) if len(span) == 2 else None,
            usd=year_of(volume.times(factor), a.rates),
        )


def _gap(volume: Volume, a: Rates, b: Rates) -> Bill:
    """Return by how much a's year is dearer than b's, at a factor of the volume."""
    return lambda factor: year_of(volume.times(factor), a) - year_of(volume.times(factor), b)


def _ends(a: Load, b: Load) -> list[tuple[Rates, Rates]]:
    """Return both ends of the intervals, a fast and b slow and the other way round; [] where an interval is missing."""
    spans = []
    for load in (a, b):
        if load.on_machine and (load.fast is None or load.slow is None):
            return []
        spans.append((load.fast or load.rates, load.slow or load.rates))
    (a_fast, a_slow), (b_fast, b_slow) = spans
    return [(a_fast, b_slow), (a_slow, b_fast)]


def _factors(volume: Volume, a: Rates, b: Rates) -> Iterator[float]:
    gap = _gap(volume, a, b)
    step = math.log(MOST / LEAST) / (_POINTS - 1)
    points = [LEAST * math.exp(step * i) for i in range(_POINTS)]
    for low, high in pairwise(points):
        if (gap(low) <= 0) != (gap(high) <= 0):
            yield _between(gap, low, high)


def _between(gap: Bill, low: float, high: float) -> float:
    below = gap(low) <= 0
    for _ in range(_STEPS):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if (gap(middle) <= 0) == below else (low, middle)
    return high
