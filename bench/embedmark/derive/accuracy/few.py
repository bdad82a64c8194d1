"""Datasets so small that the score of every pair can be read, such as the three sentences of a textbook."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from embedmark.derive.accuracy.model import DatasetAnalysis

MOST_PAIRS: Final = 6  # all pairs of three sentences, each with itself


@dataclass(frozen=True, slots=True)
class PairScores:
    """What one provider says of each pair.

    Attributes:
        similarity: cosine, dot, euclidean or manhattan; "" for a cross-encoder's prediction.
        values: NaN where there is no score.
    """

    provider: str
    similarity: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class FewPairs:
    """Every score of a small dataset of sentence pairs."""

    dataset: str
    pair_ids: tuple[str, ...]
    gold: tuple[float, ...]
    scores: tuple[PairScores, ...]


def few_pairs(analyses: tuple[DatasetAnalysis, ...]) -> Iterator[FewPairs]:
    """Yield the scores of each dataset of at most MOST_PAIRS pairs; without those of providers that scored no pair."""
    for analysis in analyses:
        if not 0 < len(analysis.pair_ids) <= MOST_PAIRS or analysis.dataset.kind != "pairs":
            continue
        scores = tuple(
            PairScores(column.provider.name, column.similarity, tuple(column.scores.tolist()))
            for column in analysis.columns
            if column.primary and column.scores.size
        )
        if scores:
            yield FewPairs(analysis.dataset.name, analysis.pair_ids, tuple(analysis.gold.tolist()), scores)
