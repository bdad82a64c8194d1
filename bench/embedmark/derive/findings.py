"""What the raw rows show about differences between providers: for reports."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import Literal

from embedmark.derive.accuracy.analyse import analyse
from embedmark.derive.accuracy.model import DatasetAnalysis, PairDifference
from embedmark.derive.run import MeasuredRun
from embedmark.store.read import RawRun

Verdict = Literal["better", "worse", "no clear difference", "not comparable"]


@dataclass(frozen=True, slots=True)
class ProviderDifference:
    """Two providers on one dataset: metric of a less that of b, over the pairs that both scored.

    Attributes:
        diff, se: the difference and its standard error; None where undefined.
        ci_low, ci_high: contain 0 if and only if the verdict is `no clear difference`.
        p_adjusted: two-sided, corrected for all comparisons of the dataset and metric.
        detectable: the smallest true difference that would have been shown with 90 % power.
        verdict: a against b.
    """

    provider_a: str
    provider_b: str
    dataset: str
    metric: str
    n_pairs: int
    diff: float | None
    se: float | None
    ci_low: float | None
    ci_high: float | None
    p_adjusted: float | None
    detectable: float | None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class DatasetFinding:
    """What one dataset can tell apart.

    Attributes:
        best, tied: the provider with the highest value, and those not shown to differ from it; none where `needed`.
        comparisons: size of the family that is tested together.
        smallest_detectable: median over the comparisons of the smallest true difference that would have been shown
            with 90 % power; None where there is no comparison.
        needed: independent pairs that any test would take, where there are fewer; else None.
        ranked_over: pairs that all providers scored, where one lost pairs that others have; else None.
    """

    dataset: str
    metric: str
    best: str | None
    tied: tuple[str, ...]
    comparisons: int
    smallest_detectable: float | None
    needed: int | None = None
    ranked_over: int | None = None


@dataclass(frozen=True, slots=True)
class Findings:
    """All findings of a run, in suite order."""

    comparisons: tuple[ProviderDifference, ...]
    datasets: tuple[DatasetFinding, ...]

    def main_metric(self, dataset: str) -> str:
        """Return the metric that a dataset is judged by: spearman where nothing was found."""
        return next((finding.metric for finding in self.datasets if finding.dataset == dataset), "spearman")


def find(raw: RawRun) -> Findings:
    """Return the findings of a raw run. Pure and seeded. To get the tables too, at no further cost: `derive_all`."""
    return findings_of(analyse(MeasuredRun.of(raw)))


def findings_of(analyses: tuple[DatasetAnalysis, ...]) -> Findings:
    """Do the same as `find`, for data that is already analyzed."""
    pairs = [(a, m) for a in analyses for m in a.metrics]
    return Findings(
        comparisons=tuple(_comparison(a, m, d) for a, m in pairs for d in a.differences.get(m, ())),
        datasets=tuple(_dataset(a, m) for a, m in pairs),
    )


def _comparison(analysis: DatasetAnalysis, metric: str, pair: PairDifference) -> ProviderDifference:
    found = pair.difference
    known = found.interval is not None
    low, high = found.interval or (None, None)
    return ProviderDifference(
        provider_a=pair.a,
        provider_b=pair.b,
        dataset=analysis.dataset.name,
        metric=metric,
        n_pairs=pair.n_pairs,
        diff=found.value if found.value == found.value else None,
        se=found.se if known else None,
        ci_low=low,
        ci_high=high,
        p_adjusted=found.p_adjusted if known else None,
        detectable=found.detectable if known else None,
        verdict=_verdict(found.value, found.shown, known),
    )


def _verdict(value: float, shown: bool, known: bool) -> Verdict:
    if not known:
        return "not comparable"
    if not shown:
        return "no clear difference"
    return "better" if value > 0 else "worse"


def _dataset(analysis: DatasetAnalysis, metric: str) -> DatasetFinding:
    from embedmark.stats import NOISE

    tested = [pair.difference for pair in analysis.differences.get(metric, ()) if pair.difference.interval is not None]
    # Scores that are the same in every pair do not say how far they could have differed.
    known = [difference.detectable for difference in tested if difference.detectable > NOISE]
    tied = analysis.tied(metric)
    return DatasetFinding(
        dataset=analysis.dataset.name,
        metric=metric,
        best=tied[0] if tied else None,
        tied=tied[1:],
        comparisons=len(tested),
        smallest_detectable=statistics.median(known) if known else None,
        needed=analysis.needed(metric),
        ranked_over=analysis.n_ranked if analysis.short() else None,
    )
