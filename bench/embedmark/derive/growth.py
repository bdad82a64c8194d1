"""All pairs within n texts: exact counts, and times fitted with fixed exponents.

A bi-encoder takes n encodes and then n(n-1)/2 similarities, a cross-encoder n(n-1)/2 pair predictions. Each stage is
fitted as t = a + b w, where w is its work: n texts for encoding, n(n-1)/2 pairs for the other two. The constant a is
what a stage costs at any size; without it, the relative weights would let the smallest sizes, where it is most of the
time, inflate b.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from embedmark.derive.view import ProviderEntry, View, numbers

if TYPE_CHECKING:
    import pandas as pd

    from embedmark.stats import Array, Interval, RelativeFit

MIN_SIZES_FOR_CHECK = 3  # two sizes determine a line, the third can disagree with it


def all_pairs(n: int) -> int:
    """n(n-1)/2, exactly."""
    return n * (n - 1) // 2


def work(stage: str, n: int) -> int:
    """What a stage does at n texts: texts for `encode`, pairs for `similarity` and `predict`."""
    return n if stage == "encode" else all_pairs(n)


@dataclass(frozen=True, eq=False, slots=True)
class Growth:
    """Measured and fitted times of one provider.

    Attributes:
        seconds: by n, all stages of each repeat summed, float64 (repeats,).
        held_out: the largest n, which the fit has not seen; None below three sizes.
        fits: by stage.
    """

    seconds: dict[int, Array]
    held_out: int | None
    fits: dict[str, RelativeFit]

    def project(self, n: int) -> tuple[float, Interval | None]:
        """Seconds at n texts, stages summed, with a 95 % interval for one more measurement there."""
        from embedmark.stats import sum_interval

        parts = [(fit, _features(stage, [n], len(fit.coefficients))[0]) for stage, fit in self.fits.items()]
        values = [fit.predict(features) for fit, features in parts]
        variances = [fit.variance(features) for fit, features in parts]
        return sum(values), sum_interval(values, variances, [fit.freedom for fit, _ in parts])


def growth_of(view: View, provider: ProviderEntry) -> Growth | None:
    """Times and fits from the timed scaling rows; None where a provider has none, or no size with all its stages."""

    rows = view.samples(provider.name, "scaling")
    rows = rows[numbers(rows, "elapsed_ns") > 0]
    wanted = ("predict",) if provider.is_cross else ("encode", "similarity")
    stages = {stage: rows[rows["scenario"] == stage] for stage in wanted}
    seconds = _sums(stages)
    if not seconds:
        return None
    sizes = sorted(seconds)
    held_out = sizes[-1] if len(sizes) >= MIN_SIZES_FOR_CHECK else None
    return Growth(seconds, held_out, {stage: _fit(stage, frame, held_out) for stage, frame in stages.items()})


def _sums(stages: dict[str, pd.DataFrame]) -> dict[int, Array]:
    """Seconds of each repeat by n, stages summed, for the n at which every stage was timed."""
    import numpy as np

    by_repeat: dict[tuple[int, int], dict[str, float]] = {}
    for stage, frame in stages.items():
        for n, repeat, ns in zip(frame["n"], frame["repeat"], frame["elapsed_ns"], strict=True):
            by_repeat.setdefault((int(n), int(repeat)), {})[stage] = float(ns) / 1e9
    whole = {key: sum(times.values()) for key, times in sorted(by_repeat.items()) if len(times) == len(stages)}
    return {n: np.array([t for (size, _), t in whole.items() if size == n]) for n in dict.fromkeys(n for n, _ in whole)}


def _fit(stage: str, frame: pd.DataFrame, held_out: int | None) -> RelativeFit:
    # A stage may have been timed alone at further sizes: the similarity stage is, since at some tens of texts it is
    # nothing but overhead.
    from embedmark.stats import fit_relative

    seen = frame[frame["n"] != held_out]
    sizes = [int(n) for n in seen["n"]]
    return fit_relative(_features(stage, sizes, min(2, len(set(sizes)))), numbers(seen, "elapsed_ns") / 1e9)


def _features(stage: str, sizes: list[int], terms: int) -> Array:
    """Columns 1 and w (m, 2), or w alone (m, 1) where one size cannot tell them apart."""
    import numpy as np

    both = np.array([[1.0, work(stage, n)] for n in sizes], dtype=np.float64)
    return both[:, 2 - terms :]
