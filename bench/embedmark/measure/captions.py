"""Images against texts: similarity of every pair of a dataset, and for captions the rank of each among the others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from embedmark.calls.kept import Lost
from embedmark.calls.replies import Pass, add_usage
from embedmark.datasets import ImageDataset
from embedmark.datasets.sample import texts_of
from embedmark.measure.accuracy import append_scores, record_end, record_pass, warn_of_gaps
from embedmark.measure.alike import warn_of_alike
from embedmark.measure.clock import Clock
from embedmark.measure.compression.images import compress_matching
from embedmark.measure.images import decoded_images
from embedmark.measure.kept_pass import KeptPass, kept_pass
from embedmark.measure.pairs import pair_scores
from embedmark.measure.recorder import Recorder
from embedmark.measure.refused import record_refused
from embedmark.measure.target import Target
from embedmark.store.rows import RankRow, SampleRow
from embedmark.suite import AccuracySpec

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Vectors = npt.NDArray[np.float32]
    Array = npt.NDArray[np.float64]


# Similarities nearer than this (relative, above 1) are ties: float32 vectors of the very same input differ by as much
# from batch to batch.
TIE = 1e-6
_BLOCK = 256  # images whose similarities to all texts are held at once


def measure_matching(
    target: Target, dataset: ImageDataset, spec: AccuracySpec, clock: Clock, recorder: Recorder, job: str
) -> bool:
    """Encode all images and all texts, and append one row a pair to scores.csv, of captions to ranks.csv too.

    A pair whose image cannot be read has a row without scores. False where bad replies cost some of them. A pass that
    ends early scores the pairs that it has, ranks none, and raises what ended it.
    """
    import numpy as np

    kept_texts = kept_pass(target, texts_of(dataset), spec.batch_size, clock, f"{job} texts")
    record_pass(target, dataset, kept_texts, SampleRow(unit="text", batch_size=spec.batch_size), recorder)
    record_refused(target, dataset, kept_texts.refused, recorder)
    record_end(target, dataset, kept_texts, _pairs_of_lost(dataset, kept_texts, 1), recorder)
    kept_images = _encode_images(target, dataset, spec.batch_size, clock, job)
    record_pass(target, dataset, kept_images, SampleRow(unit="image", batch_size=spec.batch_size), recorder)
    texts = kept_texts.done.values
    readable = [i for i in range(len(dataset.images)) if i not in dataset.unreadable]
    images = np.full((len(dataset.images), texts.shape[1]), np.nan, dtype=np.float32)
    images[readable] = kept_images.done.values
    of_image, of_text = np.array(dataset.pairs, dtype=np.intp).T
    columns = pair_scores(images[of_image], texts[of_text], target.similarity)
    if kept_images.failure is None:
        warn_of_gaps(target, dataset, columns["predicted"][np.isin(of_image, readable)], recorder)
        warn_of_alike(target, dataset, texts_of(dataset), texts, recorder)
        warn_of_alike(target, dataset, dataset.images, images, recorder)
    arrays = {"gold": dataset.gold, **columns}
    append_scores(target, dataset, arrays, recorder, only_scored=kept_images.failure is not None)
    if dataset.kind == "captions" and kept_images.failure is None:
        text_rank, image_rank = ranks(images, texts, of_image, of_text, target.similarity)
        recorder.ranks(_rank_rows(target, dataset, text_rank, image_rank))
    if kept_images.failure is None:
        compress_matching(target, dataset, images, texts, recorder, tie=TIE)
    record_end(target, dataset, kept_images, _pairs_of_lost(dataset, kept_images, 0), recorder)
    return kept_texts.is_whole(target) and kept_images.is_whole(target)


def ranks(
    images: Vectors,
    texts: Vectors,
    of_image: npt.NDArray[np.intp],
    of_text: npt.NDArray[np.intp],
    similarity: str,
    block_size: int = _BLOCK,
) -> tuple[Array, Array]:
    """Return the rank of each pair's text among all texts for its image, and of its image among all for its text.

    What else belongs to the image (or to the text) is left out of the ranking, so that the best of several captions
    has rank 1 exactly if nothing wrong comes before any of them. A tie counts against the pair.

    Args:
        images, texts: float32 (n, d) and (m, d); rows that are not finite, or zero under cosine, match nothing.
        of_image, of_text: indexes (p,) of the pairs that belong together.
        similarity: cosine or dot.
        block_size: images whose similarities to all texts are held at once.

    Returns:
        Two float64 arrays (p,) of ranks from 1; NaN for a pair that has no similarity.
    """
    import numpy as np

    a, b = _searchable(images, similarity), _searchable(texts, similarity)
    blocks = [slice(start, start + block_size) for start in range(0, len(a), block_size)]
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
    """Return rows whose dot product is the similarity, float64; NaN where a row has none."""
    import numpy as np

    rows: Array = vectors.astype(np.float64)
    if similarity == "cosine":
        with np.errstate(invalid="ignore", divide="ignore"):
            rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    rows[~np.isfinite(rows).all(axis=1)] = np.nan
    return rows


def _rank_rows(target: Target, dataset: ImageDataset, text_rank: Array, image_rank: Array) -> list[RankRow]:
    return [
        RankRow(
            provider=target.name,
            dataset=dataset.name,
            pair_id=pair_id,
            text_rank=None if math.isnan(one) else int(one),
            image_rank=None if math.isnan(other) else int(other),
        )
        for pair_id, one, other in zip(dataset.pair_ids, text_rank.tolist(), image_rank.tolist(), strict=True)
    ]


def _encode_images(target: Target, dataset: ImageDataset, batch_size: int, clock: Clock, job: str) -> KeptPass:
    """Batch by batch, so that few images are in memory; decoding is off the clock, and only where it is needed."""
    items = dataset.items("image")
    passes: list[KeptPass] = []
    for at in range(0, len(items), batch_size):
        batch: Sequence[object] = items[at : at + batch_size]
        keys = target.keeping.keys(batch)
        cached = target.keeping.find(keys)
        if cached is None or not cached.found.all():
            batch = list(decoded_images(items[at : at + batch_size]))
        passes.append(kept_pass(target, batch, batch_size, clock, f"{job} images {at}", keys))
        if passes[-1].failure is not None:
            break
    return together(passes, len(items), batch_size)


def together(passes: Sequence[KeptPass], n: int, batch_size: int) -> KeptPass:
    """Return the passes over consecutive batches as one over `n` items; values that are missing are NaN."""
    import numpy as np

    values = np.concatenate([one.done.values for one in passes])
    rest = np.full((n - len(values), *values.shape[1:]), np.nan, dtype=values.dtype)
    retries = [one.done.retries for one in passes if one.done.retries is not None]
    waits = [one.done.throttled_ns for one in passes if one.done.throttled_ns is not None]
    whole = Pass(
        values=np.concatenate([values, rest]), usage=add_usage([one.done.usage for one in passes]),
        calls=sum(one.done.calls for one in passes), retries=sum(retries) if retries else None,
        throttled_ns=sum(waits) if waits else None,
    )  # fmt: skip
    tokens = [one.cached_tokens for one in passes if one.cached]
    dates = [one.cached_from for one in passes if one.cached_from is not None]
    return KeptPass(
        whole, sum(one.n_items for one in passes), sum(one.elapsed_ns for one in passes),
        sum(one.cpu_ns for one in passes), cached=sum(one.cached for one in passes),
        cached_tokens=sum(t for t in tokens if t is not None) if tokens and None not in tokens else None,
        cached_from=min(dates, default=None), failure=passes[-1].failure,
        refused=[one for each in passes for one in each.refused],
        lost=[Lost([i + k * batch_size for i in lost.indexes], lost.error)
              for k, one in enumerate(passes) for lost in one.lost],
    )  # fmt: skip


def _pairs_of_lost(dataset: ImageDataset, kept: KeptPass, side: int) -> list[str]:
    """Return the ids of the pairs whose image (side 0) or text (side 1) was lost to a bad reply."""
    places = {place for lost in kept.lost for place in lost.indexes}
    if side == 0:  # places count readable images only
        readable = [i for i in range(len(dataset.images)) if i not in dataset.unreadable]
        places = {readable[place] for place in places}
    return [id_ for id_, pair in zip(dataset.pair_ids, dataset.pairs, strict=True) if pair[side] in places]
