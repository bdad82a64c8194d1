"""Images against texts: similarity of every pair of a dataset, and for captions the rank of each among the others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from embedmark.calls.replies import Pass, add_usage
from embedmark.datasets import ImageDataset
from embedmark.datasets.sample import texts_of
from embedmark.measure.accuracy import pair_scores, warn_of_gaps
from embedmark.measure.clock import Clock
from embedmark.measure.images import decode
from embedmark.measure.ledger_rows import empty_notice, usage_cells
from embedmark.measure.recorder import Recorder
from embedmark.measure.target import Target
from embedmark.store.cells import Cell, Row
from embedmark.suite import AccuracySpec

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Vectors = npt.NDArray[np.float32]
    Array = npt.NDArray[np.float64]

Rows = list[dict[str, Cell]]

# Similarities nearer than this (relative, above 1) are ties: float32 vectors of the very same input differ by as much
# from batch to batch.
TIE = 1e-6
_BLOCK = 256  # images whose similarities to all texts are held at once


def measure_matching(
    target: Target, dataset: ImageDataset, spec: AccuracySpec, clock: Clock, recorder: Recorder
) -> None:
    """Encode all images and all texts, and append one row a pair to scores.csv, of captions to ranks.csv too.

    A pair whose image cannot be read has a row without scores. Raises what the provider raises.
    """
    import numpy as np

    texts = _encode_texts(target, dataset, spec.batch_size, clock, recorder)
    readable = [i for i in range(len(dataset.images)) if i not in dataset.unreadable]
    images = np.full((len(dataset.images), texts.shape[1]), np.nan, dtype=np.float32)
    images[readable] = _encode_images(target, dataset, spec.batch_size, clock, recorder)
    of_image, of_text = np.array(dataset.pairs, dtype=np.intp).T
    similarity = target.provider.info.similarity
    columns = pair_scores(images[of_image], texts[of_text], similarity)
    warn_of_gaps(target, dataset, columns["predicted"][np.isin(of_image, readable)], recorder)
    gold: Rows = [{"gold": dataset.gold_of(i)} for i in range(len(dataset))]
    recorder.scores([given | row for given, row in zip(gold, _rows(target, dataset, columns), strict=True)])
    if dataset.kind == "captions":
        text_rank, image_rank = ranks(images, texts, of_image, of_text, similarity)
        recorder.ranks(_rows(target, dataset, {"text_rank": text_rank, "image_rank": image_rank}))


def ranks(
    images: Vectors, texts: Vectors, of_image: npt.NDArray[np.intp], of_text: npt.NDArray[np.intp], similarity: str
) -> tuple[Array, Array]:
    """The rank of each pair's text among all texts for its image, and of its image among all images for its text.

    What else belongs to the image (or to the text) is left out of the ranking, so that the best of several captions
    has rank 1 exactly if nothing wrong comes before any of them. A tie counts against the pair.

    Args:
        images, texts: float32 (n, d) and (m, d); rows that are not finite, or zero under cosine, match nothing.
        of_image, of_text: indexes (p,) of the pairs that belong together.
        similarity: cosine or dot.

    Returns:
        Two float64 arrays (p,) of ranks from 1; NaN for a pair that has no similarity.
    """
    import numpy as np

    a, b = _searchable(images, similarity), _searchable(texts, similarity)
    blocks = [slice(start, start + _BLOCK) for start in range(0, len(a), _BLOCK)]
    mine = [np.flatnonzero((of_image >= block.start) & (of_image < block.stop)) for block in blocks]
    own = np.full(len(of_image), np.nan)
    for block, pairs in zip(blocks, mine, strict=True):
        own[pairs] = (a[block] @ b.T)[of_image[pairs] - block.start, of_text[pairs]]
    least = own - TIE * np.maximum(1.0, np.abs(own))
    text_rank, image_rank = np.ones(len(own)), np.ones(len(own))
    for block, pairs in zip(blocks, mine, strict=True):
        others = a[block] @ b.T
        others[of_image[pairs] - block.start, of_text[pairs]] = np.nan
        text_rank[pairs] += (others[of_image[pairs] - block.start] >= least[pairs, None]).sum(axis=1)
        image_rank += (others[:, of_text] >= least).sum(axis=0)
    unscored = np.isnan(own)
    text_rank[unscored] = image_rank[unscored] = np.nan
    return text_rank, image_rank


def _searchable(vectors: Vectors, similarity: str) -> Array:
    """Rows whose dot product is the similarity, float64; NaN where a row has none."""
    import numpy as np

    rows: Array = vectors.astype(np.float64)
    if similarity == "cosine":
        with np.errstate(invalid="ignore", divide="ignore"):
            rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    rows[~np.isfinite(rows).all(axis=1)] = np.nan
    return rows


def _rows(target: Target, dataset: ImageDataset, columns: dict[str, Array]) -> Rows:
    values = zip(*(column.tolist() for column in columns.values()), strict=True)
    return [
        {"provider": target.name, "dataset": dataset.name, "pair_id": pair_id}
        | {name: _cell(name, value) for name, value in zip(columns, row, strict=True)}
        for pair_id, row in zip(dataset.pair_ids, values, strict=True)
    ]


def _cell(name: str, value: float) -> float | int | None:
    if math.isnan(value):
        return None
    return int(value) if name.endswith("_rank") else value


def _encode_texts(target: Target, dataset: ImageDataset, batch_size: int, clock: Clock, recorder: Recorder) -> Vectors:
    texts = texts_of(dataset)
    cpu, start = target.cpu_ns(clock), clock.now_ns()
    done = target.caller.run(texts, batch_size)
    target.caller.sync()
    elapsed, cpu = clock.now_ns() - start, target.cpu_ns(clock) - cpu
    row: Row = {"unit": "text", **usage_cells(done)}
    if done.usage.tokens is not None and done.retries is not None:
        target.billed[dataset.name] = done.usage.tokens
    if done.empty:
        recorder.warn(empty_notice(target, dataset, done.empty))
    _sample(target, dataset, row, len(texts), batch_size, elapsed, cpu, recorder)
    vectors: Vectors = done.values
    return vectors


def _encode_images(target: Target, dataset: ImageDataset, batch_size: int, clock: Clock, recorder: Recorder) -> Vectors:
    """Batch by batch, so that few images are in memory; decoding is off the clock."""
    items = dataset.items("image")
    passes: list[Pass] = []
    elapsed = cpu = 0
    for at in range(0, len(items), batch_size):
        batch: Sequence[object] = list(decode(items[at : at + batch_size]))
        cpu_start, start = target.cpu_ns(clock), clock.now_ns()
        done = target.caller.run(batch, batch_size)
        target.caller.sync()
        elapsed += clock.now_ns() - start
        cpu += target.cpu_ns(clock) - cpu_start
        passes.append(done)
    whole = _together(passes)
    row: Row = {"unit": "image", **usage_cells(whole)}
    _sample(target, dataset, row, len(items), batch_size, elapsed, cpu, recorder)
    vectors: Vectors = whole.values
    return vectors


def _together(passes: Sequence[Pass]) -> Pass:
    import numpy as np

    retries = [done.retries for done in passes if done.retries is not None]
    throttled = [done.throttled_ns for done in passes if done.throttled_ns is not None]
    return Pass(
        np.concatenate([done.values for done in passes]),
        add_usage([done.usage for done in passes]),
        sum(done.calls for done in passes),
        sum(retries) if retries else None,
        sum(throttled) if throttled else None,
    )


def _sample(
    target: Target, dataset: ImageDataset, row: Row, n: int, batch_size: int, elapsed: int, cpu: int,
    recorder: Recorder,
) -> None:  # fmt: skip
    common: Row = {"dataset": dataset.name, "phase": "timed", "n": n, "batch_size": batch_size, "repeat": 1}
    times: Row = {"n_items": n, "elapsed_ns": elapsed, "cpu_ns": cpu}
    recorder.samples(target, "accuracy", [{**common, **row, **times}])
