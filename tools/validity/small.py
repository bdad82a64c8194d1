"""Few pairs: equal and different providers, two and thirty of them."""

from __future__ import annotations

from typing import Final

import numpy as np

from embedmark.stats import SPEARMAN, Difference, paired_differences
from tools.validity.outcome import Outcome, share
from tools.validity.progress import progress

NAME: Final = "few pairs"
SIZES: Final = (12, 20, 30, 50, 100)
DRAWS: Final = 100  # the fewest that a suite's `resamples` may ask for
_R: Final = 0.7
_HOLD: Final = "share of families whose intervals all hold"


def few_pairs(n: int) -> list[Outcome]:
    """Called different where all are equal; intervals that hold where they differ; and power of two."""
    outcomes: list[Outcome] = []
    for k in (2, 30):
        for size in SIZES:
            outcomes += [of_equal(k, size, n), of_different(k, size, n)]
    return outcomes


def family(rng: np.random.Generator, correlations: np.ndarray, size: int, seed: tuple[int, ...]) -> list[Difference]:
    """What the product says of providers whose correlations with gold are known; pairs are independent normals."""
    r = correlations[:, None]
    gold = rng.normal(size=size)
    scores = r * gold + np.sqrt(1 - r * r) * rng.normal(size=(len(correlations), size))
    return paired_differences(SPEARMAN, scores, gold=gold, draws=DRAWS if len(correlations) > 2 else 1000, seed=seed)


def of_equal(k: int, size: int, n: int) -> Outcome:
    """Any difference called among equals."""
    rng = np.random.default_rng((20, k, size))
    found = [family(rng, np.full(k, _R), size, (21, i)) for i in progress(n, f"{NAME}: {k} equal, n = {size}")]
    called, m = share(any(difference.shown for difference in one) for one in found)
    given = np.mean([one[0].interval is not None for one in found])
    detail = f"all {_R}; tested in {given:.0%}"
    low = 0.03 if k == 2 else None
    return Outcome(NAME, f"a/a, {k} providers, n = {size}", "share called different", called, low, 0.07, m, detail)


def of_different(k: int, size: int, n: int) -> Outcome:
    """All intervals of a family hold, among those that have any."""
    rng = np.random.default_rng((22, k, size))
    correlations = np.linspace(0.5, 0.9, k)
    truths = 6 / np.pi * np.arcsin(correlations / 2)
    i, j = np.triu_indices(k, 1)
    apart = truths[i] - truths[j]
    held: list[bool] = []
    shown: list[bool] = []
    for at in progress(n, f"{NAME}: {k} different, n = {size}"):
        found = family(rng, correlations, size, (23, at))
        ends = [difference.interval for difference in found]
        known = [(low, high) for end in ends if end is not None for low, high in [end]]
        if len(known) == len(found):
            bounds = np.array(known)
            held.append(bool(((bounds[:, 0] <= apart) & (apart <= bounds[:, 1])).all()))
        shown.append(found[len(found) - 1 if k == 2 else k - 2].shown)  # the first against the last
    found_share = np.mean(shown)
    detail = f"0.5 to 0.9; the first is shown to differ from the last in {found_share:.0%}"
    case = f"{k} providers, n = {size}"
    if not held:
        # Nothing is claimed, so nothing can be wrong.
        measures, why = "share of families with intervals", "too few pairs for any test: no interval and no verdict"
        return Outcome(NAME, f"intervals, {case}", measures, 0.0, None, 0.0, n, why)
    return Outcome(NAME, f"intervals, {case}", _HOLD, float(np.mean(held)), 0.93, 0.97, len(held), detail)
