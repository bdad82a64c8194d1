"""Which single price or rate, by the smallest change, would make the second cheapest provider as cheap as the first."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, Literal

from embedmark.derive.cost.bills import Rates, Volume, bills
from embedmark.derive.cost.load import Load

Lever = Literal["memory", "machine", "tokens", "changed_per_month", "growth_per_month"]
_ROUNDING: Final = 1e-9  # of a bill
_POINTS: Final = 200
_STEPS: Final = 60
_FARTHEST: Final = 1000.0  # times a rate as it is


@dataclass(frozen=True, slots=True)
class Flip:
    """A price or a rate at which two providers cost the same.

    Attributes:
        lever: what changes.
        provider: whose price of tokens or searches is meant; empty for the others.
        factor: of the price or rate as it is.
        value: the rate itself, a share of the documents; None for a price.
    """

    lever: Lever
    provider: str
    factor: float
    value: float | None = None


def costs_same(gap: float, usd: float) -> bool:
    """Return True if two bills differ by rounding only."""
    return abs(gap) <= _ROUNDING * abs(usd)


def year_of(volume: Volume, rates: Rates) -> float:
    """Return USD of the first year; nothing may be missing from the bill."""
    return bills(volume, rates)["year_1"]


def flip_of(volume: Volume, first: Load, second: Load) -> Flip | None:
    """Return the smallest change of one price or rate that makes the two cost the same; None where none does."""
    usd = year_of(volume, first.rates)
    if costs_same(year_of(volume, second.rates) - usd, usd):
        return None
    found = list(_prices(volume, first, second))
    if first.provider.encodes and second.provider.encodes:  # a ranker's searches slow down as documents are added
        found += _rates(volume, first, second)
    return min(found, key=lambda flip: abs(math.log(flip.factor)), default=None)


def _prices(volume: Volume, first: Load, second: Load) -> Iterator[Flip]:
    """Yield the price of each kind at which the two cost the same; every bill is a straight line over one price."""
    for lever, provider, scale in _scales(first, second):
        one, two = (year_of(volume, scale(second, k)) - year_of(volume, scale(first, k)) for k in (1.0, 2.0))
        factor = 1 - one / (two - one) if two != one else math.nan
        if factor > 0:
            yield Flip(lever, provider, factor)


def _rates(volume: Volume, first: Load, second: Load) -> Iterator[Flip]:
    """Yield the nearest rate of each kind at which the two cost the same; a rate of 0 has no multiple."""
    for lever, rate in (("changed_per_month", volume.changed), ("growth_per_month", volume.growth)):
        factor = None if not rate else _nearest(_gap_over(volume, first, second, lever), min(_FARTHEST, 1 / rate))
        if factor is not None:
            name: Lever = "changed_per_month" if lever == "changed_per_month" else "growth_per_month"
            yield Flip(name, "", factor, factor * rate)


def _gap_over(volume: Volume, first: Load, second: Load, lever: str) -> Callable[[float], float]:
    """Return by how much the second one is dearer, at a factor of one rate."""

    def gap(factor: float) -> float:
        if lever == "changed_per_month":
            at = replace(volume, changed=volume.changed * factor)
        else:
            at = replace(volume, growth=volume.growth * factor)
        return year_of(at, second.rates) - year_of(at, first.rates)

    return gap


def _nearest(gap: Callable[[float], float], most: float) -> float | None:
    """Return the factor nearest to 1, up to `most`, at which the sign changes; None where it never does."""
    found = []
    for end in (1 / _FARTHEST, most):
        points = [end ** (step / _POINTS) for step in range(_POINTS + 1)] if end != 1 else []
        for near, far in pairwise(points):
            if (gap(near) > 0) != (gap(far) > 0):
                found.append(_between(gap, near, far))
                break
    return min(found, key=lambda factor: abs(math.log(factor)), default=None)


def _between(gap: Callable[[float], float], near: float, far: float) -> float:
    sign = gap(near) > 0
    for _ in range(_STEPS):
        middle = math.sqrt(near * far)
        near, far = (middle, far) if (gap(middle) > 0) == sign else (near, middle)
    return far


def _scales(first: Load, second: Load) -> Iterator[tuple[Lever, str, Callable[[Load, float], Rates]]]:
    yield "memory", "", _memory
    if first.on_machine or second.on_machine:
        yield "machine", "", _machine
    for load in (first, second):
        if load.price is not None:
            yield "tokens", load.provider.name, _tokens_of(load)


def _memory(load: Load, factor: float) -> Rates:
    return replace(load.rates, vector_usd_per_month=(load.rates.vector_usd_per_month or 0.0) * factor)


def _machine(load: Load, factor: float) -> Rates:
    return replace(load.rates, usd_per_s=None if load.rates.usd_per_s is None else load.rates.usd_per_s * factor)


def _tokens_of(meant: Load) -> Callable[[Load, float], Rates]:
    def scaled(load: Load, factor: float) -> Rates:
        rates = load.rates
        if load is not meant or rates.document_usd is None or rates.query_usd is None:
            return rates
        return replace(rates, document_usd=rates.document_usd * factor, query_usd=rates.query_usd * factor)

    return scaled
