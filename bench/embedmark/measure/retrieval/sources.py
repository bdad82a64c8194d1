"""Where a ranking's scores come from: vectors, what a ranker found, or a fusion of both; in blocks of queries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from embedmark.measure.retrieval.ranks import all_ranks

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]
    Vectors = npt.NDArray[np.float32]

# Scores that are held at once: 64 MB of float64.
_CELLS = 8_000_000
_DOCUMENTS = 4096  # rows that are float64 at once
# Products of the same vectors differ in the 16th digit with the shape of the block; ranks must not.
_DECIMALS = 9
_FUSED_DECIMALS = 15


class ScoreSource(Protocol):
    """Scores of every document for every query; NaN for a document that was not found."""

    @property
    def n_queries(self) -> int: ...

    @property
    def n_documents(self) -> int: ...

    def scores(self, queries: slice) -> Array:
        """Return float64 (b, n_documents) for a block of queries."""


class VectorSource:
    """Similarities of vectors, as float64 products rounded to 9 decimals.

    Args:
        queries, documents: float32 (q, d) and (n, d); a row that is not finite, or zero under cosine, finds nothing.
        similarity: cosine or dot.
        block_size: documents that are float64 at once.
    """

    def __init__(self, queries: Vectors, documents: Vectors, similarity: str, block_size: int = _DOCUMENTS) -> None:
        self._block_size = block_size
        self._documents = documents
        self._scale = scales(documents, similarity)
        self._queries = queries
        self._asked = scales(queries, similarity)

    @property
    def n_queries(self) -> int:
        return len(self._queries)

    @property
    def n_documents(self) -> int:
        return len(self._documents)

    def scores(self, queries: slice) -> Array:
        """Return the similarities of a block of queries, float64 (b, n)."""
        import numpy as np

        asked = self._directions(self._queries[queries], self._asked[queries])
        found = np.empty((len(asked), self.n_documents))
        for start in range(0, self.n_documents, self._block_size):
            rows = slice(start, start + self._block_size)
            block = self._directions(self._documents[rows], self._scale[rows])
            with np.errstate(invalid="ignore", over="ignore"):
                np.matmul(asked, block.T, out=found[:, rows])
                np.round(found[:, rows], _DECIMALS, out=found[:, rows])
        found[~np.isfinite(found)] = np.nan
        return found

    def _directions(self, vectors: Vectors, scale: Array) -> Array:
        """Return float64 rows whose dot product is the similarity; NaN where a row has none."""
        import numpy as np

        with np.errstate(invalid="ignore", over="ignore"):
            rows: Array = vectors * scale[:, None]
        return rows


@dataclass(frozen=True, eq=False, slots=True)
class FoundSource:
    """What a ranker, or a second stage, returned.

    Attributes:
        places: int64 (q, w) places of documents; -1 where fewer were found.
        values: float64 (q, w), their scores.
        n_documents: the size of the corpus.
    """

    places: npt.NDArray[np.int64]
    values: Array
    n_documents: int

    @property
    def n_queries(self) -> int:
        return len(self.places)

    def scores(self, queries: slice) -> Array:
        """Return the scores of a block of queries, float64 (b, n), NaN for what was not found."""
        import numpy as np

        places, values = self.places[queries], self.values[queries]
        found = np.full((len(places), self.n_documents), np.nan)
        rows, columns = np.nonzero(places >= 0)
        found[rows, places[rows, columns]] = values[rows, columns]
        return found


@dataclass(frozen=True, eq=False, slots=True)
class FusedSource:
    """Reciprocal rank fusion: the sum of weight / (k + rank) over the parts that found the document."""

    parts: Sequence[ScoreSource]
    weights: Sequence[float]
    k: float

    @property
    def n_queries(self) -> int:
        return self.parts[0].n_queries

    @property
    def n_documents(self) -> int:
        return self.parts[0].n_documents

    def scores(self, queries: slice) -> Array:
        """Return the fused scores of a block of queries, float64 (b, n)."""
        import numpy as np

        blocks = [part.scores(queries) for part in self.parts]
        total = np.zeros(blocks[0].shape)
        for weight, block in zip(self.weights, blocks, strict=True):
            for row, scores in enumerate(block):
                total[row] += np.nan_to_num(weight / (self.k + all_ranks(scores)), nan=0.0)
        total = np.round(total, _FUSED_DECIMALS)
        total[np.all([np.isnan(block) for block in blocks], axis=0)] = np.nan
        return total


def scales(vectors: Vectors, similarity: str) -> Array:
    """Return the factor of each row before it is multiplied, float64 (n,); NaN where a row has no similarity."""
    import numpy as np

    found = np.empty(len(vectors))
    for start in range(0, len(vectors), _DOCUMENTS):
        rows = vectors[start : start + _DOCUMENTS].astype(np.float64)
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            norms = np.linalg.norm(rows, axis=1)
            factor = 1 / norms if similarity == "cosine" else np.ones(len(rows))
        found[start : start + _DOCUMENTS] = np.where(
            np.isfinite(rows).all(axis=1) & np.isfinite(factor), factor, np.nan
        )
    return found


def blocks_of(source: ScoreSource, most_cells: int = _CELLS) -> Iterator[slice]:
    """Yield blocks of queries whose scores fit into memory."""
    size = max(1, most_cells // max(1, source.n_documents))
    for start in range(0, source.n_queries, size):
        yield slice(start, min(start + size, source.n_queries))
