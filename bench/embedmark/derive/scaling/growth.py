"""All pairs within n texts: exact counts, and times fitted with fixed exponents.

A bi-encoder takes n encodes and then n(n-1)/2 similarities, a cross-encoder n(n-1)/2 pair predictions. Encoding and
predicting are fitted as t = a + b w, where w is the work: n texts, or n(n-1)/2 pairs. The constant a is what a stage
costs at any size; without it, the relative weights would let the smallest sizes, where it is most of the time, inflate
b. The work of the similarity stage is the dot products that its blocks multiply: all n^2 within one block, half of that
for n far beyond it, so its exponent is that of n^2 there. Where enough sizes tell the terms apart, it is fitted as
a + b n + c w: normalising and sorting are work for each text, and at some thousand texts they are not yet small beside
the products.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from embedmark.allpairs.counts import multiplied, pair_count
from embedmark.derive.run import MeasuredRun, ProviderEntry, numbers
from embedmark.derive.speed.turns import shared_turns

if TYPE_CHECKING:
    import pandas as pd

    from embedmark.stats import Array, Interval, RelativeFit

MIN_SIZES_FOR_CHECK = 3  # two sizes determine a line, the third can disagree with it
_SIZES_FOR_THREE_TERMS = 5


def work(stage: str, n: int) -> int:
    """Return what a stage does at n texts: texts for `encode`, dot products for `similarity`, pairs for `predict`."""
    if stage == "similarity":
        return multiplied(n)
    return n if stage == "encode" else pair_count(n)


Part = tuple["RelativeFit", "Array"]  # a fit, and the features (p,) to predict it at


def sum_of_stages(parts: Sequence[Part]) -> tuple[float, Interval | None]:
    """Return seconds of stages that follow each other, with a 95 % interval for one more measurement of their sum."""
    from embedmark.stats import sum_interval

    values = [fit.predict(features) for fit, features in parts]
    found = [part for fit, features in parts for part in fit.variances(features)]
    return sum(values), sum_interval(values, [variance for variance, _ in found], [freedom for _, freedom in found])


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
        """Return seconds at n texts, stages summed, with a 95 % interval for one more measurement there."""
        return sum_of_stages(self.parts(n))

    def parts(self, n: int) -> list[Part]:
        """Return every stage's fit with its features at n texts."""
        return [(fit, features_of(stage, n, len(fit.coefficients))) for stage, fit in self.fits.items()]

    def predicting(self, pairs: int) -> Part:
        """Return a cross-encoder's fit with its features at this number of pairs."""
        import numpy as np

        fit = self.fits["predict"]
        return fit, np.array([1.0, pairs])[2 - len(fit.coefficients) :]


_KNOWN: WeakKeyDictionary[MeasuredRun, dict[str, Growth | None]] = WeakKeyDictionary()


def growth_of(run: MeasuredRun, provider: ProviderEntry) -> Growth | None:
    """Times and fits from the timed scaling rows; None where a provider has none, or no size with all its stages.

    Several tables ask for them, so that those of a run are computed once.
    """
    known = _KNOWN.setdefault(run, {})
    if provider.name not in known:
        known[provider.name] = _growth_of(run, provider)
    return known[provider.name]


def _growth_of(run: MeasuredRun, provider: ProviderEntry) -> Growth | None:
    rows = run.samples(provider.name, "scaling")
    rows = rows[numbers(rows, "elapsed_ns") > 0]
    wanted = ("predict",) if provider.is_cross else ("encode", "similarity")
    stages = {stage: rows[rows["scenario"] == stage] for stage in wanted}
    seconds = _sums(stages)
    if not seconds:
        return None
    sizes = sorted(seconds)
    held_out = sizes[-1] if len(sizes) >= MIN_SIZES_FOR_CHECK else None
    timed = _passes(run, provider)
    return Growth(seconds, held_out, {stage: _fit(stage, frame, held_out, timed) for stage, frame in stages.items()})


def _passes(run: MeasuredRun, provider: ProviderEntry) -> tuple[int, Array] | None:
    """Return the items and the seconds of the same run's throughput passes, as one more size; None without them.

    Passes of the first dataset in batches of the same size do what encoding (or predicting) does at that many texts
    (or pairs).
    """
    batch = run.measure.scaling.batch_size if run.measure.scaling else None
    rows = run.samples(provider.name, "throughput")
    rows = rows[(rows["batch_size"] == batch) & (rows["unit"] == provider.unit)]
    if run.datasets:
        rows = rows[rows["dataset"] == run.datasets[0].name]
    rows = shared_turns(run, rows)
    return None if rows.empty else (int(numbers(rows, "n_items")[0]), numbers(rows, "elapsed_ns") / 1e9)


def _sums(stages: dict[str, pd.DataFrame]) -> dict[int, Array]:
    """Return seconds of each repeat by n, stages summed, for the n at which every stage was timed."""
    import numpy as np

    by_repeat: dict[tuple[int, int], dict[str, float]] = {}
    for stage, frame in stages.items():
        for n, repeat, ns in zip(frame["n"], frame["repeat"], frame["elapsed_ns"], strict=True):
            # The first row is that of the real vectors: the similarity stage may have been timed alone at this size.
            by_repeat.setdefault((int(n), int(repeat)), {}).setdefault(stage, float(ns) / 1e9)
    whole = {key: sum(times.values()) for key, times in sorted(by_repeat.items()) if len(times) == len(stages)}
    return {n: np.array([t for (size, _), t in whole.items() if size == n]) for n in dict.fromkeys(n for n, _ in whole)}


def _fit(
    stage: str, frame: pd.DataFrame, held_out: int | None, passes: tuple[int, Array] | None
) -> RelativeFit:  # fmt: skip
    # A stage may have been timed alone at further sizes: the similarity stage is, since at some tens of texts it is
    # nothing but overhead.
    import numpy as np

    from embedmark.stats import fit_relative

    seen = frame[frame["n"] != held_out]
    sizes = [int(n) for n in seen["n"]]
    terms = min(2, len(set(sizes)))
    if stage == "similarity" and len(set(sizes)) >= _SIZES_FOR_THREE_TERMS:
        terms = 3
    features = np.array([features_of(stage, n, terms) for n in sizes])
    seconds = numbers(seen, "elapsed_ns") / 1e9
    if passes is not None and stage != "similarity" and sizes:
        more = np.array([[1.0, float(passes[0])][2 - terms :]] * len(passes[1]))
        features, seconds = np.vstack([features, more]), np.concatenate([seconds, passes[1]])
    # The curve has not seen the largest size; its interval knows how far off it was there.
    rest = frame[frame["n"] == held_out]
    check = (features_of(stage, held_out, terms), numbers(rest, "elapsed_ns") / 1e9) if held_out and len(rest) else None
    return fit_relative(features, seconds, check)


def features_of(stage: str, n: int, terms: int) -> Array:
    """Return what a stage's fit is linear in, at n texts: w alone (1,), 1 and w (2,), or 1, n and w (3,)."""
    import numpy as np

    w = work(stage, n)
    return np.array({1: [w], 2: [1, w], 3: [1, n, w]}[terms], dtype=np.float64)
