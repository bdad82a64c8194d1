"""Pairs that share texts: intervals, differences and verdicts where truth is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from embedmark.stats import SPEARMAN, Array, Units, estimate, paired_differences
from tools.validity.outcome import Outcome, share
from tools.validity.progress import progress

NAME: Final = "shared texts"
_R: Final = 0.7  # Pearson's correlation of a provider with gold; of normals, so that Spearman's is known
_WORSE: Final = 0.6
_TEXT: Final = 0.5  # share of the variance of gold and of errors that the two texts bring

Graph = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]


@dataclass(frozen=True, eq=False, slots=True)
class Design:
    """Which texts are paired: the numbers of the texts of each pair, and what the product makes of them."""

    name: str
    first: npt.NDArray[np.int64]
    second: npt.NDArray[np.int64]
    units: Units

    @classmethod
    def of(cls, name: str, graph: Graph) -> Design:
        return cls(name, *graph, Units.of_pairs(*graph))

    def draw(self, rng: np.random.Generator, loadings: tuple[float, ...]) -> tuple[Array, Array]:
        """Gold (n,) and scores (k, n): gold times a loading, and an error; both of texts and of the pair alone."""
        parts = self._parts(rng, 1 + len(loadings))
        r = np.array(loadings)[:, None]
        return parts[0], r * parts[0] + np.sqrt(1 - r * r) * parts[1:]

    def _parts(self, rng: np.random.Generator, rows: int) -> Array:
        texts = int(max(self.first.max(), self.second.max())) + 1
        effects = rng.normal(size=(rows, texts))
        of_texts = (effects[:, self.first] + effects[:, self.second]) / np.sqrt(2)
        alone = rng.normal(size=(rows, self.first.size))
        return np.asarray(np.sqrt(_TEXT) * of_texts + np.sqrt(1 - _TEXT) * alone, dtype=np.float64)


def queries(n: int, candidates: int) -> Graph:
    """n queries with candidates of their own."""
    return np.repeat(np.arange(n), candidates), n + np.arange(n * candidates)


def star(n: int) -> Graph:
    """One text with n others. Its effect shifts gold and scores alike in all pairs: the truth is the same for each."""
    return np.zeros(n, dtype=np.int64), 1 + np.arange(n)


def one_often(n: int, often: int) -> Graph:
    """n pairs of texts of their own, but for one text that is in `often` of them."""
    first = np.concatenate([np.zeros(often, dtype=np.int64), np.arange(1, n - often + 1)])
    return first, n + np.arange(n)


def crossed(n: int) -> Graph:
    """All pairs of n texts."""
    first, second = np.triu_indices(n, 1)
    return first.astype(np.int64), second.astype(np.int64)


def made_like_sick(seed: int = 0) -> Graph:
    """9,927 pairs as SICK's are linked: small families of variants, and one component of 1,875 pairs.

    SICK itself is in no package. Here 1,150 families of 7 pairs have 5 texts each, and 1,877 pairs link 1,100 texts.
    """
    rng = np.random.default_rng(seed)
    every = np.array(np.triu_indices(5, 1)).T
    families = [5 * i + every[rng.choice(10, 7, replace=False)] for i in range(1150)]
    chain = np.stack([np.arange(1099), np.arange(1, 1100)], axis=1)
    more = np.stack([rng.integers(0, 1100, 778), rng.integers(0, 1100, 778)], axis=1)
    more = np.where(more[:, :1] == more[:, 1:], (more + np.array([0, 1])) % 1100, more)
    pairs = np.concatenate([*families, 5750 + chain, 5750 + more])
    return pairs[:, 0].astype(np.int64), pairs[:, 1].astype(np.int64)


_GRAPHS: Final[dict[str, Callable[[], Graph]]] = {
    "20 queries x 10": lambda: queries(20, 10),
    "10 queries x 20": lambda: queries(10, 20),
    "star of 200": lambda: star(200),
    "one text in 17 of 200": lambda: one_often(200, 17),
    "all pairs of 50": lambda: crossed(50),
    "made like SICK": made_like_sick,
}


def shared_texts(n: int) -> list[Outcome]:
    """Coverage of an interval and of a difference, and how often two equal providers are called different."""
    outcomes: list[Outcome] = []
    for seed, (name, graph) in enumerate(_GRAPHS.items()):
        outcomes += on_design(Design.of(name, graph()), n, seed)
    return outcomes


def on_design(design: Design, n: int, seed: int) -> list[Outcome]:
    """Three rows for one design."""
    rng = np.random.default_rng((10, seed))
    truth, worse = (6 / np.pi * np.arcsin(r / 2) for r in (_R, _WORSE))
    held: list[bool] = []
    apart: list[bool] = []
    called: list[bool] = []
    for i in progress(n, f"{NAME}: {design.name}"):
        gold, scores = design.draw(rng, (_R, _WORSE))
        interval = estimate(SPEARMAN, scores[:1], gold=gold, units=design.units).interval(0)
        held.append(interval is not None and interval[0] <= truth <= interval[1])
        [found] = paired_differences(SPEARMAN, scores, gold=gold, units=design.units, seed=(11, i))
        apart.append(found.interval is not None and found.interval[0] <= truth - worse <= found.interval[1])
        gold, scores = design.draw(rng, (_R, _R))
        [same] = paired_differences(SPEARMAN, scores, gold=gold, units=design.units, seed=(12, i))
        called.append(same.shown)
    units = design.units
    detail = (
        f"{units.n:,} pairs worth {units.effective:.0f} units, {units.worst:.0f} at worst; half of the variance is of "
        f"texts; truth {truth:.3f}, "
        f"{worse:.3f}" + ("; for the fixed text" if units.fixed else "")
    )
    hold = "share of intervals that hold the truth"
    return [
        Outcome(NAME, f"Spearman, {design.name}", hold, share(held)[0], 0.93, 0.97, n, detail),
        Outcome(NAME, f"difference, {design.name}", hold, share(apart)[0], 0.93, 0.97, n, detail),
        Outcome(NAME, f"a/a, {design.name}", "share called different", share(called)[0], 0.03, 0.07, n, detail),
    ]
