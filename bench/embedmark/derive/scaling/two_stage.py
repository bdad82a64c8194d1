"""Bi-encoder first, cross-encoder on its candidates: how long the two take together, and what the first one loses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from embedmark.allpairs.counts import two_stage_pairs
from embedmark.derive.run import MeasuredRun, ProviderEntry, numbers
from embedmark.derive.scaling.growth import Growth, growth_of, sum_of_stages

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    from embedmark.stats import Array, Interval

DEFAULT_CANDIDATES = 20
DEFAULT_TOP_K = 10


@dataclass(frozen=True, eq=False, slots=True)
class Pairing:
    """A bi-encoder and the cross-encoder that predicts its candidates.

    Attributes:
        candidates: texts that the first stage passes on, for each text.
        seconds: by n, both stages summed, float64 (repeats,): the bi-encoder's median and each repeat of the second.
        measured_pairs: by n, how many pairs the second stage then predicted.
    """

    bi: ProviderEntry
    cross: ProviderEntry
    bi_growth: Growth
    cross_growth: Growth
    candidates: int
    seconds: dict[int, Array]
    measured_pairs: dict[int, int]

    @property
    def name(self) -> str:
        return f"{self.bi.name}+{self.cross.name}"

    @property
    def held_out(self) -> int | None:
        """The largest n of the cross-encoder, whose fit has not seen it. That of the bi-encoder may have."""
        return self.cross_growth.held_out

    def bound(self, n: int) -> int:
        """Return pairs that the cross-encoder predicts at most: `candidates` a text, or all there are.

        Two texts that are each other's candidates are one pair: how many are depends on n, so a bound it stays.
        """
        return two_stage_pairs(n, self.candidates)

    def predictions(self, n: int) -> int:
        """Return pairs that the cross-encoder predicts: as counted where measured, else the bound."""
        return self.measured_pairs.get(n, self.bound(n))

    def project(self, n: int, pairs: int | None = None) -> tuple[float, Interval | None]:
        """Return seconds of both stages at n texts, with a 95 % interval for one more measurement there.

        Args:
            n: texts.
            pairs: that the second stage predicts; None: the bound, also where fewer were counted, so that seconds
                rise with n, without a step down at the n that was measured, and cross a limit once.
        """
        second = self.cross_growth.predicting(self.bound(n) if pairs is None else pairs)
        return sum_of_stages([*self.bi_growth.parts(n), second])


def pairings_of(run: MeasuredRun) -> list[Pairing]:
    """Return the pairings that the suite names, or each bi-encoder with each cross-encoder, where both were timed."""
    spec = run.measure.scaling
    if spec is None:
        return []
    growths = {provider.name: (provider, growth_of(run, provider)) for provider in run.providers}
    found = []
    for first, second in _names(run, spec.pairings):
        (bi, bi_growth), (cross, cross_growth) = growths[first], growths[second]
        if bi_growth is not None and cross_growth is not None:
            candidates = spec.candidates or DEFAULT_CANDIDATES
            measured = _measured(run, f"{first}+{second}", bi_growth)
            found.append(Pairing(bi, cross, bi_growth, cross_growth, candidates, *measured))
    return found


def kept(run: MeasuredRun, pairing: Pairing, candidates: int, top_k: int) -> tuple[int, Array] | None:
    """Return the share of each text's `top_k` best by the cross-encoder that are among the pairs that it predicts.

    These are the pairs whose time is charged: one of the two texts is among the other's first `candidates`.

    Returns:
        n, and float64 (n,) within 0 and 1; None where neighbours of the two at the same n are not in the raw rows.
    """
    found = None if pairing.cross.untrained else _neighbours(run, pairing.bi.name, pairing.cross.name)
    if found is None:
        return None
    import numpy as np

    n, first, second = found
    wanted = second[second["rank"] <= top_k]
    passed = first[first["rank"] <= candidates]
    codes = [_pair_codes(frame, n) for frame in (wanted, passed)]
    texts = numbers(wanted, "text").astype(int)
    hits = np.bincount(texts, weights=np.isin(codes[0], codes[1]), minlength=n)
    counts = np.bincount(texts, minlength=n)
    return n, hits[counts > 0] / counts[counts > 0]


def _pair_codes(neighbours: pd.DataFrame, n: int) -> Array:
    """Return a number for each row's pair of texts, the same for both of its orders."""
    import numpy as np

    one, other = numbers(neighbours, "text"), numbers(neighbours, "neighbour")
    return np.minimum(one, other) * n + np.maximum(one, other)


def _names(run: MeasuredRun, chosen: Sequence[Sequence[str]] | None) -> Iterator[tuple[str, str]]:
    if chosen is None:
        crosses = [provider.name for provider in run.providers if provider.is_cross]
        yield from ((p.name, cross) for p in run.providers if not p.is_cross for cross in crosses)
        return
    known = {provider.name for provider in run.providers}
    yield from ((first, second) for first, second in chosen if {first, second} <= known)


def _measured(run: MeasuredRun, name: str, bi: Growth) -> tuple[dict[int, Array], dict[int, int]]:
    """By n: seconds of both stages, float64 (repeats,), and pairs that the second one predicted."""
    import numpy as np

    rows = run.samples(name, "scaling")
    rows = rows[rows["scenario"] == "rerank"]
    sizes, times = numbers(rows, "n"), numbers(rows, "elapsed_ns") / 1e9
    found = sorted({int(n) for n in sizes} & bi.seconds.keys())
    pairs = numbers(rows, "n_items")
    seconds = {n: float(np.median(bi.seconds[n])) + times[sizes == n] for n in found}
    return seconds, {n: int(pairs[sizes == n][0]) for n in found}


def _neighbours(run: MeasuredRun, bi: str, cross: str) -> tuple[int, pd.DataFrame, pd.DataFrame] | None:
    """Return the largest n at which both have all of their neighbors, and the rows there; None where there is none."""
    frame = run.raw.neighbours
    if frame is None:
        return None
    n = numbers(frame, "n")
    mine = [(frame["provider"] == name).to_numpy() & ~_is_block(run, frame, n, name) for name in (bi, cross)]
    shared = set(n[mine[0]]) & set(n[mine[1]])
    if not shared:
        return None
    most = max(shared)
    first, second = (frame[rows & (n == most)] for rows in mine)
    return int(most), first, second


def _is_block(run: MeasuredRun, frame: pd.DataFrame, n: Array, name: str) -> npt.NDArray[np.bool_]:
    """Return True for rows that are the best of a shard's block of the pairs only."""
    import numpy as np

    shard, spec = run.raw.manifest.shard, run.measure.scaling
    cut = shard is not None and any(
        job.provider == name and job.measure == "neighbours" and job.shard == 0 for job in shard.jobs
    )
    wanted = spec.neighbours if cut and spec is not None else None
    return np.zeros(len(frame), dtype=bool) if wanted is None else n == wanted
