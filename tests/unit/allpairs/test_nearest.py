"""Exact top-k of all pairs, against brute force: ties, uneven blocks, several workers, torch."""

from __future__ import annotations

import threading

import numpy as np
import numpy.typing as npt
import pytest

from embedmark.allpairs.blocks import BlasBlocks
from embedmark.allpairs.counts import multiplied
from embedmark.allpairs.devices import find_device
from embedmark.allpairs.nearest import nearest, unit_rows
from embedmark.errors import NotAvailableError

Floats = npt.NDArray[np.float32]


def brute_force(vectors: Floats, k: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """By falling similarity and rising index, in float64."""
    exact = vectors.astype(np.float64)
    similarity = exact @ exact.T
    np.fill_diagonal(similarity, -np.inf)
    order = np.lexsort((np.broadcast_to(np.arange(len(vectors)), similarity.shape), -similarity), axis=1)
    found = order[:, : min(k, len(vectors) - 1)]
    return found, np.take_along_axis(similarity, found, axis=1)


def small_integers(n: int, d: int, seed: int = 0, most: int = 1) -> Floats:
    """Vectors whose products are exact in float32, so that equal ones are equal wherever they are computed."""
    return np.random.default_rng(seed).integers(-most, most + 1, (n, d)).astype(np.float32)


@pytest.mark.parametrize("workers", [1, 2, 3])
@pytest.mark.parametrize(("n", "k", "block"), [(2, 5, 64), (65, 10, 64), (200, 10, 64), (333, 7, 32), (97, 96, 32)])
def test_ties_are_broken_by_the_smaller_index(n: int, k: int, block: int, workers: int) -> None:
    vectors = small_integers(n, 5)  # 243 different vectors at most, products from -5 to 5: ties everywhere
    indexes, values = nearest(vectors, k, block=block, workers=workers)
    wanted, similarity = brute_force(vectors, k)
    assert np.array_equal(indexes, wanted)
    assert np.array_equal(values, similarity)
    assert (indexes.dtype, values.dtype) == (np.int64, np.float32)


def test_vectors_that_are_all_the_same() -> None:
    indexes, values = nearest(np.ones((150, 3), dtype=np.float32), 4, block=32, workers=2)
    assert indexes[0].tolist() == [1, 2, 3, 4]
    assert indexes[149].tolist() == [0, 1, 2, 3]
    assert (values == 3).all()


@pytest.mark.parametrize("workers", [1, 2])
def test_real_valued_vectors_in_clusters(workers: int) -> None:
    rng = np.random.default_rng(3)
    centres = rng.standard_normal((40, 24), dtype=np.float32)
    vectors = unit_rows(centres[rng.integers(40, size=1500)] + 0.3 * rng.standard_normal((1500, 24), dtype=np.float32))
    indexes, values = nearest(vectors, 10, block=256, workers=workers)
    wanted, similarity = brute_force(vectors, 10)
    # float32 may swap two whose similarities differ in the seventh digit: values agree, and so do the clear ranks.
    np.testing.assert_allclose(values, similarity, atol=2e-6)
    clear = np.diff(similarity, axis=1, prepend=np.inf) < -1e-5
    clear[:, :-1] &= np.diff(similarity, axis=1) < -1e-5
    clear[:, -1] = False
    assert np.array_equal(indexes[clear], wanted[clear])
    assert clear.mean() > 0.5


def test_non_finite_row_is_left_out_of_neighbors() -> None:
    vectors = small_integers(100, 6)
    vectors[3], vectors[70, 2] = np.nan, np.inf
    indexes, values = nearest(vectors, 5, block=32)
    kept = np.delete(np.arange(100), [3, 70])
    wanted, _ = brute_force(vectors[kept], 5)
    assert np.array_equal(indexes[kept], kept[wanted])
    assert (indexes[[3, 70]] == -1).all()
    assert np.isnan(values[[3, 70]]).all()


@pytest.mark.parametrize("n", [0, 1])
def test_none_or_one_vector_has_no_neighbours(n: int) -> None:
    indexes, values = nearest(np.ones((n, 4), dtype=np.float32), 5)
    assert indexes.shape == values.shape == (n, 0)


@pytest.mark.parametrize("block", [1, 7, 64])
def test_one_dimension_with_zeros_of_both_signs(block: int) -> None:
    vectors = -small_integers(60, 1, most=2)  # negating makes -0.0, and products of both zeros
    indexes, values = nearest(vectors, 9, block=block, workers=2)
    wanted, similarity = brute_force(vectors, 9)
    assert np.array_equal(indexes, wanted)
    assert np.array_equal(values, similarity)


@pytest.mark.parametrize("table", [1, 200])
def test_each_block_better_than_all_before_is_kept(table: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("embedmark.allpairs.best.MOST_KEYS", table)  # what has more candidates is taken in parts
    rising = np.arange(1, 151, dtype=np.float32)[:, None] * np.ones((1, 3), dtype=np.float32)
    indexes, values = nearest(rising, 4, block=32, workers=2)
    wanted, similarity = brute_force(rising, 4)
    assert np.array_equal(indexes, wanted)
    assert np.array_equal(values, similarity)


def test_duplicate_real_vectors_are_nearest_to_each_other() -> None:
    # Their order among themselves is BLAS's: at the edge of a block it may round a sum differently.
    unit = unit_rows(np.random.default_rng(2).standard_normal((301, 48), dtype=np.float32))
    indexes, _ = nearest(np.concatenate([unit, unit, unit]), 2, block=128, workers=2)
    assert (indexes % 301 == np.arange(903)[:, None] % 301).all()


def test_row_that_may_overflow_is_left_out_of_neighbors() -> None:
    vectors = small_integers(40, 3)
    vectors[7] = 3e38
    indexes, _ = nearest(vectors, 39, block=16)
    assert (indexes[7] == -1).all()
    assert not (indexes == 7).any()
    assert (np.delete(indexes, 7, axis=0)[:, :38] >= 0).all()


def test_progress_counts_every_block_once() -> None:
    told: list[tuple[int, int]] = []
    nearest(small_integers(300, 4), 5, block=64, workers=2, progress=lambda done, of: told.append((done, of)))
    assert told == [(i, 15) for i in range(1, 16)]  # 5 blocks: 5 on the diagonal, 10 above it


@pytest.mark.parametrize("n", [1, 63, 64, 65, 300, 512])
def test_products_are_counted_as_they_are_multiplied(n: int) -> None:
    done: list[int] = []

    class Counted(BlasBlocks):
        def multiply(self, rows: slice, columns: slice) -> Floats:
            product = super().multiply(rows, columns)
            done.append(product.size)
            return product

    nearest(small_integers(max(n, 2), 4)[:n], 5, block=64, device=Counted)
    assert sum(done) == (multiplied(n, 64) if n > 1 else 0)
    assert multiplied(float(n), 64) == multiplied(n, 64)


def test_an_interrupt_ends_all_workers() -> None:
    def stop(done: int, of: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        nearest(small_integers(2000, 4), 5, block=32, workers=2, progress=stop)
    assert threading.active_count() == before


def test_memory_stays_far_below_n_by_n() -> None:
    import tracemalloc

    vectors = unit_rows(np.random.default_rng(0).standard_normal((8000, 16), dtype=np.float32))
    tracemalloc.start()
    nearest(vectors, 10, block=512, workers=2)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8000 * 8000 * 4 / 10


def test_torch_finds_the_same() -> None:
    pytest.importorskip("torch")
    from functools import partial

    from embedmark_providers.cuda_similarity import TorchBlocks

    vectors = small_integers(300, 6)
    indexes, values = nearest(vectors, 9, block=64, device=partial(TorchBlocks, device="cpu"))
    wanted, similarity = brute_force(vectors, 9)
    assert np.array_equal(indexes, wanted)
    assert np.array_equal(values, similarity)


def test_a_device_that_is_not_here_is_named() -> None:
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("a CUDA device is here")
    with pytest.raises(NotAvailableError, match="cuda:7"):
        nearest(small_integers(10, 3), 2, device=find_device("cuda:7"))
    with pytest.raises(NotAvailableError, match="abacus"):
        find_device("abacus")


def test_cuda_finds_the_same() -> None:
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device here")
    vectors = small_integers(5000, 8)
    indexes, _ = nearest(vectors, 10, block=1024, device=find_device("cuda"))
    assert np.array_equal(indexes, brute_force(vectors, 10)[0])
