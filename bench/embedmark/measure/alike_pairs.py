"""Scores that do not tell pairs apart: the same for a whole batch, or another one where a pair is sent alone."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from embedmark.datasets import Dataset
from embedmark.measure.alike import words_of_item
from embedmark.measure.recorder import Recorder
from embedmark.measure.target import Target
from embedmark.notices import texts

if TYPE_CHECKING:
    import numpy.typing as npt

    Scores = npt.NDArray[Any]

_MOST = 2000  # pairs that are looked at
_FEWEST = 8
_SHARE = 1 / 3
# Of the standard deviation of all scores. Numbers of a model in bfloat16 or int8 differ by far less with the batch.
_MARGIN = 0.5


def warn_of_alike_pairs(
    target: Target, dataset: Dataset, items: Sequence[Any], batches: Sequence[Sequence[int]], values: Scores,
    recorder: Recorder, *, tell_same: bool = True,
) -> None:  # fmt: skip
    """Warn if many pairs have the score of their batch, or if the first call scored its pair otherwise than the pass.

    Args:
        items: the pairs of a pass.
        batches: the places of the pairs that were sent together.
        values: the scores (n,); NaN for a pair without one.
        tell_same: False leaves out the first warning, where only a part of the pass is here.
    """
    import numpy as np

    looked = _first(batches)
    n_items = sum(map(len, looked))
    same = n_alike_in_batches(items, looked, values)
    if n_items >= _FEWEST and same > _SHARE * n_items:
        if tell_same:
            recorder.warn(texts.same_scores(target.name, dataset.name, same=same, of=n_items))
        return
    if target.alone is None or not isinstance(target.alone[0], tuple):
        return
    place = next((i for i, item in enumerate(items) if item == target.alone[0]), None)
    finite = values[np.isfinite(values)].astype(np.float64)
    if place is None or len(finite) < _FEWEST:
        return
    alone, batched = float(target.alone[1]), float(values[place])
    with np.errstate(over="ignore"):  # of scores near 1e308 it is infinite
        spread = float(finite.std())
    if abs(alone - batched) > _MARGIN * spread:  # False for NaN
        recorder.warn(texts.scored_otherwise_alone(target.name, dataset.name, alone=alone, batched=batched))


def n_alike_in_batches(items: Sequence[Any], batches: Sequence[Sequence[int]], values: Scores) -> int:
    """Return how many pairs have the score of another pair of their batch, and of no pair of another batch.

    Pairs of the same words are one. Scores of a few levels, such as grades from 0 to 5, are alike across batches too.

    >>> import numpy as np
    >>> pairs = [("a", "b"), ("c", "d"), ("e", "f"), ("g", "h")]
    >>> n_alike_in_batches(pairs, [[0, 1], [2, 3]], np.array([0.7, 0.7, 0.2, 0.3]))
    2
    """
    groups: defaultdict[float, list[tuple[int, Any]]] = defaultdict(list)
    for number, places in enumerate(batches):
        for place in places:
            score = float(values[place])
            if not math.isnan(score):
                groups[score].append((number, place))
    return sum(_n_bound(items, group) for group in groups.values() if len(group) > 1)


def _n_bound(items: Sequence[Any], group: Sequence[tuple[int, Any]]) -> int:
    """Return how many of the pairs with one score share it within their batch only."""
    batches: defaultdict[int, list[Any]] = defaultdict(list)
    for number, place in group:
        batches[number].append(frozenset(map(words_of_item, items[place])))
    of_words = Counter(words for found in batches.values() for words in found)
    bound = 0
    for found in batches.values():
        # A pair of this batch in its other order has the same score wherever it is.
        elsewhere = len(group) - sum(of_words[words] for words in set(found))
        bound += len(found) if len(set(found)) > 1 and not elsewhere else 0
    return bound


def _first(batches: Sequence[Sequence[int]]) -> list[Sequence[int]]:
    """Return the first batches, until they have enough pairs."""
    looked: list[Sequence[int]] = []
    n_items = 0
    for places in batches:
        if n_items >= _MOST:
            break
        looked.append(places)
        n_items += len(places)
    return looked if len(looked) > 1 else []  # in a single batch, scores of a few levels are alike as well
