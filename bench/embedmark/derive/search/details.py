"""What a page shows of retrieval beyond the tables: chance, recall curves, and queries that two rankings part on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Final

from embedmark.derive.accuracy.gains import MAIN, Judged, random_ndcg
from embedmark.derive.accuracy.model import DatasetAnalysis, ScoredColumn
from embedmark.derive.accuracy.retrieval import judged_of, query_ids
from embedmark.derive.run import MeasuredRun

if TYPE_CHECKING:
    from embedmark.stats import Array

CURVE: Final = (1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100)
_MOST_RANKINGS: Final = 3  # whose disagreements are shown, two by two
_EACH: Final = 5  # queries that each of two rankings wins


@dataclass(frozen=True, slots=True)
class RecallCurve:
    """The share of relevant documents among the first k, at rising k."""

    provider: str
    k: tuple[int, ...]
    recall: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class QueryDifference:
    """A query that one ranking answers better than another.

    Attributes:
        winner, loser: the rankings.
        query_id: the query.
        document_id: its relevant document that the winner ranks highest.
        won, lost: their nDCG@10.
        won_rank, lost_rank: ranks of their best relevant document; None where it was not found.
    """

    winner: str
    loser: str
    query_id: str
    document_id: str
    won: float
    lost: float
    won_rank: int | None
    lost_rank: int | None


@dataclass(frozen=True, slots=True)
class RetrievalDetails:
    """One retrieval dataset.

    Attributes:
        dataset: its name.
        random_ndcg: the nDCG@10 that a random order is expected to reach.
        lexical_overlap: how much of a query's wording its best relevant document repeats, 0 to 1.
        curves: of each ranking.
        differences: queries that the best rankings part on, the largest differences first.
    """

    dataset: str
    random_ndcg: float
    lexical_overlap: float
    curves: tuple[RecallCurve, ...]
    differences: tuple[QueryDifference, ...]


def retrieval_details(run: MeasuredRun, analyses: tuple[DatasetAnalysis, ...]) -> Iterator[RetrievalDetails]:
    """Yield the details of each retrieval dataset that was searched."""
    for analysis in analyses:
        if analysis.dataset.kind != "retrieval":
            continue
        judged = judged_of(run, analysis.dataset)
        if judged:
            yield _details(run, analysis, judged)


def _details(run: MeasuredRun, analysis: DatasetAnalysis, judged: dict[str, Judged]) -> RetrievalDetails:
    dataset = analysis.dataset
    depths = tuple(k for k in CURVE if k <= dataset.n_documents)
    first = next(iter(judged.values()))
    return RetrievalDetails(
        dataset=dataset.name,
        random_ndcg=random_ndcg(first, dataset.n_documents),
        lexical_overlap=dataset.lexical_overlap,
        curves=tuple(RecallCurve(name, depths, _recalls(one, depths)) for name, one in judged.items()),
        differences=tuple(_differences(run, analysis, judged)),
    )


def _recalls(judged: Judged, depths: tuple[int, ...]) -> tuple[float, ...]:
    import numpy as np

    relevant = judged.grades > 0
    total = np.bincount(judged.queries[relevant], minlength=judged.n_queries).astype(np.float64)
    total[total == 0] = np.nan
    found = []
    for depth in depths:
        within = judged.queries[relevant & (judged.ranks <= depth)]
        found.append(float(np.nanmean(np.bincount(within, minlength=judged.n_queries) / total)))
    return tuple(found)


def _differences(run: MeasuredRun, analysis: DatasetAnalysis, judged: dict[str, Judged]) -> Iterator[QueryDifference]:
    scored = [column for column in analysis.columns if column.status == "ok"]
    best = sorted(scored, key=lambda column: -column.values[MAIN])[:_MOST_RANKINGS]
    for a, b in combinations(best, 2):
        yield from _won(run, analysis, judged, a, b)
        yield from _won(run, analysis, judged, b, a)


def _won(
    run: MeasuredRun, analysis: DatasetAnalysis, judged: dict[str, Judged], a: ScoredColumn, b: ScoredColumn
) -> Iterator[QueryDifference]:
    """Yield the queries that `a` answers best, compared with `b`."""
    import numpy as np

    frame = run.raw.judged
    if frame is None:
        return
    gaps = np.nan_to_num(a.scores - b.scores)
    order = np.argsort(-np.round(gaps, 9), kind="stable")[:_EACH]
    ids = query_ids(frame, analysis.dataset.name)
    mine = frame[(frame["dataset"] == analysis.dataset.name) & (frame["provider"] == a.provider.name)]
    documents = [str(name) for name in mine["document_id"]]
    won, lost = judged[a.provider.name], judged[b.provider.name]
    for query in order[gaps[order] > 0].tolist():
        place, won_rank = _best_rank(won, query)
        yield QueryDifference(
            winner=a.provider.name, loser=b.provider.name, query_id=ids[query],
            document_id=documents[place], won=float(a.scores[query]), lost=float(b.scores[query]),
            won_rank=won_rank, lost_rank=_best_rank(lost, query)[1],
        )  # fmt: skip


def _best_rank(judged: Judged, query: int) -> tuple[int, int | None]:
    """Return the row of a query's relevant document that ranks highest, and its rank."""
    import numpy as np

    rows = np.flatnonzero((judged.queries == query) & (judged.grades > 0))
    ranks: Array = np.where(np.isnan(judged.ranks[rows]), np.inf, judged.ranks[rows])
    row = int(rows[ranks.argmin()])
    return row, int(ranks.min()) if np.isfinite(ranks.min()) else None
