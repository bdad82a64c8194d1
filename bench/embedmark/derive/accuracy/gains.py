"""Metrics of a ranking from the ranks of its judged documents, one value a query. NumPy only.

nDCG with a gain that is linear in the grade (Jaervelin and Kekaelaeinen, 2002, as trec_eval computes it); recall, hit
(success) and reciprocal rank down to depth k; average precision over all ranks. A document that was not found has rank
NaN and counts as not found; a grade of 0 or less is not relevant.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from embedmark.errors import EmbedmarkError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

DEPTH: Final = 10  # always computed
MAIN: Final = f"ndcg_at_{DEPTH}"
UNJUDGED: Final = f"unjudged_at_{DEPTH}"
_BY_DEPTH: Final = ("ndcg", "recall", "mrr", "hit")


@dataclass(frozen=True, eq=False, slots=True)
class Judged:
    """The judged documents of one ranking on one dataset, all queries together.

    Attributes:
        n_queries: how many queries there are.
        queries: int64 (m,), whose document it is, from 0.
        grades, ranks: float64 (m,); a rank of NaN is a document that was not found.
    """

    n_queries: int
    queries: npt.NDArray[np.int64]
    grades: Array
    ranks: Array


def depths(k: Iterable[int]) -> tuple[int, ...]:
    """Return the depths that are computed: those of the suite, and 10.

    Example:
        >>> depths([1, 100])
        (1, 10, 100)
    """
    return tuple(sorted({*k, DEPTH}))


def metric_names(k: Sequence[int]) -> tuple[str, ...]:
    """Return the names of all metrics, the main one first.

    Example:
        >>> metric_names([1])[:4]
        ('ndcg_at_10', 'ndcg_at_1', 'recall_at_1', 'mrr_at_1')
    """
    by_depth = [f"{name}_at_{depth}" for depth in depths(k) for name in _BY_DEPTH]
    return (MAIN, *(name for name in by_depth if name != MAIN), "precision_at_1", "map", UNJUDGED)


def metrics_of(judged: Judged, k: Sequence[int], n_documents: int) -> dict[str, Array]:
    """Return every metric, float64 (n_queries,), by name; NaN for a query without rows.

    Args:
        judged: a ranking.
        k: depths, beside 10.
        n_documents: size of the corpus.
    """
    import numpy as np

    found: dict[str, Array] = {}
    relevant = judged.grades > 0
    n_relevant = _sum(judged, relevant)
    n_relevant[n_relevant == 0] = np.nan  # a query whose rows a killed run has not written
    for depth in depths(k):
        within = relevant & (judged.ranks <= depth)
        hits = _sum(judged, within)
        found[f"ndcg_at_{depth}"] = _ndcg(judged, within, depth)
        found[f"recall_at_{depth}"] = hits / n_relevant
        found[f"mrr_at_{depth}"] = _best(judged, within)
        found[f"hit_at_{depth}"] = (hits > 0).astype(np.float64)
    found["precision_at_1"] = _sum(judged, relevant & (judged.ranks <= 1))
    found["map"] = _average_precision(judged, relevant) / n_relevant
    found[UNJUDGED] = min(DEPTH, n_documents) - _sum(judged, judged.ranks <= DEPTH)
    require_rising(found, depths(k))
    return {name: np.where(np.isnan(n_relevant), np.nan, values) for name, values in found.items()}


def require_rising(found: dict[str, Array], k: Sequence[int]) -> None:
    """Raise EmbedmarkError if recall, MRR or hits of any query fall as k grows, which no ranking can do."""
    for name in ("recall", "mrr", "hit"):
        for low, high in pairwise(k):
            if (found[f"{name}_at_{high}"] < found[f"{name}_at_{low}"]).any():
                raise EmbedmarkError(
                    f"{name}_at_{high} is below {name}_at_{low}, which cannot be: the ranks of this run are damaged",
                    where="judged.csv",
                    hint="embedmark verify tells whether the file was edited",
                )


def random_ndcg(judged: Judged, n_documents: int) -> float:
    """Return the mean nDCG@10 that a random order of the corpus is expected to reach."""
    import numpy as np

    discounts = 1 / np.log2(np.arange(2, min(DEPTH, n_documents) + 2))
    gains = _sum(judged, np.maximum(judged.grades, 0.0)) * discounts.sum() / n_documents
    return float((gains / _ideal(judged, DEPTH)).mean())


def _sum(judged: Judged, values: npt.NDArray[np.generic]) -> Array:
    """Return the sum over each query's documents, float64 (n_queries,)."""
    import numpy as np

    return _bincount(judged.queries, values.astype(np.float64), judged.n_queries)


def _bincount(queries: npt.NDArray[np.int64], weights: Array, n: int) -> Array:
    import numpy as np

    return np.asarray(np.bincount(queries, weights=weights, minlength=n), dtype=np.float64)


def _ndcg(judged: Judged, within: npt.NDArray[np.bool_], depth: int) -> Array:
    import numpy as np

    gains = np.where(within, judged.grades / np.log2(np.where(within, judged.ranks, 1.0) + 1), 0.0)
    return _sum(judged, gains) / _ideal(judged, depth)


def _ideal(judged: Judged, depth: int) -> Array:
    """Return the DCG of the best order of each query's judged documents."""
    import numpy as np

    order = np.lexsort((-judged.grades, judged.queries))
    queries, grades = judged.queries[order], judged.grades[order]
    place = _places(queries)
    gains = np.where((place <= depth) & (grades > 0), grades / np.log2(place + 1.0), 0.0)
    ideal = _bincount(queries, gains, judged.n_queries)
    ideal[ideal == 0] = np.nan
    return ideal


def _best(judged: Judged, within: npt.NDArray[np.bool_]) -> Array:
    import numpy as np

    best = np.full(judged.n_queries, np.inf)
    np.minimum.at(best, judged.queries[within], judged.ranks[within])
    return 1 / best


def _average_precision(judged: Judged, relevant: npt.NDArray[np.bool_]) -> Array:
    """Return the sum of the precisions at each relevant document that was found."""
    import numpy as np

    found = relevant & ~np.isnan(judged.ranks)
    queries, ranks = judged.queries[found], judged.ranks[found]
    order = np.lexsort((ranks, queries))
    queries, ranks = queries[order], ranks[order]
    return _bincount(queries, _places(queries) / ranks, judged.n_queries)


def _places(queries: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return each row's number, from 1, within its query; rows of a query are adjacent."""
    import numpy as np

    starts = np.flatnonzero(np.r_[True, queries[1:] != queries[:-1]]) if len(queries) else np.empty(0, dtype=np.int64)
    lengths = np.diff(np.r_[starts, len(queries)])
    return np.arange(1, len(queries) + 1) - np.repeat(starts, lengths)
