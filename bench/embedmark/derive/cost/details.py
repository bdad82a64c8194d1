"""Which provider costs the least in its first year, and what follows from the bills."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from embedmark.derive.accuracy.model import DatasetAnalysis
from embedmark.derive.cost.bills import Rates, Volume, bills
from embedmark.derive.cost.crossings import Crossing, crossings
from embedmark.derive.cost.curves import CostCurve, cost_curves
from embedmark.derive.cost.flips import Flip, flip_of
from embedmark.derive.cost.load import Load
from embedmark.derive.cost.stages import StageGain, stage_gains
from embedmark.derive.cost.volume import loads_of, volume_of
from embedmark.derive.rows.timing import ThroughputRow
from embedmark.derive.run import MeasuredRun

_ALL_PAIRS_UP_TO: Final = 5


@dataclass(frozen=True, slots=True)
class VolumeDetails:
    """What follows from the bills.

    Attributes:
        years: USD of the first year by provider, the cheapest first; without second stages of a search.
        term, share: what most of the cheapest one's year goes to.
        crossings: of every two that encode; of more than five, of the cheapest one and each other. A ranker's searches
            were timed among few documents, and its bill is that of this volume only.
        lacking: providers without a bill, and what is missing.
        curves: of the first year over the volume, the cheapest at the suite's volume first.
        stages: what each second stage of a search gains, and costs.
    """

    volume: Volume
    years: tuple[tuple[str, float], ...]
    term: str
    share: float
    crossings: tuple[Crossing, ...]
    flip: Flip | None
    lacking: tuple[tuple[str, str], ...]
    curves: tuple[CostCurve, ...] = ()
    stages: tuple[StageGain, ...] = ()


def volume_details(
    run: MeasuredRun, throughput: Sequence[ThroughputRow], analyses: Sequence[DatasetAnalysis] = ()
) -> VolumeDetails | None:
    """Return what follows from the bills of a run; None where its suite names no volume."""
    volume = volume_of(run)
    if volume is None:
        return None
    every = loads_of(run, throughput)
    loads = [load for load in every if not load.provider.is_cross]
    years = {load.provider.name: bills(volume, load.rates).get("year_1") for load in loads}
    known = sorted(((name, usd) for name, usd in years.items() if usd is not None), key=lambda each: each[1])
    priced = [next(load for load in loads if load.provider.name == name) for name, _ in known]
    term, share = _largest(volume, priced[0].rates) if priced else ("", 0.0)
    scaled = [load for load in priced if load.provider.encodes]
    return VolumeDetails(
        volume=volume,
        years=tuple(known),
        term=term,
        share=share,
        crossings=tuple(crossing for a, b in _pairs(scaled) for crossing in crossings(volume, a, b)),
        flip=flip_of(volume, priced[0], priced[1]) if len(priced) > 1 else None,
        lacking=tuple(
            (load.provider.name, "; ".join(dict.fromkeys(load.missing.values())))
            for load in loads
            if years[load.provider.name] is None
        ),
        curves=cost_curves(volume, scaled),
        stages=stage_gains(run, volume, every, analyses),
    )


def _pairs(priced: Sequence[Load]) -> list[tuple[Load, Load]]:
    """Return every two providers; where there are many, the cheapest one with each other."""
    return list(combinations(priced, 2)) if len(priced) <= _ALL_PAIRS_UP_TO else [(priced[0], b) for b in priced[1:]]


def _largest(volume: Volume, rates: Rates) -> tuple[str, float]:
    """Return the term that most of the first year goes to, and its share."""
    found = bills(volume, rates)
    grown = sum(volume.held) / volume.documents
    times = {"index": 1.0, "storage": grown, "churn": grown, "growth": grown, "queries": 12.0, "machines": 12.0}
    parts = {term: found[term] * factor for term, factor in times.items() if term in found}
    term = max(parts, key=parts.__getitem__)
    return term, parts[term] / found["year_1"] if found["year_1"] else 0.0
