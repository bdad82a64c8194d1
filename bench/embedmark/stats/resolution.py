"""The differences that a dataset can show, before anything is measured."""

from __future__ import annotations

import math
from typing import Final, Literal

from embedmark.stats.arrays import CONFIDENCE
from embedmark.stats.differences import POWER_Z
from embedmark.stats.distributions import normal_above
from embedmark.stats.family import least_units

# Standard deviation of a difference times the root of n, for providers that are alike and for those that are not.
# Pairs: MiniLM, mpnet, wordllama, a cross-encoder and character n-grams on STS-B test and dev
# (results/reference/local): 0.16 to 0.52 in 17 comparisons. Queries: nDCG@10 of single queries differs by 0.23 to 0.33.
_SPREADS: Final = {"pairs": (0.21, 0.48), "queries": (0.23, 0.33)}


def expected_detectable(kind: Literal["pairs", "queries"], n: int, comparisons: int = 1) -> tuple[float, float] | None:
    """Return the smallest differences that `n` pairs or queries are likely to show, in 90 % of cases.

    The first is for providers that are much alike (two versions of a model), the second for unlike ones. None where
    no test could show any difference (`least_units`). The metric is Spearman for pairs and nDCG@10 for queries.

    >>> alike, unlike = expected_detectable("pairs", 300) or (0.0, 0.0)
    >>> f"{unlike:.2f}"
    '0.09'
    """
    if n < least_units(comparisons):
        return None
    critical = normal_above((1 - CONFIDENCE) / (2 * max(comparisons, 1)))
    alike, unlike = (spread * (critical + POWER_Z) / math.sqrt(n) for spread in _SPREADS[kind])
    return alike, unlike
