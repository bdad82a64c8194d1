"""Two stages at the suite's volume: what the second one gains in nDCG@10, and what it costs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from embedmark.derive.accuracy.gains import MAIN
from embedmark.derive.accuracy.model import DatasetAnalysis
from embedmark.derive.cost.bills import Volume, bills
from embedmark.derive.cost.load import Load
from embedmark.derive.run import MeasuredRun
from embedmark.store.labels import two_stage_label
from embedmark.store.manifest.suite import RetrievalFacts

if TYPE_CHECKING:
    from embedmark.stats import Interval


@dataclass(frozen=True, slots=True)
class StageGain:
    """A first stage, and its best documents put into order by a second one.

    Attributes:
        name: of the two-stage row, such as `a+b`.
        first, second: the stages.
        gain, interval: nDCG@10 of both stages less that of the first one, with the simultaneous interval of the
            dataset; None where it was not scored, or cannot be tested.
        candidates: documents that the second stage reads for each query.
        searches: that are billed for each query; None where tokens or seconds are paid.
        usd_per_1k, usd_per_year: of the second stage alone; None where something is missing from its bill.
    """

    name: str
    first: str
    second: str
    dataset: str
    gain: float | None
    interval: Interval | None
    candidates: int
    searches: float | None
    usd_per_1k: float | None
    usd_per_year: float | None

    @property
    def gain_per_usd(self) -> float | None:
        """Return the nDCG@10 that one dollar for 1,000 queries gains; None where the stage is free or has no price."""
        if self.gain is None or not self.usd_per_1k:
            return None
        return self.gain / self.usd_per_1k

    @property
    def is_shown(self) -> bool:
        """Return True if the whole interval of the gain is above 0."""
        return self.interval is not None and self.interval[0] > 0


def stage_gains(
    run: MeasuredRun, volume: Volume, loads: Sequence[Load], analyses: Sequence[DatasetAnalysis]
) -> tuple[StageGain, ...]:
    """Return what each second stage of the suite gains on each retrieval dataset."""
    spec = run.measure.retrieval or RetrievalFacts()
    by_name = {load.provider.name: load for load in loads}
    return tuple(
        _gain(
            analysis, two_stage_label(first, second), (first, second), by_name[second], volume, spec.candidates or 100
        )
        for analysis in analyses
        if analysis.dataset.kind == "retrieval"
        for first, second in spec.rerank
        if second in by_name
    )


def _gain(
    analysis: DatasetAnalysis, name: str, stages: tuple[str, str], load: Load, volume: Volume, candidates: int
) -> StageGain:
    first, second = stages
    usd = bills(volume, load.rates)
    gain, interval = next(_differences(analysis, name, first), (None, None))
    return StageGain(
        name=name,
        first=first,
        second=second,
        dataset=analysis.dataset.name,
        gain=gain,
        interval=interval,
        candidates=min(candidates, analysis.dataset.n_documents),
        searches=load.searches,
        usd_per_1k=usd.get("per_1k_queries"),
        usd_per_year=usd.get("year_1"),
    )


def _differences(analysis: DatasetAnalysis, name: str, first: str) -> Iterator[tuple[float | None, Interval | None]]:
    """Yield the paired difference of two rankings of the dataset, at most once."""
    for pair in analysis.differences.get(MAIN, ()):
        if {pair.a, pair.b} != {name, first}:
            continue
        value, interval = pair.difference.value, pair.difference.interval
        if math.isnan(value):
            continue
        if pair.a == name:
            yield value, interval
        else:
            yield -value, None if interval is None else (-interval[1], -interval[0])
