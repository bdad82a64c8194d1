"""Scores of rankings: they do not depend on blocks, and memory is bounded."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from embedmark.measure.retrieval import sources
from embedmark.measure.retrieval.ranks import judged_ranks
from embedmark.measure.retrieval.search import VectorIndex
from embedmark.measure.retrieval.sources import FoundSource, FusedSource, VectorSource, blocks_of


def unit(rng: np.random.Generator, n: int, d: int) -> np.ndarray:
    rows = rng.normal(size=(n, d))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def test_scores_do_not_depend_on_the_blocks() -> None:
    rng = np.random.default_rng(0)
    queries, documents = unit(rng, 20, 48), unit(rng, 300, 48)
    whole = VectorSource(queries, documents, "cosine").scores(slice(0, 20))

    source = VectorSource(queries, documents, "cosine", block_size=7)
    pieces = np.concatenate([source.scores(slice(q, q + 1)) for q in range(20)])

    assert np.array_equal(whole, pieces)


def test_ranks_equal_a_numpy_oracle() -> None:
    rng = np.random.default_rng(3)
    queries, documents = unit(rng, 30, 16), unit(rng, 200, 16)
    scores = VectorSource(queries, documents, "cosine").scores(slice(0, 30))

    exact = np.round(queries.astype("f8") @ documents.astype("f8").T, 9)
    for query in range(30):
        places = np.sort(rng.choice(200, 3, replace=False))
        ranks = judged_ranks(scores[query], places, np.ones(3))
        assert ranks.tolist() == [1 + int((exact[query] > exact[query, place]).sum()) for place in places]


def test_equal_documents_tie_whatever_block_they_are_in() -> None:
    rng = np.random.default_rng(1)
    documents = np.repeat(unit(rng, 1, 64), 10, axis=0)

    scores = VectorSource(unit(rng, 4, 64), documents, "cosine", block_size=3).scores(slice(0, 4))

    assert (scores == scores[:, :1]).all()


def test_zero_vectors_find_nothing_under_cosine() -> None:
    documents = np.array([[0, 0], [1, 0]], dtype=np.float32)

    scores = VectorSource(np.array([[1, 1]], dtype=np.float32), documents, "cosine").scores(slice(0, 1))

    assert np.isnan(scores[0, 0])
    assert scores[0, 1] == pytest.approx(0.707106781)


def test_blocks_cover_all_queries_within_memory() -> None:
    source = FoundSource(np.full((25, 2), -1), np.full((25, 2), np.nan), 100)

    blocks = list(blocks_of(source, most_cells=1000))

    assert [block.stop - block.start for block in blocks] == [10, 10, 5]


def test_memory_is_bounded() -> None:
    """20,000 documents and 500 queries: all scores at once would be 80 MB."""
    rng = np.random.default_rng(0)
    source = VectorSource(unit(rng, 500, 8), unit(rng, 20_000, 8), "cosine")
    tracemalloc.start()

    for block in blocks_of(source):
        source.scores(block)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 3 * 8 * sources._CELLS


def test_fusion_is_the_sum_of_reciprocal_ranks() -> None:
    first = FoundSource(np.array([[2, 0, -1]]), np.array([[0.9, 0.8, np.nan]]), 4)
    second = FoundSource(np.array([[0, 1, -1]]), np.array([[7.0, 7.0, np.nan]]), 4)

    scores = FusedSource([first, second], [1.0, 0.5], 60.0).scores(slice(0, 1))[0]

    assert scores[:3].tolist() == pytest.approx([1 / 62 + 0.5 / 61, 0.5 / 62, 1 / 61], abs=1e-15)
    assert np.isnan(scores[3])


def test_index_finds_what_the_exact_scores_find() -> None:
    rng = np.random.default_rng(5)
    queries, documents = unit(rng, 10, 24), (unit(rng, 300, 24) * 3).astype(np.float32)

    found = VectorIndex.of(documents, "cosine").top(queries, 5)

    exact = VectorSource(queries, documents, "cosine").scores(slice(0, 10))
    assert np.array_equal(found, np.argsort(-exact, axis=1)[:, :5])
