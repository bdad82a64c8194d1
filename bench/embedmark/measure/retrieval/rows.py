"""judged.csv: one row a judged document, with its rank among all documents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from embedmark.datasets import RetrievalDataset
from embedmark.measure.retrieval.ranks import judged_ranks
from embedmark.measure.retrieval.sources import ScoreSource, blocks_of
from embedmark.store.rows import JudgedRow

if TYPE_CHECKING:
    import numpy as np


def judged_rows(name: str, dataset: RetrievalDataset, source: ScoreSource) -> Iterator[list[JudgedRow]]:
    """Yield the rows of judged.csv of one ranking, a list a block of queries."""
    import numpy as np

    starts = np.searchsorted(dataset.judged_queries, np.arange(len(dataset) + 1))
    for block in blocks_of(source):
        scores = source.scores(block)
        rows: list[JudgedRow] = []
        for query in range(block.start, block.stop):
            judged = slice(int(starts[query]), int(starts[query + 1]))
            rows += _rows(name, dataset, judged, scores[query - block.start])
        yield rows


def _rows(name: str, dataset: RetrievalDataset, judged: slice, scores: np.ndarray) -> list[JudgedRow]:
    import numpy as np

    places, grades = dataset.judged_documents[judged], dataset.grades[judged]
    ranks = judged_ranks(scores, places, grades)
    query = dataset.query_ids[int(dataset.judged_queries[judged][0])]
    return [
        JudgedRow(
            provider=name,
            dataset=dataset.name,
            query_id=query,
            document_id=dataset.document_ids[place],
            grade=int(grade) if float(grade).is_integer() else grade,
            rank=None if np.isnan(rank) else int(rank),
            score=None if np.isnan(score) else score,
        )
        for place, grade, rank, score in zip(
            places.tolist(), grades.tolist(), ranks.tolist(), scores[places].tolist(), strict=True
        )
    ]
