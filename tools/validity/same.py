"""A/A: how often two providers that are the same are called different."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from embedmark.derive.speed.turns import MAX_SPREAD, in_turns
from embedmark.stats import SPEARMAN, Array, paired_differences
from tools.validity.noise import lognormal, neighbours, recorded
from tools.validity.outcome import Outcome, share
from tools.validity.pairs import Population, minilm_less, trials, truncations
from tools.validity.progress import progress
from tools.validity.rig import MAX_PASSES, time_passes, together

NAME: Final = "a/a"
_MEASURES: Final = "share called different"
_LEAST: Final = 0.03  # two providers: below, a test of 5 % has lost power
_MOST: Final = 0.07


def same(n: int) -> list[Outcome]:
    """Resampled pairs, a family of four providers, and passes timed in turns."""
    population = exchangeable(minilm_less(0.01), seed=2)
    family = exchangeable(truncations((384, 256, 192, 128)), seed=3)
    return [on_pairs(population, population.gold.size, n), on_family(family, 400, n), *on_timings(n)]


def exchangeable(population: Population, seed: int) -> Population:
    """Providers that differ in every pair and not at all on the whole.

    Scores become ranks, so that all providers have the same distribution. Every pair then stands in the population
    once for each rotation of the providers: over all of it their correlations are equal, exactly, and a sample
    shows the noise that real providers have. `seed` says who is whose neighbour in the rotation, pair by pair.
    """
    from scipy import stats

    k = len(population.scores)
    ranks = stats.rankdata(population.scores, axis=1)
    mixed = np.random.default_rng(seed).permuted(ranks, axis=0)
    scores = np.concatenate([np.roll(mixed, shift, axis=0) for shift in range(k)], axis=1)
    return Population(np.tile(population.gold, k), scores, population.labels)


def on_pairs(population: Population, size: int, n: int) -> Outcome:
    """Two providers of equal truth, on samples of `size` pairs."""
    found = trials(population, size, n, 4, "a/a: pairs")
    different, m = share(trial.difference.shown for trial in found)
    detail = f"MiniLM and {population.labels[1]}, exchanged pair by pair; n = {size}"
    return Outcome(NAME, "two providers, resampled pairs", _MEASURES, different, _LEAST, _MOST, m, detail)


def on_family(population: Population, size: int, n: int) -> Outcome:
    """Any difference called among all providers of a data set: all tested as one family."""
    rng = np.random.default_rng(5)
    called: list[bool] = []
    pairs = math.comb(len(population.scores), 2)
    for i in progress(n, "a/a: family"):
        drawn = rng.integers(0, population.gold.size, size=size)
        gold, scores = population.gold[drawn], population.scores[:, drawn]
        family = paired_differences(SPEARMAN, scores, gold=gold, seed=(5, i))
        called.append(any(difference.shown for difference in family))
    different, m = share(called)
    detail = f"any of the {pairs} comparisons; n = {size}"
    case = f"{len(population.scores)} providers, resampled pairs"
    return Outcome(NAME, case, _MEASURES, different, None, _MOST, m, detail)


def on_timings(n: int) -> list[Outcome]:
    """Passes timed in turns on a clock of known truth: independent noise, and real passes with their neighbours."""
    noise = lognormal(0.03)

    def independent(rng: np.random.Generator) -> tuple[Array, Array]:
        return noise.sample(rng, MAX_PASSES), noise.sample(rng, MAX_PASSES)

    def drifting(rng: np.random.Generator) -> tuple[Array, Array]:
        # The machine slows down by a fifth while both are timed: interleaving lets it hit both.
        slope = np.linspace(1, 1.2, MAX_PASSES)
        return slope * noise.sample(rng, MAX_PASSES), slope * noise.sample(rng, MAX_PASSES)

    def real(rng: np.random.Generator) -> tuple[Array, Array]:
        turns = neighbours(rng, 2 * MAX_PASSES)
        return turns[0::2], turns[1::2]

    def resampled(rng: np.random.Generator) -> tuple[Array, Array]:
        passes = recorded() / np.median(recorded())
        return rng.choice(passes, MAX_PASSES), rng.choice(passes, MAX_PASSES)

    # Recorded passes spread too far for a verdict; they are judged all the same, since chance must not call them.
    cases = {
        "3 % noise": (independent, MAX_SPREAD),
        "3 % noise, drift of 20 %": (drifting, math.inf),
        "recorded passes, resampled": (resampled, math.inf),
        "recorded passes, in turns": (real, math.inf),
    }
    outcomes: list[Outcome] = []
    for seed, (name, (sample, limit)) in enumerate(cases.items()):
        rng = np.random.default_rng(seed)
        verdicts = []
        for _ in progress(n, f"a/a: timings, {name}"):
            a, b = sample(rng)
            timed = time_passes({"a": 1e9 * a, "b": 1e9 * b})
            verdicts.append(in_turns(*together(timed), limit)[1])
        different, m = share(interval is not None and not interval[0] <= 0 <= interval[1] for interval in verdicts)
        noisy = verdicts.count(None) / n
        detail = "judged whatever their spread" if math.isinf(limit) else f"`noisy`, so no verdict: {noisy:.0%}"
        least = None if math.isinf(limit) else _LEAST  # of verdicts that a report gives
        outcomes.append(Outcome(NAME, f"timings, {name}", _MEASURES, different, least, _MOST, m, detail))
    return outcomes
