"""Rerankers whose scores are those of a batch, or of another pair."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pytest

from embedmark.api import PairPredictions
from embedmark.datasets import PairDataset
from embedmark.measure.alike_pairs import n_alike_in_batches
from tests.kit import Clock, Known, Measured
from tests.unit.measure.test_alike import rows_of, sentences

CODES = ("same-score", "differs-alone")
Scores = npt.NDArray[np.float64]


def first_of_batch(scores: Scores, _call: int) -> Scores:
    return scores[[0] * len(scores)]


def every_other_batch(scores: Scores, call: int) -> Scores:
    return scores[[0] * len(scores)] if call % 2 else scores


def first_of_two(scores: Scores, _call: int) -> Scores:
    return scores[[i - i % 2 for i in range(len(scores))]]


def of_the_batch(scores: Scores, _call: int) -> Scores:
    """Return scores as a share of their batch: 1 alone."""
    return np.exp(40 * scores) / np.exp(40 * scores).sum()


def honest(scores: Scores, _call: int) -> Scores:
    return scores


def grades(scores: Scores, _call: int) -> Scores:
    return np.round(scores * 5)


def saturated(scores: Scores, _call: int) -> Scores:
    """Return 1 for nearly every pair, as a sigmoid in few bits does."""
    return np.where(scores > 0.35, 1.0, scores)


def noisy(scores: Scores, call: int) -> Scores:
    return scores * np.random.default_rng(call).normal(1, 0.01, size=scores.shape)


class Overlap(Known):
    """Scores pairs by their words; its replies go through a fault."""

    def __init__(self, clock: Clock, fault: Callable[[Scores, int], Scores]) -> None:
        super().__init__(clock, "overlap", kind="cross-encoder")
        self.fault = fault

    def _predict(self, pairs: Sequence[tuple[str, str]]) -> PairPredictions:
        self._work(len(pairs))
        first, second = (rows_of([pair[i] for pair in pairs]).astype(np.float64) for i in (0, 1))
        norms = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
        own = [zlib.crc32("".join(sorted("".join(pair))).encode()) / 2**32 for pair in pairs]
        scores = (first * second).sum(axis=1) / norms + 0.01 * np.array(own)
        return PairPredictions(self.fault(scores, len(self.calls)))


def graded(n: int) -> PairDataset:
    """Return pairs that share 1 to 6 of their 7 words."""
    plain = sentences(n, shuffled=False)
    second = [
        " ".join([*a.split()[: 1 + i % 6], *(f"x{i}y{j}" for j in range(6 - i % 6))])
        for i, a in enumerate(plain.sentence1)
    ]
    return PairDataset("pairs", plain.pair_ids, plain.sentence1, tuple(second), plain.gold, "hash", "test", "filehash")


def codes(measured: Measured) -> list[str]:
    return [warning.code for warning in measured[0].manifest.warnings if warning.code in CODES]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (first_of_batch, ["same-score"]),
        (every_other_batch, ["same-score"]),
        (first_of_two, ["same-score"]),
        (of_the_batch, ["differs-alone"]),
        (honest, []),
        (grades, []),
        (saturated, []),
        (noisy, []),
    ],
)
def test_scores_of_a_batch_are_a_warning(
    measure: Callable[..., Measured], clock: Clock, fault: Callable[[Scores, int], Scores], expected: list[str]
) -> None:
    measured = measure([Overlap(clock, fault)], {"accuracy": {"batch_size": 8}}, [graded(60)])

    assert codes(measured) == expected


def test_warning_names_how_many_pairs(measure: Callable[..., Measured], clock: Clock) -> None:
    raw, _, _ = measure([Overlap(clock, first_of_batch)], {"accuracy": {"batch_size": 8}}, [graded(60)])

    (said,) = [warning for warning in raw.manifest.warnings if warning.code == "same-score"]
    assert said.message == "overlap gave 120 of 120 pairs of pairs the score of another pair in the same batch"


def test_a_single_batch_is_not_judged(measure: Callable[..., Measured], clock: Clock) -> None:
    assert codes(measure([Overlap(clock, grades)], {"accuracy": {"batch_size": 256}}, [graded(60)])) == []


def test_scores_that_other_batches_have_too_are_not_bound() -> None:
    pairs = [("a", "b"), ("c", "d"), ("e", "f"), ("g", "h")]

    assert n_alike_in_batches(pairs, [[0, 1], [2, 3]], np.array([0.5, 0.5, 0.5, 0.1])) == 0
    assert n_alike_in_batches(pairs, [[0, 1], [2, 3]], np.array([0.5, 0.5, np.nan, np.nan])) == 2


def test_both_orders_of_a_pair_may_score_alike() -> None:
    pairs = [("a", "b"), ("b", "a"), ("c", "d"), ("d", "c")]

    assert n_alike_in_batches(pairs, [[0, 1], [2, 3]], np.array([0.5, 0.5, 0.2, 0.2])) == 0
