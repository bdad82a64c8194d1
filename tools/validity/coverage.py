"""Coverage: how often 95 % intervals hold the truth."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Final

import numpy as np

from embedmark.stats import (
    SPEARMAN,
    Array,
    Interval,
    estimate,
    passes_interval,
    quantile_interval,
)
from tools.validity.noise import NOISES, draw
from tools.validity.outcome import Outcome, share
from tools.validity.pairs import Population, Trial, minilm_less, trials
from tools.validity.progress import progress
from tools.validity.rig import MAX_PASSES, time_passes

NAME: Final = "coverage"
_MEASURES: Final = "share of intervals that hold the truth"


def coverage(n: int) -> list[Outcome]:
    """Intervals of Spearman, of a paired difference, of throughput and of percentiles."""
    population = minilm_less(0.01)
    found = on_pairs(population, stsb_trials(n), population.gold.size)
    return [
        *found,
        *(on_normal(size, r, n) for size, r in ((50, 0.8), (200, 0.8))),
        *throughput(n),
        *percentiles(n),
    ]


@functools.cache
def stsb_trials(n: int) -> list[Trial]:
    """Samples as large as STS-B test of MiniLM and a truncation; coverage and power both judge by them."""
    population = minilm_less(0.01)
    return trials(population, population.gold.size, n, 1, "coverage, power: STS-B")


def on_pairs(population: Population, found: list[Trial], size: int) -> list[Outcome]:
    """Spearman and the paired difference, on samples of `size` pairs of a population."""
    truth, other = population.truth(0), population.truth(1)
    hits, m = share(_holds(trial.interval, truth) for trial in found)
    both, k = share(_holds(trial.difference.interval, truth - other) for trial in found)
    about = f"{size} of STS-B's pairs, resampled"
    first, second = population.labels
    return [
        _close(f"Spearman, MiniLM, n = {size}", hits, m, f"truth {truth:.4f}; {about}"),
        _close(f"paired difference, n = {size}", both, k, f"{first} less {second}: truth {truth - other:.4f}; {about}"),
    ]


def on_normal(size: int, r: float, n: int) -> Outcome:
    """Spearman of `size` pairs that are bivariate normal: the truth is 6 / pi asin(r / 2) (Kruskal, 1958)."""
    truth = 6 / np.pi * np.arcsin(r / 2)
    rng = np.random.default_rng(size)
    hits: list[bool] = []
    for _ in progress(n, f"coverage: normal, n = {size}"):
        gold = rng.normal(size=size)
        scores = r * gold + np.sqrt(1 - r * r) * rng.normal(size=size)
        hits.append(_holds(estimate(SPEARMAN, scores[None], gold=gold).interval(0), truth))
    found, m = share(hits)
    return _close(f"Spearman, normal pairs, n = {size}", found, m, f"truth {truth:.4f}")


def throughput(n: int) -> list[Outcome]:
    """The median of passes, timed by the harness until it has enough of them."""
    outcomes: list[Outcome] = []
    for seed, (name, noise) in enumerate(NOISES.items()):
        rng = np.random.default_rng(seed)
        hits: list[bool] = []
        passes: list[int] = []
        for _ in progress(n, f"coverage: throughput, {name}"):
            times = time_passes({"a": 1e9 * noise.sample(rng, MAX_PASSES)})["a"]
            hits.append(_holds(passes_interval(times), 1e9 * noise.median))
            passes.append(len(times))
        found, m = share(hits)
        detail = f"{min(passes)} to {max(passes)} passes, as the harness decides; median {np.median(passes):.0f}"
        # Passes may be wide: they allow for a correlation that these do not have.
        outcomes.append(Outcome(NAME, f"throughput, {name}", _MEASURES, found, 0.93, None, m, detail))
    return outcomes


def percentiles(n: int, calls: int = 400) -> list[Outcome]:
    """Percentiles of the latency of `calls` calls; order statistics promise at least 95 %, and more for small n."""
    outcomes: list[Outcome] = []
    for seed, (name, (sample, quantile)) in enumerate(_LATENCIES.items()):
        drawn = np.sort(sample(np.random.default_rng(seed), (n, calls)), axis=1)
        for q in (0.50, 0.95, 0.99):
            hits, m = share(_holds(quantile_interval(row, q), quantile(q)) for row in drawn)
            case = f"latency p{100 * q:.0f}, {name}"
            outcomes.append(Outcome(NAME, case, _MEASURES, hits, 0.94, None, m, f"{calls} calls"))
    return outcomes


def _lognormal(rng: np.random.Generator, shape: tuple[int, int]) -> Array:
    return rng.lognormal(0.0, 0.5, shape)


def _two_humps(rng: np.random.Generator, shape: tuple[int, int]) -> Array:
    # Nine calls in ten take 5 to 6 ms, every tenth 50 to 60: a cache that misses.
    return np.where(draw(rng, shape) < 0.9, 5.0, 50.0) * (1 + 0.2 * draw(rng, shape))


def _two_humps_quantile(q: float) -> float:
    return 5 * (1 + 0.2 * q / 0.9) if q < 0.9 else 50 * (1 + 0.2 * (q - 0.9) / 0.1)


def _lognormal_quantile(q: float) -> float:
    from scipy import stats

    return float(stats.lognorm.ppf(q, 0.5))


_Sampler = Callable[[np.random.Generator, tuple[int, int]], Array]
_LATENCIES: dict[str, tuple[_Sampler, Callable[[float], float]]] = {
    "lognormal": (_lognormal, _lognormal_quantile),
    "two humps": (_two_humps, _two_humps_quantile),
}


def _holds(interval: Interval | None, truth: float) -> bool:
    return interval is not None and bool(interval[0] <= truth <= interval[1])


def _close(case: str, found: float, n: int, detail: str) -> Outcome:
    return Outcome(NAME, case, _MEASURES, found, 0.93, 0.97, n, detail)
