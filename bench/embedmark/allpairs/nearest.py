"""Every vector's most similar others, exactly: all pairs in blocks, never n x n.

The matrix of all dot products is symmetric, so each block above its diagonal is computed once and serves both sides:
half the multiplications of a full product. A value matters only if it exceeds the k-th best of its row so far, so a
block is first compared with these bars and only what is above is sorted. Each worker multiplies on one BLAS thread:
two such workers keep two cores busy while one of them compares.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import TYPE_CHECKING

from embedmark.allpairs.best import NOBODY, Best
from embedmark.allpairs.blocks import BlasBlocks, Blocks
from embedmark.allpairs.counts import BLOCK

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    MakeBlocks = Callable[[npt.NDArray[np.float32], int], Blocks]


def _nobody(done: int, of: int) -> None:
    del done, of


def nearest(
    vectors: npt.NDArray[np.float32],
    k: int,
    *,
    workers: int = 1,
    block: int = BLOCK,
    device: MakeBlocks = BlasBlocks,
    progress: Callable[[int, int], None] = _nobody,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """Return the k most similar other rows of each row by dot product; cosine if the rows have length 1.

    Args:
        vectors: float32 (n, d). A row that is not finite, or whose squared length is not (in float32 its products
            might overflow), has no neighbors and is not a neighbor.
        k: neighbours a row; at most n - 1 are found.
        workers: threads that multiply and compare, each with one BLAS thread.
        block: rows (and columns) of a product; a worker's memory is about block x block floats.
        device: makes a worker's Blocks: where the products are computed.
        progress: told how many of how many blocks are done.

    Returns:
        indexes int64 (n, k) and similarities float32 (n, k), k at most n - 1, the most similar first; among equal
        ones the smaller index. Equal is what was computed: BLAS may round one sum differently at the edge of a block,
        so that duplicates differ in the last bit. Where a row has no neighbour: -1, and NaN.
    """
    import numpy as np

    finite = np.isfinite(np.einsum("ij,ij->i", vectors, vectors))
    wanted = max(0, min(k, len(vectors) - 1))
    if finite.all():
        found = _Search(vectors, wanted, block, device, progress).run(workers)
        return found.indexes, np.where(found.indexes == NOBODY, np.float32(np.nan), found.values)
    kept = np.flatnonzero(finite)
    indexes = np.full((len(vectors), wanted), NOBODY, dtype=np.int64)
    values = np.full(indexes.shape, np.nan, dtype=np.float32)
    if len(kept) > 1:
        own, own_values = nearest(
            np.ascontiguousarray(vectors[kept]), k, workers=workers, block=block, device=device, progress=progress
        )
        indexes[kept, : own.shape[1]], values[kept, : own.shape[1]] = kept[own], own_values
    return indexes, values


def unit_rows(vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return the rows scaled to length 1, so that a dot product is a cosine; zero rows stay zero."""
    import numpy as np

    norms = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    # Squares of numbers near either end of single precision are infinite or 0.
    odd = np.flatnonzero(~np.isfinite(norms) | (norms == 0))
    with np.errstate(invalid="ignore"):
        safe = np.where(norms > 0, norms, 1)[:, None]
        unit: npt.NDArray[np.float32] = (vectors / safe).astype(np.float32, copy=False)
        if odd.size:
            wide = vectors[odd].astype(np.float64)
            lengths = np.linalg.norm(wide, axis=1, keepdims=True)
            unit[odd] = wide / np.where(lengths > 0, lengths, 1)
    return unit


class _Search:
    def __init__(
        self, vectors: npt.NDArray[np.float32], k: int, block: int, device: MakeBlocks,
        progress: Callable[[int, int], None],
    ) -> None:  # fmt: skip
        n = len(vectors)
        self._make = partial(device, vectors, block)
        self._blocks = [slice(start, min(start + block, n)) for start in range(0, n, block)]
        self._locks = [threading.Lock() for _ in self._blocks]
        self._best = Best(n, k)
        self._progress = progress
        self._done, self._total = 0, len(self._blocks) * (len(self._blocks) + 1) // 2
        self._stop = threading.Event()
        self._take = threading.Lock()

    def run(self, workers: int) -> Best:
        if self._best.k < 1:
            return self._best
        # The blocks on the diagonal first: they give every item k candidates, and a bar that few others pass.
        alone = [(i, i) for i in range(len(self._blocks))]
        rest = list(itertools.combinations(range(len(self._blocks)), 2))
        workers = max(1, min(workers, len(alone)))
        with _one_blas_thread() if workers > 1 else nullcontext():
            self._all([self._make() for _ in range(workers)], [alone, rest])
        return self._best

    def _all(self, devices: Sequence[Blocks], rounds: Sequence[Sequence[tuple[int, int]]]) -> None:
        for todo in rounds:
            queue = iter(todo)
            if len(devices) == 1:
                self._work(devices[0], queue)
                continue
            with ThreadPoolExecutor(len(devices)) as pool:
                futures = [pool.submit(self._work, device, queue) for device in devices]
                try:
                    for future in futures:
                        future.result()
                except BaseException:
                    self._stop.set()
                    raise

    def _work(self, device: Blocks, queue: Iterator[tuple[int, int]]) -> None:
        while not self._stop.is_set():
            with self._take:
                pair = next(queue, None)
            if pair is None:
                return
            self._compare(device, *pair)
            with self._take:
                self._done += 1
                self._progress(self._done, self._total)

    def _compare(self, device: Blocks, a: int, b: int) -> None:
        import numpy as np

        rows, columns = self._blocks[a], self._blocks[b]
        product = device.multiply(rows, columns)
        if a == b:
            bars = np.nextafter(device.kth(product, self._best.k), np.float32(-np.inf))
            self._add(a, device.above(product, bars, columns=False), columns.start)
            return
        self._add(a, device.above(product, self._bars(a, columns.start), columns=False), columns.start)
        self._add(b, device.above(product, self._bars(b, rows.start), columns=True), rows.start)

    def _bars(self, of: int, first: int) -> npt.NDArray[np.float32]:
        # A bar and its index are read together; while the product is compared they may rise, and only by then add
        # candidates that are no longer good enough.
        with self._locks[of]:
            return self._best.bars(self._blocks[of], first)

    def _add(
        self, to: int,
        candidates: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float32]], first: int,
    ) -> None:  # fmt: skip
        item, other, value = candidates
        with self._locks[to]:
            self._best.add(item + self._blocks[to].start, other + first, value)


def _one_blas_thread() -> AbstractContextManager[object]:
    from threadpoolctl import threadpool_limits

    limits: AbstractContextManager[object] = threadpool_limits(limits=1, user_api="blas")
    return limits
