"""Which observations are independent: pairs that share a text are not, nor are queries of one cluster.

Dyadic variance: Aronow, Samii and Assenova (2015); its bias undone under a working model: Bell and McCaffrey (2002).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from embedmark.stats.arrays import Array

FIXED_SHARE: Final = 0.5  # a text in more of the pairs is fixed: one draw says nothing of how much texts vary
MIN_UNITS: Final = 10  # below, no interval
_OF_TEXTS: Final = 0.5
MIN_CROSSED: Final = 50  # texts that are all paired with each other: below, an interval comes with a warning

Labels = npt.NDArray[Any]
_Places = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False, slots=True)
class Units:
    """How `n` observations depend on each other.

    Attributes:
        n: observations.
        effective: how many independent units they are worth, if the texts bring half of the variance of a pair.
        worst: the same, if the texts bring all of it.
        freedom: degrees of freedom of a variance.
        component: (n,), observations with the same number are linked by texts that they share.
        fixed: texts in more than half of the pairs; an interval is for these texts only.
        graph: what sums over texts need; None where all are independent.
    """

    n: int
    effective: float
    worst: float
    freedom: float
    component: _Places
    fixed: tuple[Any, ...] = ()
    graph: Graph | None = None

    @classmethod
    def independent(cls, n: int) -> Units:
        """Build `n` observations that share nothing."""
        return cls(n=n, effective=float(n), worst=float(n), freedom=max(n - 1, 1), component=np.arange(n))

    @classmethod
    def of_clusters(cls, labels: Labels) -> Units:
        """Build observations that are dependent where their labels (n,) are equal, such as the captions of an image."""
        _, place = np.unique(labels, return_inverse=True)
        return cls.of_pairs(place, place.max(initial=0) + 1 + np.arange(place.size))

    @classmethod
    def of_pairs(cls, first: Labels, second: Labels) -> Units:
        """Build pairs of texts, given the label of each pair's first and second text, (n,) each."""
        n = len(first)
        texts, place = np.unique(np.concatenate([first, second]), return_inverse=True)
        if texts.size == 2 * n or n < 3:
            return cls.independent(n)
        graph = Graph.of(place[:n].astype(np.int64), place[n:].astype(np.int64), texts.size)
        if graph.most <= 1:  # beside fixed texts, every text is in one pair
            return cls(n, float(n), float(n), n - 1, np.arange(n), tuple(texts[graph.fixed].tolist()))
        return cls(
            n=n,
            effective=graph.effective,
            worst=graph.worst,
            freedom=max(graph.effective / 2, 1.0),
            component=graph.components(),
            fixed=tuple(texts[graph.fixed].tolist()),
            graph=graph,
        )

    @property
    def components(self) -> int:
        """The number of groups of observations that nothing links."""
        return int(self.component.max()) + 1 if self.n else 0

    @property
    def exchangeable(self) -> bool:
        """True where the groups that nothing links carry all that the units are worth, as for queries of their own."""
        return self.graph is None or self.components >= 0.5 * self.worst

    @property
    def enough(self) -> bool:
        """True where an interval can be given."""
        return self.effective >= MIN_UNITS and (self.exchangeable or self.worst >= MIN_UNITS)

    @property
    def promised(self) -> bool:
        """True where an interval holds whatever the texts bring: 10 groups that share nothing, or 50 crossed texts."""
        apart = self.exchangeable and self.components >= MIN_UNITS
        return self.worst >= MIN_UNITS and (apart or self.worst >= MIN_CROSSED)

    def subset(self, kept: npt.NDArray[np.bool_]) -> Units:
        """Return the units of the observations where `kept` (n,) is true."""
        if kept.all():
            return self
        if self.graph is None:
            m = int(kept.sum())
            return Units(m, float(m), float(m), max(m - 1, 1), np.arange(m), self.fixed)
        return Units.of_pairs(self.graph.low[kept], self.graph.high[kept])

    def covariance(self, psi: Array) -> Array:
        """Return the covariance (k, k) of k estimates from their influence values (k, n).

        Never below half of that of independent observations; never indefinite.
        """
        plain = np.asarray(psi @ psi.T / (self.n * max(self.n - 1, 1)), dtype=np.float64)
        if self.graph is None or not np.isfinite(self.graph.factor):
            return plain
        text, pair = self.graph.sums(psi)
        cov = _positive((text @ text.T - pair @ pair.T) * self.graph.factor / self.n**2)
        low = np.sqrt(np.maximum(1, 0.5 * np.diag(plain) / np.maximum(np.diag(cov), 1e-300)))
        return np.asarray(cov * np.outer(low, low), dtype=np.float64)


@dataclass(frozen=True, eq=False, slots=True)
class Graph:
    """Pairs as edges between texts.

    Attributes:
        low, high: (n,), the texts of each pair, the smaller number first.
        pair: (n,), equal for pairs of the same two texts.
        fixed: (texts,), true for a text in more than half of the pairs.
        live_low, live_high: (n,), true where the text counts: not fixed, and not the same text twice.
        most: the most pairs that a counting text is in.
        effective, worst: independent units with the same relative spread of a variance (Satterthwaite), where the
            texts bring half, or all, of the variance of a pair. One text in 17 of 200 pairs makes 14 and 5 of them.
        factor: what undoes the bias of the variance.
    """

    low: _Places
    high: _Places
    pair: _Places
    fixed: npt.NDArray[np.bool_]
    live_low: npt.NDArray[np.bool_]
    live_high: npt.NDArray[np.bool_]
    most: int
    effective: float
    worst: float
    factor: float

    @classmethod
    def of(cls, first: _Places, second: _Places, texts: int) -> Graph:
        """Build the graph of pairs of texts numbered from 0 to `texts` - 1."""
        low, high = np.minimum(first, second), np.maximum(first, second)
        apart = high != low
        _, pair = np.unique(low * texts + high, return_inverse=True)
        size = np.bincount(low, minlength=texts) + np.bincount(high[apart], minlength=texts)
        fixed = size > FIXED_SHARE * low.size
        live_low, live_high = ~fixed[low], ~fixed[high] & apart
        counts = np.bincount(low[live_low], minlength=texts) + np.bincount(high[live_high], minlength=texts)
        m: Array = counts.astype(np.float64)
        worst = _worth(m, low.size, 1.0)
        return cls(
            low, high, pair.astype(np.int64), fixed, live_low, live_high, int(m.max()), _worth(m, low.size, _OF_TEXTS),
            worst, _factor(m, (low, high), (live_low, live_high), pair, worst),
        )  # fmt: skip

    def sums(self, psi: Array) -> tuple[Array, Array]:
        """Sum influence values (k, n) over each text (k, texts), and over each pair of texts that occurs (k, pairs)."""
        both, texts = self.live_low & self.live_high, self.fixed.size
        text = np.stack([
            np.bincount(self.low[self.live_low], row[self.live_low], texts)
            + np.bincount(self.high[self.live_high], row[self.live_high], texts)
            for row in psi
        ])  # fmt: skip
        return text, np.stack([np.bincount(self.pair[both], row[both], self.low.size) for row in psi])

    def components(self) -> _Places:
        """Number the groups of pairs that counting texts link, (n,)."""
        from scipy import sparse

        n, texts = self.low.size, self.fixed.size
        rows = np.concatenate([np.flatnonzero(self.live_low), np.flatnonzero(self.live_high)])
        columns = n + np.concatenate([self.low[self.live_low], self.high[self.live_high]])
        links = sparse.coo_matrix((np.ones(rows.size), (rows, columns)), shape=(n + texts, n + texts))
        _, labels = sparse.csgraph.connected_components(links, directed=False)
        _, component = np.unique(labels[:n], return_inverse=True)
        return component.astype(np.int64)


def _worth(m: Array, n: int, of_texts: float) -> float:
    """Return how many independent units `n` pairs of texts in m pairs each are worth, at most n.

    `of_texts` is the share of a pair's variance that its two texts bring. Pairs that stand alone keep their own weight:
    otherwise one text that is in many pairs would hide all the others.
    """
    texts, alone = of_texts / 2 * m**2, 1 - of_texts
    variance = texts.sum() + n * alone
    return float(min(n, variance**2 / max(float(texts @ texts) + n * alone**2, 1e-12)))


def _factor(
    m: Array,
    ends: tuple[_Places, _Places],
    live: tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]],
    pair: npt.NDArray[np.intp],
    effective: float,
) -> float:
    """Return truth over expectation of the variance where influence is one random effect a text, less its mean.

    Pairs that share both texts are counted once, hence `again`.
    """
    n, both = ends[0].size, live[0] & live[1]
    squares = float(m @ m)
    of_pair = np.where(live[0], m[ends[0]], 0) + np.where(live[1], m[ends[1]], 0)
    listed = np.bincount(pair[both], minlength=n)[pair[both]].astype(np.float64)  # how often a pair of texts occurs
    twice = float(listed.sum())
    centred = squares + 2 * twice - 2 * float(of_pair @ of_pair) / n + squares**2 / n**2
    again = 2 * twice - 2 * float(listed @ of_pair[both]) / n + twice * squares / n**2
    return squares / (centred - again) if centred > again and effective >= 2 else float("nan")


def _positive(cov: Array) -> Array:
    """Return the nearest matrix without negative eigenvalues."""
    values, vectors = np.linalg.eigh(cov)
    if values[0] >= 0:
        return cov
    return np.asarray((vectors * np.maximum(values, 0)) @ vectors.T, dtype=np.float64)
