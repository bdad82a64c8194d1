"""The index that a query is looked up in, as a service would hold it: float32 vectors, or the ranker's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Vectors = npt.NDArray[np.float32]

TOP = 10  # documents that a search returns
_BLOCK = 256
_UNIT = 1e-6


@dataclass(frozen=True, eq=False, slots=True)
class VectorIndex:
    """Document vectors, float32 (n, d), of length 1 where the similarity is the cosine. Searched exhaustively."""

    vectors: Vectors

    @classmethod
    def of(cls, vectors: Vectors, similarity: str) -> VectorIndex:
        """Return the index of a corpus. A row that is not finite or zero is a row of zeros."""
        import numpy as np

        if similarity != "cosine":
            return cls(vectors)
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            norms = np.linalg.norm(vectors, axis=1, keepdims=True)
            if np.abs(norms - 1).max(initial=0.0) < _UNIT:  # no copy of what may be the largest array of the run
                return cls(vectors)
            return cls(np.nan_to_num(vectors / norms, nan=0.0, posinf=0.0, neginf=0.0))

    @property
    def nbytes(self) -> int:
        return self.vectors.nbytes

    def top(self, queries: Vectors, k: int = TOP) -> npt.NDArray[np.int64]:
        """Return the places of the best documents of each query, int64 (q, k), best first.

        Queries are taken as they are: their length does not change the order.
        """
        import numpy as np

        k = min(k, len(self.vectors))
        found = np.empty((len(queries), k), dtype=np.int64)
        for start in range(0, len(queries), _BLOCK):
            with np.errstate(invalid="ignore", over="ignore"):
                scores = queries[start : start + _BLOCK] @ self.vectors.T
            best = np.argpartition(-scores, k - 1, axis=1)[:, :k]
            order = np.argsort(-np.take_along_axis(scores, best, axis=1), axis=1)
            found[start : start + _BLOCK] = np.take_along_axis(best, order, axis=1)
        return found
