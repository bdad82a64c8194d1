"""compressed.csv of images and texts: whether an image finds its caption, or how similar a graded pair is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedmark.datasets import ImageDataset
from embedmark.measure.compression.codes import BINARY, stored, to_store
from embedmark.measure.compression.measure import append_cell, cells_of, compression_of, source_of
from embedmark.measure.pairs import pair_scores
from embedmark.measure.recorder import Recorder
from embedmark.measure.retrieval.sources import ScoreSource
from embedmark.measure.target import Target

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from embedmark.measure.compression.codes import Vectors

    Values = npt.NDArray[np.float64]
    Cell = tuple[int, str]

_BLOCK = 256  # images whose similarities to all texts are held at once


def compress_matching(
    target: Target, dataset: ImageDataset, images: Vectors, texts: Vectors, recorder: Recorder, *, tie: float
) -> None:
    """Score every cell, and append the rows; nothing for a matrix, which has no metric.

    Args:
        images, texts: float32 (n, d) and (m, d); a row of NaN has no vector.
        tie: similarities nearer than this (relative, above 1) are ties.
    """
    if compression_of(recorder) is None or dataset.kind == "matrix":
        return
    for cell in cells_of(target, dataset, texts, recorder):
        if dataset.kind == "captions":
            values = _found(dataset, source_of(images, texts, cell, target.similarity), tie)
        else:
            values = _graded(dataset, images, texts, cell, target.similarity)
        append_cell(target, dataset.name, cell, values, recorder)


def _found(dataset: ImageDataset, source: ScoreSource, tie: float) -> dict[str, float]:
    """Return 1 for each image whose caption comes before every text that is not its own, else 0.

    The texts are stored, and the image asks with full precision. A tie counts against the image. An image without a
    vector is left out, as recall@1 of accuracy.csv leaves it out.
    """
    import numpy as np

    of_image, of_text = np.array(dataset.pairs, dtype=np.intp).T
    found: dict[str, float] = {}
    for start in range(0, source.n_queries, _BLOCK):
        scores = source.scores(slice(start, start + _BLOCK))
        inside = (of_image >= start) & (of_image < start + len(scores))
        own = np.zeros(scores.shape, dtype=bool)
        own[of_image[inside] - start, of_text[inside]] = True
        best = np.nanmax(np.where(own & ~np.isnan(scores), scores, -np.inf), axis=1)
        least = best - tie * np.maximum(1.0, np.abs(best))
        before = (~own & (scores >= least[:, None])).any(axis=1)
        known = np.isfinite(best)
        found |= {str(start + int(row)): float(not before[row]) for row in np.flatnonzero(known)}
    return found


def _graded(dataset: ImageDataset, images: Vectors, texts: Vectors, cell: Cell, similarity: str) -> dict[str, float]:
    """Return the similarity of each pair; both are stored, and images and texts have scales of their own."""
    import numpy as np

    dims, precision = cell
    of_image, of_text = np.array(dataset.pairs, dtype=np.intp).T
    how = "cosine" if precision in BINARY else similarity

    def scored(first: Vectors, second: Vectors) -> Values:
        return pair_scores(first[of_image], second[of_text], how)["predicted"]

    coarse = [stored(to_store(items, precision, similarity), dims, precision) for items in (images, texts)]
    if precision != "binary+rescore":
        values = scored(coarse[0], coarse[1])
    else:  # one of the two is asked with all its numbers, each in its turn
        values = (
            scored(stored(images, dims, "float32"), coarse[1]) + scored(coarse[0], stored(texts, dims, "float32"))
        ) / 2
    return dict(zip(dataset.pair_ids, values.tolist(), strict=True))
