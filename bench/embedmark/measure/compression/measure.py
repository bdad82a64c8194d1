"""compressed.csv: the similarity of each pair, or the nDCG@10 of each query, for every dimension and precision."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from embedmark.datasets import ImageDataset, PairDataset, RetrievalDataset
from embedmark.derive.accuracy.gains import MAIN, Judged, metrics_of
from embedmark.errors import ProviderError
from embedmark.measure.compression.codes import BINARY, stored, to_store
from embedmark.measure.pairs import pair_scores
from embedmark.measure.recorder import Recorder
from embedmark.measure.retrieval.rows import judged_rows
from embedmark.measure.retrieval.sources import VectorSource
from embedmark.measure.target import Target
from embedmark.store.rows import CompressedRow
from embedmark.suite.compression import CompressionSpec

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from embedmark.measure.compression.codes import Vectors

    Values = npt.NDArray[np.float64]
    Cell = tuple[int, str]

_RESCORED = 100  # documents that the bits find, and the query's full numbers put into order


def compression_of(recorder: Recorder) -> CompressionSpec | None:
    """Return what the run's suite says of compression; None where it is not measured."""
    spec = recorder.run.manifest.suite.measure.compression
    return None if spec is None else CompressionSpec.model_validate(spec.to_json())


def compress_pairs(
    target: Target, dataset: PairDataset, vectors: tuple[Vectors, npt.NDArray[Any]], recorder: Recorder
) -> dict[Cell, Values]:
    """Score every pair in every cell, and append the rows; nothing where the suite does not want it.

    Args:
        vectors: one for each different text (m, d), and the places (n, 2) of each pair's texts among them.
    """
    if compression_of(recorder) is None:
        return {}
    rows, places = vectors
    cells = {
        cell: _pair_values(rows, places, cell, target.similarity) for cell in cells_of(target, dataset, rows, recorder)
    }
    write_pairs(target, dataset, cells, recorder)
    return cells


def write_pairs(target: Target, dataset: PairDataset, cells: dict[Cell, Values], recorder: Recorder) -> None:
    """Append the rows of cells that were scored before, for the same pairs."""
    for cell, values in cells.items():
        append_cell(target, dataset.name, cell, dict(zip(dataset.pair_ids, values.tolist(), strict=True)), recorder)


def compress_search(
    target: Target, dataset: RetrievalDataset, queries: Vectors, documents: Vectors, recorder: Recorder
) -> None:
    """Search the documents in every cell with queries of full precision, and append nDCG@10 of each query."""
    for cell in cells_of(target, dataset, documents, recorder):
        source = source_of(queries, documents, cell, target.similarity)
        append_cell(target, dataset.name, cell, _ndcg(target.name, dataset, source), recorder)


def cells_of(
    target: Target, dataset: PairDataset | RetrievalDataset | ImageDataset, vectors: Vectors, recorder: Recorder
) -> Iterator[Cell]:
    """Yield the cells of the suite, the full vectors first; what the model cannot give is a failure row."""
    spec = compression_of(recorder)
    if spec is None or vectors.ndim != 2:
        return
    full = vectors.shape[1]
    wanted = spec.dims or sorted({full, max(1, full // 2), max(1, full // 4)}, reverse=True)
    above = [dims for dims in wanted if dims > full]
    if above:
        error = ProviderError(f"measure.compression.dims names {above[0]}, and its vectors have {full} dimensions")
        recorder.failed_point(target, "compression", dataset.name, "timed", error)
    cells = [(dims, precision) for dims in wanted if dims <= full for precision in spec.precisions]
    yield from dict.fromkeys([(full, "float32"), *cells])


def _pair_values(vectors: Vectors, places: npt.NDArray[Any], cell: Cell, similarity: str) -> Values:
    dims, precision = cell
    coarse = stored(to_store(vectors, precision, similarity), dims, precision)
    first, second = places[:, 0], places[:, 1]
    how = "cosine" if precision in BINARY else similarity
    if precision != "binary+rescore":
        return pair_scores(coarse[first], coarse[second], how)["predicted"]
    # One of the two texts is asked with all its numbers: each in its turn, since a pair has no query.
    exact = stored(vectors, dims, "float32")
    asked = pair_scores(exact[first], coarse[second], how)["predicted"]
    return (asked + pair_scores(coarse[first], exact[second], how)["predicted"]) / 2


class _Rescored:
    """Documents found by their bits, the best of them put into order by the query's full numbers."""

    def __init__(self, bits: VectorSource, exact: VectorSource) -> None:
        self._bits, self._exact = bits, exact
        self.n_queries, self.n_documents = bits.n_queries, bits.n_documents

    def scores(self, queries: slice) -> Values:
        """Return float64 (b, n); those that were put into order lie above all others."""
        import numpy as np

        found, exact = self._bits.scores(queries), self._exact.scores(queries)
        k = min(_RESCORED, self.n_documents)
        least = np.partition(np.nan_to_num(found, nan=-np.inf), self.n_documents - k, axis=1)[:, self.n_documents - k]
        with np.errstate(invalid="ignore"):
            return np.where(found >= least[:, None], exact + 4.0, found)  # cosines differ by 2 at most


def source_of(queries: Vectors, documents: Vectors, cell: Cell, similarity: str) -> VectorSource | _Rescored:
    """Return the scores of a cell: documents are stored, and queries ask with full precision unless all are bits."""
    dims, precision = cell
    coarse = stored(to_store(documents, precision, similarity), dims, precision)
    asked = stored(queries, dims, "float32")
    if precision not in BINARY:
        return VectorSource(asked, coarse, similarity)
    bits = VectorSource(stored(queries, dims, "binary"), coarse, "cosine")
    return bits if precision == "binary" else _Rescored(bits, VectorSource(asked, coarse, "cosine"))


def _ndcg(name: str, dataset: RetrievalDataset, source: VectorSource | _Rescored) -> dict[str, float]:
    import numpy as np

    rows = [row for block in judged_rows(name, dataset, source) for row in block]
    ids = {query: i for i, query in enumerate(dict.fromkeys(row.query_id for row in rows))}
    judged = Judged(
        n_queries=len(ids),
        queries=np.array([ids[row.query_id] for row in rows], dtype=np.int64),
        grades=np.array([row.grade for row in rows], dtype=np.float64),
        ranks=np.array([np.nan if row.rank is None else row.rank for row in rows], dtype=np.float64),
    )
    values = metrics_of(judged, (10,), len(dataset.documents))[MAIN]
    return dict(zip(ids, values.tolist(), strict=True))


def append_cell(target: Target, dataset: str, cell: Cell, values: dict[str, float], recorder: Recorder) -> None:
    """Append a row for each item of a cell."""
    dims, precision = cell
    rows = [
        CompressedRow(
            provider=target.name,
            dataset=dataset,
            dims=dims,
            precision=precision,
            item_id=name,
            value=None if math.isnan(value) else value,
        )
        for name, value in values.items()
    ]
    recorder.run.append("compressed.csv", rows)
