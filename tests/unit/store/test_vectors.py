"""The vector cache: what is put is found, whatever else happens to its file."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from embedmark.calls.keys import item_keys
from embedmark.store.upkeep import cache_info, delete_cache, evict
from embedmark.store.vectors import NAME, VectorCache

SPACE = bytes(range(32))


def filled(folder: Path, n: int = 200, dim: int = 16) -> tuple[VectorCache, list[bytes], np.ndarray]:
    cache = VectorCache(folder)
    keys = item_keys(SPACE, [f"텍스트 {i}" for i in range(n)])
    values = np.random.default_rng(0).normal(size=(n, dim)).astype(np.float32)
    counts = np.stack([np.arange(n), np.arange(n) + 1, np.full(n, -1)], axis=1)
    cache.put(SPACE, keys, values, counts)
    cache.describe(SPACE, {"plugin": "p", "model": "m", "dim": dim})
    return cache, keys, values


def test_vectors_come_back_with_their_counts_in_any_order(tmp_path: Path) -> None:
    cache, keys, values = filled(tmp_path)
    order = np.random.default_rng(1).permutation(len(keys))

    found = cache.get([keys[i] for i in order] + item_keys(SPACE, ["never seen"]))

    assert found.found.tolist() == [True] * len(keys) + [False]
    assert found.values is not None
    np.testing.assert_array_equal(found.values[:-1], values[order])
    assert found.counts[:-1, 0].tolist() == order.tolist()
    assert found.counts[-1].tolist() == [-1, -1, -1]
    assert cache.has(keys)
    assert cache.facts(SPACE) == {"plugin": "p", "model": "m", "dim": 16}


def test_scores_keep_their_precision(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path)
    keys = item_keys(SPACE, [("a", "b"), ("b", "a")])
    cache.put(SPACE, keys, np.array([0.1, 1 / 3]), np.full((2, 3), -1))

    found = cache.get(keys)

    assert found.values is not None
    assert found.values.dtype == np.float64
    assert found.values.tolist() == [0.1, 1 / 3]


def test_keys_tell_items_and_spaces_apart() -> None:
    from embedmark.api.items import Query

    items = ["ab", Query("ab"), ("a", "b"), ("ab", ""), ("", "ab"), "a\0b", "\ud800"]
    other = bytes(32)

    assert len({*item_keys(SPACE, items), *item_keys(other, items)}) == 2 * len(items)


def test_a_damaged_page_is_deleted_and_asked_for_again(tmp_path: Path) -> None:
    cache, keys, values = filled(tmp_path, n=2000)
    cache.db.execute("UPDATE page SET data = zeroblob(LENGTH(data)) WHERE id = 1")

    found = cache.get(keys)

    assert 0 < found.found.sum() < len(keys)
    assert found.values is not None
    np.testing.assert_array_equal(found.values[found.found], values[found.found])
    assert not cache.has(keys)


@pytest.mark.parametrize("content", [b"no database", b"SQLite format 3\0" + bytes(5000)])
def test_a_damaged_file_is_made_again(tmp_path: Path, content: bytes) -> None:
    (tmp_path / NAME).write_bytes(content)

    cache, keys, _ = filled(tmp_path)

    assert cache.get(keys).found.all()


def test_what_is_used_least_goes_first(tmp_path: Path) -> None:
    cache, _, _ = filled(tmp_path, n=4000, dim=64)
    cache.db.execute("UPDATE page SET used = used - 10 * 86400 WHERE id % 2 = 0")
    cache.max_bytes = cache_info(cache).n_bytes * 2 // 3

    assert evict(cache) > 0

    ages = [time.time() - used for (used,) in cache.db.execute("SELECT used FROM page")]
    assert min(ages) < 60
    assert cache_info(cache).n_bytes <= cache.max_bytes * 1.1
    assert evict(cache, older_than=time.time() + 1) > 0
    assert cache_info(cache).n_vectors == 0
    cache.close()
    assert delete_cache(tmp_path) > 0
    assert not (tmp_path / NAME).exists()


def test_a_folder_that_cannot_be_made_is_an_error_of_the_cache(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")

    with pytest.raises(sqlite3.Error):
        VectorCache(tmp_path / "file")


def _write(folder: str, seed: int) -> None:
    cache = VectorCache(Path(folder))
    for i in range(10_000):
        keys = item_keys(SPACE, [f"{seed} {i} {j}" for j in range(8)])
        cache.put(SPACE, keys, np.full((8, 4), i, dtype=np.float32), np.full((8, 3), i))


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
def test_two_writers_killed_leave_whole_pages(tmp_path: Path) -> None:
    VectorCache(tmp_path).close()
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write, args=(str(tmp_path), seed)) for seed in range(2)]
    for writer in writers:
        writer.start()
    ends = time.monotonic() + 60
    reader = VectorCache(tmp_path)
    while cache_info(reader).n_vectors < 64 and time.monotonic() < ends:
        time.sleep(0.02)
    for writer in writers:
        assert writer.pid is not None
        os.kill(writer.pid, signal.SIGKILL)
        writer.join()

    n = cache_info(reader).n_vectors
    keys = [key for (key,) in reader.db.execute("SELECT key FROM place")]

    assert n == len(keys) >= 64
    assert reader.get(keys).found.all()
