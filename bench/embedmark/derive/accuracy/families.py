"""All providers of a dataset, compared with each other as one family."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from embedmark.derive.accuracy.model import PairDifference
from embedmark.derive.run import DatasetEntry, MeasuredRun

if TYPE_CHECKING:
    from embedmark.stats import Array, Statistic, Units


@dataclass(frozen=True, eq=False, slots=True)
class Family:
    """The observations that all providers of a family have.

    Attributes:
        names: of the k providers.
        scores: (k, n), NaN where a provider has none.
        gold: (n,), or None for a statistic that needs none.
        units: what is independent among the n observations.
        draws, seed: of the random draws behind a critical value.
        families: tested side by side, this one included: the slices of a dataset.
    """

    names: Sequence[str]
    scores: Array
    gold: Array | None
    units: Units
    draws: int
    seed: int | Sequence[int]
    families: int = 1

    def ranking(self, statistic: Statistic) -> dict[str, float]:
        """Return each provider's value over the observations that all of them have."""
        from embedmark.stats import estimate

        values = estimate(statistic, self.scores, gold=self.gold, units=self.units).values
        return dict(zip(self.names, values.tolist(), strict=True))

    def differences(self, statistic: Statistic) -> tuple[PairDifference, ...]:
        """Return the difference of each provider from each later one."""
        from embedmark.stats import complete, paired_differences

        found = paired_differences(
            statistic,
            self.scores,
            gold=self.gold,
            units=self.units,
            draws=self.draws,
            seed=self.seed,
            families=self.families,
        )
        n = int(complete(self.scores).sum())
        pairs = combinations(self.names, 2)
        return tuple(PairDifference(a, b, n, d) for (a, b), d in zip(pairs, found, strict=True))


def dataset_seed(run: MeasuredRun, dataset: DatasetEntry) -> tuple[int, int]:
    """Return the seed of a dataset's draws: the same pairs get the same ones, whatever a suite calls them."""
    digest = hashlib.sha256((dataset.sha256 or dataset.name).encode()).digest()
    return run.seed, int.from_bytes(digest[:8], "big")
