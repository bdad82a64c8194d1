"""Ranks against the plainest way to compute them."""

from __future__ import annotations

import numpy as np
import pytest

from embedmark.measure.captions import ranks


def plain_ranks(images, texts, pairs):
    unit = lambda m: m / np.linalg.norm(m, axis=1, keepdims=True)  # noqa: E731
    sims = unit(images.astype(float)) @ unit(texts.astype(float)).T
    belongs = set(pairs)
    found = []
    for image, text in pairs:
        wrong_texts = [t for t in range(len(texts)) if (image, t) not in belongs]
        wrong_images = [i for i in range(len(images)) if (i, text) not in belongs]
        own = sims[image, text]
        found.append((1 + sum(sims[image, t] >= own - 1e-6 for t in wrong_texts),
                      1 + sum(sims[i, text] >= own - 1e-6 for i in wrong_images)))  # fmt: skip
    return np.array(found, dtype=float).T


@pytest.mark.parametrize("seed", range(5))
def test_ranks_are_those_of_the_plain_way(seed):
    rng = np.random.default_rng(seed)
    images = rng.normal(size=(11, 6)).astype(np.float32)
    texts = rng.normal(size=(17, 6)).astype(np.float32)
    images[3] = images[4]  # a tie
    pairs = sorted({(int(rng.integers(11)), int(rng.integers(17))) for _ in range(30)})
    of_image, of_text = np.array(pairs).T
    found = ranks(images, texts, of_image, of_text, "cosine", block_size=4)
    np.testing.assert_array_equal(found, plain_ranks(images, texts, pairs))


def test_a_constant_model_is_last_not_first():
    images, texts = np.ones((5, 2), np.float32), np.ones((7, 2), np.float32)
    text_rank, image_rank = ranks(images, texts, np.arange(5), np.arange(5), "cosine")
    assert set(text_rank) == {7.0}
    assert set(image_rank) == {5.0}


def test_several_captions_do_not_stand_in_each_others_way():
    images = np.array([[1, 0], [0, 1]], np.float32)
    texts = np.array([[1, 0.1], [1, 0.2], [1, 0.3], [0, 1]], np.float32)
    text_rank, image_rank = ranks(images, texts, np.array([0, 0, 0, 1]), np.arange(4), "cosine")
    assert text_rank.tolist() == [1, 1, 1, 1]
    assert image_rank.tolist() == [1, 1, 1, 1]


def test_rows_without_a_direction_match_nothing():
    images = np.array([[0, 0], [1, 0]], np.float32)
    texts = np.array([[1, 0], [np.nan, 1], [0.5, 0.5]], np.float32)
    text_rank, image_rank = ranks(images, texts, np.array([0, 1, 1]), np.array([0, 1, 2]), "cosine")
    assert np.isnan(text_rank).tolist() == [True, True, False]
    assert (text_rank[2], image_rank[2]) == (2, 1)
    dotted, _ = ranks(np.array([[1, 0], [3, 0]], np.float32), texts[[0, 2]], np.array([0]), np.array([1]), "dot")
    assert dotted.tolist() == [2]
